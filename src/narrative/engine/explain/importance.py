"""Permutation importance: how much of the score is lost when one column tells nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from narrative.core.clock import Deadline
from narrative.core.errors import NotApplicable
from narrative.engine.scores import AUTO, primary_score
from narrative.engine.scores.intervals import influence
from narrative.engine.training.types import Importance
from narrative.engine.types import FloatArray, Problem

Predict = Callable[[pl.DataFrame], FloatArray]


@dataclass(frozen=True)
class Part:
    """Rows that a model has not seen, and that model's predictions as a function of the raw columns."""

    frame: pl.DataFrame
    target: FloatArray
    predict: Predict


def permutation_importance(
    problem: Problem,
    parts: Sequence[Part],
    columns: Sequence[str],
    *,
    repeats: int = 5,
    seed: int = 42,
    metric: str = AUTO,
    deadline: Deadline | None = None,
    on_repeat: Callable[[list[Importance], float], None] | None = None,
) -> list[Importance]:
    """Loss of score per raw column when its values are shuffled among the rows, largest first, with 95 % intervals.

    Each repeat shuffles every column once; a repeat that the deadline would cut is left out, so all columns have had
    the same number. The interval holds the luck of the rows (paired influence values) and of the shuffles.

    Args:
        parts: one for a test part, one per fold in cross-validation; shuffled inside, scored together.
        on_repeat: called after every repeat with what is known so far and the share done.

    Returns an empty list when the score is not defined for these rows or no repeat was in time.
    Source: Breiman (2001), "Random forests", Machine Learning 45; Fisher, Rudin & Dominici (2019), JMLR 20.
    """
    target = np.concatenate([part.target for part in parts])
    score = primary_score(problem, metric)
    sign = 1.0 if score.higher_is_better else -1.0
    plain = np.concatenate([part.predict(part.frame) for part in parts])
    try:
        reference, own = score.compute(target, plain), influence(score.name, target, plain)
    except NotApplicable:
        return []
    losses: dict[str, list[float]] = {column: [] for column in columns}
    rows: dict[str, FloatArray] = {column: np.zeros(target.size) for column in columns}
    known: list[Importance] = []
    for repeat in range(repeats):
        for index, column in enumerate(columns):
            if deadline is not None and deadline.passed():
                return known
            random = np.random.default_rng((seed, repeat, index))
            shuffled = np.concatenate([part.predict(_shuffled(part.frame, column, random)) for part in parts])
            losses[column].append(sign * (reference - score.compute(target, shuffled)))
            rows[column] += sign * (own - influence(score.name, target, shuffled))
        known = sorted((_summary(column, losses[column], rows[column]) for column in columns), key=_order)
        if on_repeat is not None:
            on_repeat(known, (repeat + 1) / repeats)
    return known


def _shuffled(frame: pl.DataFrame, column: str, random: np.random.Generator) -> pl.DataFrame:
    return frame.with_columns(frame[column].gather(random.permutation(frame.height)))


def _summary(column: str, losses: list[float], rows: FloatArray) -> Importance:
    """Mean loss and its interval: row variance of the averaged influence, plus the variance between shuffles."""
    mean, count, n = float(np.mean(losses)), len(losses), rows.size
    of_rows = float(np.sum((rows / count) ** 2)) / n**2
    of_shuffles = float(np.var(losses, ddof=1)) / count if count > 1 else 0.0
    width = 1.96 * float(np.sqrt(of_rows + of_shuffles))
    return Importance(column=column, loss=mean, low=mean - width, high=mean + width)


def _order(importance: Importance) -> tuple[float, str]:
    return -importance.loss, importance.column
