"""Methods against imbalance compared with doing nothing, paired over the same folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.core.plugins import discover
from narrative.engine.imbalance.base import Imbalance
from narrative.engine.scores import AUTO, primary_score
from narrative.engine.scores.average_precision import AveragePrecision
from narrative.engine.training.imbalance_types import Difference, MethodComparison
from narrative.engine.types import FloatArray, Problem

NOTHING: Final = "none"
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Looked:
    """What a method predicted for the rows of a fold, and what it learned from."""

    predictions: FloatArray
    before: list[int]
    after: list[float]
    notes: list[str]


@dataclass(frozen=True)
class Judging:
    """How methods are judged: the scores, which class is the rarest, how large the parts of a fold are."""

    problem: Problem
    rarest: int
    ratio: float
    """Rows that judge per row that was learned from, in a fold."""
    by_average_precision: bool
    metric: str = AUTO
    """The score that ranks."""


def methods() -> Mapping[str, type[Imbalance[Any]]]:
    """Every method, by name."""
    return discover("narrative.engine.imbalance", Imbalance)


def compare(
    seen: Mapping[str, Sequence[Looked]], truths: Sequence[FloatArray], judging: Judging
) -> list[MethodComparison]:
    """Each method on the same folds, doing nothing first.

    Args:
        seen: method -> what it predicted, fold by fold; holds "none".
        truths: class index per row, fold by fold.
    """
    others = max(len(seen) - 1, 1)
    ranking = primary_score(judging.problem, judging.metric)
    sign = 1.0 if ranking.higher_is_better else -1.0

    def ranks(truth: FloatArray, predictions: FloatArray) -> float:
        return ranking.compute(truth, predictions)

    def precision(truth: FloatArray, predictions: FloatArray) -> float:
        rare = predictions[:, judging.rarest]
        is_rarest = (truth == judging.rarest).astype(np.float64)
        return AveragePrecision().compute(is_rarest, np.column_stack([1.0 - rare, rare]))

    def by_fold(name: str, score: Callable[[FloatArray, FloatArray], float]) -> FloatArray:
        return np.array(
            [_or_nan(score, truth, look.predictions) for truth, look in zip(truths, seen[name], strict=True)]
        )

    lines = []
    for name, looks in seen.items():
        scores, precisions = by_fold(name, ranks), by_fold(name, precision)
        is_other = name != NOTHING
        gains = sign * (scores - by_fold(NOTHING, ranks)), precisions - by_fold(NOTHING, precision)
        lines.append(
            MethodComparison(
                name=name,
                title=methods()[name].title,
                score=_mean(scores),
                average_precision=_mean(precisions),
                score_difference=difference(gains[0], judging.ratio, others) if is_other else None,
                average_precision_difference=difference(gains[1], judging.ratio, others) if is_other else None,
                rows_before=looks[0].before,
                rows_after=looks[0].after,
                notes=looks[0].notes,
            )
        )
    return lines


def difference(gains: FloatArray, ratio: float, n_compared: int = 1) -> Difference | None:
    """Mean gain over folds with its interval; None with fewer than two folds that have one.

    Folds share training rows, so their gains vary less than those of fresh tables; the variance is raised for it, and
    the confidence is shared among all that is compared (Bonferroni).
    Source: Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52, section 3 (corrected
    resampled t-test: 1/J + n_test/n_train in place of 1/J).
    """
    from scipy.special import stdtrit

    known = gains[np.isfinite(gains)]
    if known.size < 2:
        return None
    mean = float(known.mean())
    error = float(np.sqrt((1.0 / known.size + ratio) * known.var(ddof=1)))
    width = float(stdtrit(known.size - 1, 1.0 - (1.0 - CONFIDENCE) / (2.0 * n_compared))) * error
    return Difference(value=mean, low=mean - width, high=mean + width)


def recommend(lines: Sequence[MethodComparison], *, by_average_precision: bool) -> str:
    """The method that was better than doing nothing beyond chance, the best of several; else doing nothing.

    Where average precision decides, a method must not be worse beyond chance in the score that ranks.
    """
    best, gained = NOTHING, 0.0
    for line in lines:
        decisive = line.average_precision_difference if by_average_precision else line.score_difference
        harmed = line.score_difference is not None and line.score_difference.high < 0.0
        if decisive is not None and decisive.low > 0.0 and decisive.value > gained and not harmed:
            best, gained = line.name, decisive.value
    return best


def _or_nan(score: Callable[[FloatArray, FloatArray], float], truth: FloatArray, predictions: FloatArray) -> float:
    try:
        return score(truth, predictions)
    except NotApplicable:  # a fold without the rarest class
        return float("nan")


def _mean(scores: FloatArray) -> float | None:
    known = scores[np.isfinite(scores)]
    return float(known.mean()) if known.size else None
