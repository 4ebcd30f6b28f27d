from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.evaluation.whatif import nearest_change, what_if
from tests.fixtures.evaluated import LINE, SUBJECT, chances, numbers, table

ROWS = table(2_000, 1).drop("y")
NO = pl.DataFrame({"a": [-1.0], "b": [0.5], "g": ["f"], "c": ["x"]})


def test_a_what_if_is_the_answer_of_the_model_to_the_changed_row() -> None:
    found = what_if(SUBJECT, NO, {"a": 2.0})
    assert found.before == pytest.approx(chances(NO)[0, 1])
    assert found.after == pytest.approx(chances(NO.with_columns(a=pl.lit(2.0)))[0, 1])
    assert (found.answer_before, found.answer_after) == ("no", "yes")
    assert found.changes == {"a": (-1.0, 2.0)}
    assert found.words.sentence is not None
    assert found.words.sentence.text == "The chance of yes would be 92%, higher than the 12% it is."
    down = what_if(LINE, numbers(1, 1), {"a": -9}).words.sentence
    assert down is not None
    assert "lower than" in down.text


def test_the_nearest_change_turns_the_real_model_and_stops_at_its_edge() -> None:
    found = nearest_change(SUBJECT, ROWS, NO, wanted="yes")
    assert found.is_reached
    assert found.change is not None
    assert found.change.answer_after == "yes"
    changed = NO.with_columns(pl.lit(after).alias(name) for name, (_, after) in found.change.changes.items())
    assert chances(changed)[0, 1] >= 0.5
    # One column is enough, and it is moved no further than the edge, where the answer is even.
    assert len(found.change.changes) == 1
    assert chances(changed)[0, 1] == pytest.approx(0.5, abs=0.01)


def test_a_locked_column_stays_and_another_one_moves() -> None:
    free = nearest_change(SUBJECT, ROWS, NO)
    assert free.change is not None
    (name,) = free.change.changes
    found = nearest_change(SUBJECT, ROWS, NO, locked=(name,))
    assert found.change is not None
    assert name not in found.change.changes
    assert found.is_reached
    assert found.effort is not None
    assert free.effort is not None
    assert found.effort >= free.effort


def test_when_one_column_is_not_enough_several_move_together() -> None:
    row = pl.DataFrame({"a": [-1.9], "b": [1.8], "g": ["f"], "c": ["x"]})
    rows = ROWS.filter((pl.col("a").abs() < 1.0) & (pl.col("b").abs() < 1.5))
    found = nearest_change(SUBJECT, rows, row, wanted="yes")
    assert found.is_reached
    assert found.change is not None
    assert set(found.change.changes) == {"a", "b"}


def test_what_no_change_can_reach_is_said_so() -> None:
    found = nearest_change(SUBJECT, ROWS, NO, locked=("a", "b"))
    assert not found.is_reached
    assert found.change is None
    assert found.words.sentence is not None
    assert found.words.sentence.text.startswith("None of the changes tried")


def test_numbers_are_taken_into_a_wanted_range_and_no_further() -> None:
    row = pl.DataFrame({"a": [0.0], "b": [0.0]})
    found = nearest_change(LINE, numbers(1_000, 1), row, between=(2.0, 3.0))
    assert found.change is not None
    assert found.change.after == pytest.approx(2.0, abs=0.01)
    assert found.change.after >= 2.0


def test_whole_numbers_stay_whole() -> None:
    from narrative.engine.evaluation.subject import Subject

    subject = Subject(
        problem="regression", target="v", predict=lambda f: f["n"].to_numpy().astype(np.float64), columns=["n"]
    )
    found = nearest_change(subject, pl.DataFrame({"n": range(100)}), pl.DataFrame({"n": [3]}), between=(40.5, 99.0))
    assert found.change is not None
    assert found.change.changes == {"n": (3, 41)}


def test_what_does_not_fit_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="'z'"):
        what_if(SUBJECT, NO, {"z": 1})
    with pytest.raises(InvalidInput, match="'a'"):
        what_if(SUBJECT, NO, {"a": "much"})
    with pytest.raises(InvalidInput, match="One row"):
        what_if(SUBJECT, ROWS[:2], {})
    with pytest.raises(InvalidInput, match="maybe"):
        nearest_change(SUBJECT, ROWS, NO, wanted="maybe")
    with pytest.raises(InvalidInput, match="what is wanted"):
        nearest_change(LINE, numbers(50, 1), numbers(1, 2))
