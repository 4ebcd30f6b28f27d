from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from narrative.core.clock import Deadline, ManualClock
from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.learning import learning_curve, overfit_alarm, promise
from narrative.engine.evaluation.rows import Rows, gather
from narrative.engine.evaluation.subject import Subject
from narrative.engine.features.light import fit_light
from narrative.engine.types import FloatArray
from tests.fixtures.evaluated import LINE, SUBJECT, scored, scored_numbers, table


def remembered(n_rows: int, *, shuffled: bool) -> tuple[Rows, Rows]:
    """Known and new rows of trees that can remember single rows; ``shuffled``: with nothing to be learned."""
    frame = table(2 * n_rows, 3)
    if shuffled:
        frame = frame.with_columns(pl.col("y").shuffle(seed=1))
    features = frame.select("a", "b").to_numpy()
    target = (frame["y"] == "yes").to_numpy().astype(float)
    model = fit_light(features[:n_rows], target[:n_rows], "binary", 2, deep=shuffled)
    subject = Subject(
        problem="binary",
        target="y",
        predict=lambda rows: model.predict(rows.select("a", "b").to_numpy()),
        columns=["a", "b"],
        classes=["no", "yes"],
    )
    parts = [gather(subject, [part], "y", most_cells=n_rows).sample for part in (frame[:n_rows], frame[n_rows:])]
    return parts[0], parts[1]


def test_a_model_that_learned_its_rows_by_heart_is_told() -> None:
    found = overfit_alarm(*remembered(800, shuffled=True))
    assert found.is_alarmed
    assert found.lost > 0.8
    assert found.words.sentence is not None
    assert found.words.sentence.text.startswith("Learned by heart")


def test_a_model_that_learned_something_is_not_alarmed_for_being_a_little_better_on_its_own_rows() -> None:
    found = overfit_alarm(*remembered(800, shuffled=False))
    assert not found.is_alarmed
    assert found.seen > found.unseen > found.baseline
    assert found.lost_interval[0] <= found.lost <= found.lost_interval[1]
    assert found.words.sentence is not None


def test_more_rows_help_where_there_is_more_to_learn_and_not_where_there_is_nothing() -> None:
    rows, new = scored_numbers(800, seed=1), scored_numbers(1_500, seed=2)
    rising = learning_curve(LINE, rows, new)
    assert rising.verdict == "still_rising"
    assert [point.n_rows for point in rising.points] == [50, 100, 200, 400, 800]
    assert rising.points[0].score > rising.points[-1].score  # an error
    assert rising.words.sentence is not None
    assert "further rows may help" in rising.words.sentence.text

    def fit(frame: pl.DataFrame, target: FloatArray) -> Callable[[pl.DataFrame], FloatArray]:
        return lambda cells: np.full(cells.height, target.mean())

    flat = learning_curve(LINE, rows, new, fit=fit, made_by="the mean")
    assert flat.verdict == "flat"
    assert flat.made_by == "the mean"


def test_rows_that_made_the_model_worse_are_not_told_to_help() -> None:
    def fit(frame: pl.DataFrame, target: FloatArray) -> Callable[[pl.DataFrame], FloatArray]:
        lean = 3.0 * (frame.height == 800)
        return lambda cells: 2.0 * cells["a"].to_numpy() - cells["b"].to_numpy() + lean

    found = learning_curve(LINE, scored_numbers(800, seed=1), scored_numbers(1_500, seed=2), fit=fit)
    assert found.verdict == "flat"
    assert found.last_gain_interval is not None
    assert found.last_gain_interval[1] < 0.0
    assert found.words.sentence is not None
    assert "do not help" in found.words.sentence.text
    assert "further rows may help" not in found.words.sentence.text


def test_a_deadline_leaves_larger_parts_out() -> None:
    clock = ManualClock()

    def fit(frame: pl.DataFrame, target: FloatArray) -> Callable[[pl.DataFrame], FloatArray]:
        clock.advance(1.0)
        return lambda cells: np.full(cells.height, target.mean())

    rows = scored_numbers(800)
    found = learning_curve(LINE, rows, rows, fit=fit, deadline=Deadline(clock, 1.5))
    assert len(found.points) == 2
    with pytest.raises(NotApplicable):
        learning_curve(LINE, rows, rows, fit=fit, deadline=Deadline(clock, -1.0))


def test_a_kept_promise_and_a_broken_one_are_told_apart() -> None:
    kept = promise(SUBJECT, scored(2_000))
    assert kept.is_kept
    assert not kept.is_worse
    broken = promise(SUBJECT, scored(2_000, turned=True))
    assert not broken.is_kept
    assert broken.is_worse
    assert kept.words.sentence is not None
    assert broken.words.sentence is not None
    by_accuracy = promise(replace(SUBJECT, promised=(0.5, 0.45, 0.55), promised_metric="accuracy"), scored(2_000))
    assert (by_accuracy.metric, by_accuracy.is_kept, by_accuracy.is_worse) == ("accuracy", False, False)
    with pytest.raises(NotApplicable, match="training"):
        promise(replace(SUBJECT, promised=None), scored())
