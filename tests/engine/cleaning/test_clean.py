"""Auto-clean repairs what is beyond doubt, says why, and leaves the rest as it is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.auto_clean import outcome

from narrative.engine.cleaning import clean_proposals
from narrative.engine.recipe import Recipe
from tests.fixtures.planted_faults import clean_table, finished, plant


def column(values: list[object], name: str = "x") -> pl.DataFrame:
    """A table with this column and one that tells rows apart."""
    return pl.DataFrame({name: values, "row": [f"r{row:03}" for row in range(len(values))]})


def codes(frame: pl.DataFrame) -> list[str]:
    return [proposal.code for proposal in clean_proposals(frame)]


def test_each_proposal_has_a_reason_an_effect_and_a_step_of_its_own() -> None:
    frame = column([" Rome", "Rome", "ROME", "n/a", *["Rome"] * 8, *["Paris"] * 8], "city")
    proposals = clean_proposals(frame)
    assert [proposal.code for proposal in proposals] == ["stray_spaces", "missing_word", "spellings"]
    assert [proposal.step.type for proposal in proposals] == ["trim_whitespace", "replace_values", "merge_spellings"]
    assert [proposal.effect for proposal in proposals] == ["1 cell changed."] * 3
    assert proposals[1].reason == "'n/a' stands in 1 cell of 'city' for a missing value."
    assert len({proposal.id for proposal in proposals}) == 3


def test_every_proposal_can_be_left_out_alone() -> None:
    planted = finished(plant(np.random.default_rng(7)))
    frame = planted.dirty.drop("target")
    steps = [proposal.step for proposal in clean_proposals(frame)]
    assert len(steps) > 5
    for left_out in steps:
        Recipe([step for step in steps if step is not left_out]).fit(frame)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([f"{code:05}" for code in range(30)], "leading zeros are codes"),
        (["NA", "DE", "FR", "IT"] * 8, "a country that is called NA"),
        (["a1", "A1", "b2", "B2"] * 8, "grades whose case matters"),
        (["1,234", "5,678", "9,012"] * 8, "thousands or decimals"),
        (["3/4/2025", "5/6/2025", "7/8/2025"] * 8, "day or month first"),
        (["12 kg", "3 lb", "4 kg"] * 8, "two units"),
        ([-1, 5, 7] * 8, "-1 may be a value"),
        (["Roma", "Rome", "Rom"] * 8, "other words, not other spellings"),
        ([1.0, 2.0, 1000.0] * 8, "an outlier may be true"),
    ],
)
def test_what_is_doubtful_stays_as_it_is(values: list[object], why: str) -> None:
    assert codes(column(values)) == [], why


def test_a_clean_table_and_the_target_are_left_alone() -> None:
    table = clean_table(np.random.default_rng(1), 200)
    assert clean_proposals(table, target="target") == []
    spaced = table.with_columns(pl.lit(" yes").alias("target"))
    assert clean_proposals(spaced, target="target") == []


def repeats(labels: list[object]) -> pl.DataFrame:
    """A table whose last two rows repeat the first two in every column but the target, which is ``labels``."""
    rows = [*range(len(labels) - 2), 0, 1]
    columns = {name: [f"{name}{row:03}" for row in rows] for name in "abcde"}
    return pl.DataFrame({**columns, "target": labels})


def test_rows_repeat_when_their_target_repeats_too() -> None:
    proposals = clean_proposals(repeats([*range(40), 0, 1]), target="target")
    assert [(found.code, found.rows_dropped) for found in proposals] == [("repeated_rows", 2)]


@pytest.mark.parametrize("other", [0, 7, None])
def test_rows_with_another_target_are_no_repeats(other: int | None) -> None:
    """The step cannot see the target and would keep whichever label comes first, so it is not proposed at all."""
    assert clean_proposals(repeats([*range(40), 0, other]), target="target") == []
    assert clean_proposals(repeats([*range(40), other, 1]).drop("target")) != []


def test_joiners_that_carry_meaning_stay() -> None:
    persian, family = "می\u200cروم", "👩\u200d👧"
    assert codes(column([persian, family, "plain"] * 8)) == []
    assert codes(column([f"{persian}\u200b", "plain"] * 8)) == ["invisible_characters"]


def test_odd_tables_give_no_error() -> None:
    for frame in (pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [None]}), pl.DataFrame({"a": []}), column([None] * 12)):
        clean_proposals(frame)


def test_planted_faults_are_repaired_and_nothing_else_is_touched() -> None:
    planted, repaired, harmed = outcome(finished(plant(np.random.default_rng(3))), careless=False)
    assert harmed == 0
    assert sum(repaired.values()) >= 0.8 * sum(count for kind, count in planted.items() if kind != "unit")


def test_a_careless_rule_would_be_seen() -> None:
    assert outcome(finished(plant(np.random.default_rng(3))), careless=True)[2] > 0
