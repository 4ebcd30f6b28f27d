"""Permutation importance: right about what matters, honest about how sure."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.core.clock import Deadline, ManualClock
from narrative.engine.explain.importance import Part, permutation_importance
from narrative.engine.training.types import Importance
from narrative.engine.types import FloatArray


def predict(frame: pl.DataFrame) -> FloatArray:
    """A model that is known: 2 × a + b."""
    return frame.select(2 * pl.col("a") + pl.col("b")).to_series().to_numpy().astype(np.float64)


def table(n: int = 1_000, seed: int = 1) -> tuple[pl.DataFrame, FloatArray]:
    random = np.random.default_rng(seed)
    frame = pl.DataFrame({name: random.normal(size=n) for name in ("a", "b", "c")})
    return frame, predict(frame) + 0.5 * random.normal(size=n)


def measure(**options: object) -> list[Importance]:
    frame, target = table()
    return permutation_importance("regression", [Part(frame, target, predict)], frame.columns, **options)  # type: ignore[arg-type]  # forwarded


def test_losses_are_those_that_theory_gives() -> None:
    """Shuffling a in 2a + b + noise adds 2 × 4 × Var(a) to the squared error: rmse goes from 0.5 to sqrt(8.25)."""
    a, b, c = measure()
    assert [each.column for each in (a, b, c)] == ["a", "b", "c"]
    assert a.loss == pytest.approx(np.sqrt(8.25) - 0.5, rel=0.1)
    assert b.loss == pytest.approx(np.sqrt(2.25) - 0.5, rel=0.1)
    assert c.loss == c.low == c.high == 0.0


def test_the_interval_holds_the_loss_and_shrinks_with_rows() -> None:
    widths = []
    for n in (200, 5_000):
        frame, target = table(n)
        first = permutation_importance("regression", [Part(frame, target, predict)], ["a"], repeats=3)[0]
        assert first.low < first.loss < first.high
        widths.append(first.high - first.low)
    assert widths[1] < 0.5 * widths[0]


def test_folds_are_shuffled_inside_and_scored_together() -> None:
    frame, target = table()
    parts = [Part(frame[:500], target[:500], predict), Part(frame[500:], target[500:], predict)]
    split = permutation_importance("regression", parts, ["a"], repeats=3)[0]
    assert split.loss == pytest.approx(np.sqrt(8.25) - 0.5, rel=0.1)


def test_a_deadline_gives_whole_repeats_only() -> None:
    clock = ManualClock()
    frame, target = table(200)

    def slow(rows: pl.DataFrame) -> FloatArray:
        clock.advance(1.0)
        return predict(rows)

    known = permutation_importance(
        "regression", [Part(frame, target, slow)], ["a", "b", "c"], repeats=5, deadline=Deadline(clock, 8.5)
    )
    assert clock.monotonic() == pytest.approx(9.0)
    assert len(known) == 3
    late = permutation_importance("regression", [Part(frame, target, slow)], ["a", "b"], deadline=Deadline(clock, 1.5))
    assert late == []


def test_rows_that_do_not_define_the_score_give_no_importance() -> None:
    frame, _ = table(50)
    part = Part(frame, np.zeros(50), lambda rows: np.tile([0.5, 0.5], (rows.height, 1)))
    assert permutation_importance("binary", [part], ["a"]) == []


def test_the_frame_is_left_as_it_was_and_the_seed_decides() -> None:
    frame, _ = table(100)
    before = frame.clone()
    assert measure(seed=3, repeats=2) == measure(seed=3, repeats=2)
    assert measure(seed=3, repeats=2) != measure(seed=4, repeats=2)
    assert frame.equals(before)
