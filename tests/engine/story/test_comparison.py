"""The rows of a filter against the rest: what is said is true of the table, and chance is not told as a finding."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.engine.story.comparison import columns_to_compare, compare_to_rest
from narrative.engine.story.sources import Sources
from narrative.engine.story.verifier import Verifier, scan_sentence
from narrative.engine.tables.filters import Filter
from narrative.engine.types import ColumnKind

KINDS: dict[str, ColumnKind] = {
    "id": "identifier", "plan": "category", "age": "integer", "noise": "decimal", "left": "boolean", "note": "text",
}  # fmt: skip
FILTER = [Filter(column="plan", op="is", values=["basic"])]


def table(rows: int = 4_000) -> pl.DataFrame:
    """Who has the basic plan is twenty years younger and leaves more often; noise goes with nothing."""
    random = np.random.default_rng(7)
    basic = random.random(rows) < 0.3
    return pl.DataFrame(
        {
            "id": [f"A{n}" for n in range(rows)],
            "plan": np.where(basic, "basic", "full").tolist(),
            "age": random.integers(40, 60, rows) - 20 * basic,
            "noise": random.normal(size=rows),
            "left": random.random(rows) < np.where(basic, 0.5, 0.2),
            "note": ["some text"] * rows,
        }
    )


def test_the_target_comes_first_and_what_differs_by_chance_is_not_told() -> None:
    frame = table()
    columns = columns_to_compare(KINDS, FILTER, "left")
    assert columns == ["left", "age", "noise"]
    made = compare_to_rest(frame, FILTER, columns, target="left", table_hash="0" * 64)
    texts = [sentence.text for sentence in made.sentences]
    basic, rest = (frame.filter(plan=plan) for plan in ("basic", "full"))
    assert (made.n_rows, made.n_rest) == (basic.height, rest.height)
    assert texts[0].startswith(f"{basic.height:,} of 4,000 rows fit, ")
    here, there = (float(part["left"].cast(pl.Float64).to_numpy().mean()) for part in (basic, rest))
    assert texts[1] == f"{100 * here:.0f}% have left = true, against {100 * there:.0f}% in the rest."
    assert texts[2].startswith("age is ")
    assert len(texts) == 3
    values = {fact.name: fact.value for fact in made.facts if fact.formula == "comparison.mean"}
    assert list(values) == ["mean of age"]


def test_every_number_is_bound_and_computes_again() -> None:
    frame = table()
    made = compare_to_rest(frame, FILTER, ["left", "age", "noise"], target="left", table_hash="0" * 64)
    facts = {fact.id: fact for fact in made.facts}
    assert [scan_sentence(sentence, facts) for sentence in made.sentences] == [None] * len(made.sentences)
    verifier = Verifier(Sources(table=frame, table_hash="0" * 64), facts)
    assert [verifier.fact_problem(key) for key in facts] == [None] * len(facts)
    false = Verifier(Sources(table=frame.head(2_000), table_hash="0" * 64), facts)
    assert any(false.fact_problem(key) for key in facts)


def test_a_filter_that_chooses_at_random_finds_nothing() -> None:
    frame = table().with_columns(coin=pl.Series(np.random.default_rng(1).integers(0, 2, 4_000)))
    asked = [Filter(column="coin", op="is", values=[1])]
    made = compare_to_rest(frame, asked, ["left", "plan", "age", "noise"], target=None, table_hash="0" * 64)
    assert [sentence.text for sentence in made.sentences][1:] == ["What differs in the columns is within chance."]


@pytest.mark.parametrize("value", ["nobody", "full"])
def test_a_filter_of_no_row_or_of_all_has_nothing_to_compare_with(value: str) -> None:
    frame = table().filter(plan="full")
    asked = [Filter(column="plan", op="is", values=[value])]
    made = compare_to_rest(frame, asked, ["left", "age"], target="left", table_hash="0" * 64)
    assert len(made.sentences) == 1
    assert made.n_rows + made.n_rest == frame.height
