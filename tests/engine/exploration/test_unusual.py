"""Unusual rows: planted ones are on top with the right column, and clean rows raise alarms at the stated rate."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.exploration import find_unusual
from narrative.engine.exploration.matrix import usable_columns
from narrative.engine.exploration.nearness import Encoding, Nearness, stand_apart


def people(n_rows: int, seed: int) -> pl.DataFrame:
    """Height and weight that go together, a shop, and a number with gaps."""
    rng = np.random.default_rng(seed)
    height = rng.normal(170, 10, n_rows)
    spent = rng.gamma(2.0, 20.0, n_rows)
    return pl.DataFrame(
        {
            "height": height,
            "weight": (height - 170) * 0.9 + 70 + rng.normal(0, 3, n_rows),
            "shop": rng.choice(["north", "south", "west"], n_rows),
            "spent": [None if rng.random() < 0.1 else float(value) for value in spent],
        }
    )


def test_a_planted_row_comes_first_with_the_column_that_makes_it_so() -> None:
    frame = people(600, 1)
    frame = frame.with_columns(pl.when(pl.int_range(600) == 77).then(900.0).otherwise(pl.col("spent")).alias("spent"))
    lines = pl.int_range(2, 602, eager=True)
    found = find_unusual(frame, lines=lines)
    top = next(row for row in found.result.rows if row.row == 77)
    assert found.result.rows.index(top) < 3
    assert top.line == 79
    assert top.reasons[0].column == "spent"
    sentence = top.reasons[0].sentence
    assert sentence is not None
    assert sentence.text.startswith("spent is 900; rows alike in the other columns have ")


def test_a_cell_that_is_usual_in_itself_is_blamed_by_what_stands_beside_it() -> None:
    rng = np.random.default_rng(8)
    base = rng.normal(size=800)
    frame = pl.DataFrame({name: base + rng.normal(0, 0.1, 800) for name in ("a", "b", "c")})
    odd = pl.DataFrame({"a": [2.0], "b": [2.0], "c": [-2.0]})
    found = find_unusual(odd, reference=frame, alarm_rate=0.2)
    assert found.result.rows[0].reasons[0].column == "c"


def test_clean_rows_raise_alarms_at_the_stated_rate() -> None:
    flagged = [find_unusual(people(1_000, seed), reference=people(600, seed + 50), alarm_rate=0.05).is_unusual.mean()
               for seed in range(3)]  # fmt: skip
    assert 0.03 < float(np.mean(flagged)) < 0.07


def test_rows_of_another_kind_raise_more() -> None:
    other = people(400, 3).with_columns(pl.col("weight") + 30)
    found = find_unusual(other, reference=people(600, 2), alarm_rate=0.05)
    assert float(found.is_unusual.mean()) > 0.2
    assert any("more than the 5% expected" in sentence.text for sentence in found.result.story.meaning)


def test_a_row_far_out_stands_apart_and_is_said_to() -> None:
    clean = people(500, 4)
    odd = pl.DataFrame({"height": [400.0], "weight": [5.0], "shop": ["moon"], "spent": [9_000.0]})
    found = find_unusual(pl.concat([clean, odd]))
    assert found.result.rows[0].row == 500
    assert found.result.story.headline.text.endswith("apart from all others.")
    assert found.result.story.headline.text.startswith("1 row stands")


def test_no_sentence_is_claimed_that_the_check_must_cut() -> None:
    clean = find_unusual(people(500, 4)).result.story
    assert clean.headline.text == "No row stands apart from all others."
    assert clean.cut == []
    odd = pl.DataFrame({"height": [400.0], "weight": [5.0], "shop": ["moon"], "spent": [9_000.0]})
    assert find_unusual(pl.concat([people(500, 4), odd])).result.story.cut == []
    assert find_unusual(people(400, 9), reference=people(600, 2), alarm_rate=0.05).result.story.cut == []


@pytest.mark.parametrize(("name", "written"), [("model_year", "2009"), ("price", "2,009")])
def test_a_year_in_a_reason_is_written_without_a_thousands_mark(name: str, written: str) -> None:
    rng = np.random.default_rng(3)
    size = rng.normal(size=300)
    years = np.where(size > 0, 1999, 1998)
    frame = pl.DataFrame({"size": size, name: np.append(years[:-1], 2009), "twice": size * 2})
    row = next(row for row in find_unusual(frame).result.rows if row.row == 299)
    reason = next(reason for reason in row.reasons if reason.column == name)
    assert reason.value == written
    assert reason.sentence is not None
    assert f"{name} is {written};" in reason.sentence.text


def test_values_that_are_no_rows_of_the_table_prove_nothing() -> None:
    scores = np.linspace(0.4, 0.6, 400)
    assert not stand_apart(scores, scores).any()
    assert stand_apart(np.append(scores, 0.95), scores)[-1]


def test_p_values_of_a_table_are_its_own_ranks() -> None:
    frame = people(200, 6)
    encoding = Encoding.learn(frame, usable_columns(frame))
    nearness = Nearness.fit(encoding.apply(frame), np.random.default_rng(0))
    values = np.sort(nearness.own_p_values())
    assert values[0] == pytest.approx(1 / 200)
    assert values[-1] == 1.0


@pytest.mark.parametrize("rate", [0.0, 0.9, 0.001])
def test_rates_that_cannot_be_kept_are_refused(rate: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        find_unusual(people(100, 1), alarm_rate=rate)
    assert caught.value.code == "alarm_rate_out_of_range"


def test_a_reference_with_other_columns_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="'weight'") as caught:
        find_unusual(people(100, 1).drop("weight"), reference=people(200, 2), alarm_rate=0.05)
    assert caught.value.code == "reference_lacks_columns"


@pytest.mark.slow
def test_clean_tables_have_a_row_that_stands_apart_as_rarely_as_stated() -> None:
    """40 clean tables: with a rate of at most 5 %, more than 6 alarms happen once in a hundred such runs."""
    alarms = 0
    for seed in range(40):
        story = find_unusual(people(400, 100 + seed)).result.story
        alarms += not story.headline.text.startswith("No row")
    assert alarms <= 6
