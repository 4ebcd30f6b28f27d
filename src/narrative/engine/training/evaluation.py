"""The evaluation of a model on rows that nothing was learned from: score, interval, baseline, companions, charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.explain import charts
from narrative.engine.model import Intervals
from narrative.engine.scores import AUTO, compute_scores, primary_score
from narrative.engine.scores.base import LabelScore, Score, confusion_matrix, decide
from narrative.engine.scores.intervals import fresh_interval
from narrative.engine.training.splits import TEST_SHARE, Method
from narrative.engine.training.types import Evaluation
from narrative.engine.types import FloatArray, IntArray, Label, Problem

LEAST_PERIODS: Final = 4
LEAST_SLOPE: Final = 0.1
"""A quarter more rows takes at least a fiftieth of the error away, as far as the interval is concerned."""
TIME_BLOCKS: Final = 12
"""Stretches of time that vary together when rows are in time order."""


@dataclass(frozen=True)
class Growth:
    """How many rows models learned from: those of the folds, the scored one, the delivered one."""

    folds: int
    scored: int
    delivered: int


@dataclass(frozen=True)
class Unseen:
    """Rows nobody touched: their target, the model's predictions and the naive model's predictions."""

    target: FloatArray
    predictions: FloatArray
    naive: FloatArray


def evaluate(
    unseen: Unseen,
    *,
    problem: Problem,
    metric: str = AUTO,
    target: str,
    classes: list[Label],
    method: Method,
    method_sentence: str,
    n_train_rows: int,
    n_rows: int,
    cross_validated_score: float | None,
    threshold: float | None,
    intervals: Intervals | None = None,
    period_scores: Sequence[float] = (),
    groups: IntArray | None = None,
    group_column: str | None = None,
    growth: Growth | None = None,
    seed: int = 42,
) -> Evaluation:
    """All figures of an evaluation.

    ``groups``: group number per row when whole groups were set aside; rows of a group then vary together, in the
    interval too. ``period_scores``: scores in earlier periods of a split in time; when they differ more than luck would
    have it, so will the next one, and the interval says so. ``growth``: the delivered model learned from more rows than
    the scored one, and the better end of the interval leaves room for what they add.

    Raises ``NotApplicable`` when the score that ranks is not defined for the rows.
    """
    score = primary_score(problem, metric)
    value = _at(score, unseen.target, unseen.predictions, threshold)
    sign = 1.0 if score.higher_is_better else -1.0
    gap = (
        None
        if method == "cross_validation" or cross_validated_score is None
        else sign * (value - cross_validated_score)
    )
    blocks = _time_blocks(unseen.target.size) if method == "time_holdout" else groups
    interval = _with_periods(
        _interval(score, unseen, blocks, n_rows, seed=seed, threshold=threshold), value, period_scores
    )
    if method == "holdout" and growth is not None:
        interval = _with_growth(interval, score, value, cross_validated_score, growth)
    return Evaluation(
        problem=problem,
        target=target,
        classes=classes,
        metric=score.name,
        metric_title=score.title,
        higher_is_better=score.higher_is_better,
        score=value,
        interval=interval,
        baseline_score=score.compute(unseen.target, unseen.naive),
        cross_validated_score=cross_validated_score,
        honesty_gap=gap,
        n_test_rows=unseen.target.size,
        n_train_rows=n_train_rows,
        method=method,
        group_column=group_column,
        method_sentence=method_sentence,
        companions=_companions(score, problem, unseen.target, unseen.predictions, threshold),
        companion_baselines=_companions(score, problem, unseen.target, unseen.naive, threshold),
        threshold=threshold,
        **_charts(problem, unseen, len(classes), threshold),
        interval_coverage=None if intervals is None else _coverage(intervals, unseen),
    )


def after_uses(evaluation: Evaluation, uses: int) -> Evaluation:
    """The evaluation of the latest of several runs that were scored on the same rows.

    Whoever takes the best of k runs takes luck with it. The interval that still holds 95 of 100 times, whichever of
    them is taken, is that of a confidence of 1 - 0.05 / k (Bonferroni), wider by the ratio of the normal quantiles.

    Source: Dunn (1961), "Multiple comparisons among means", JASA 56; Dwork et al. (2015), "The reusable holdout",
    Science 349, for why rows that are looked at again and again wear out.
    """
    from scipy.special import ndtri

    from narrative.engine.scores import all_scores

    if uses <= 1:
        return evaluation
    kind, (low, high) = all_scores()[evaluation.metric], evaluation.interval
    factor = float(ndtri(1.0 - 0.025 / uses) / ndtri(0.975))
    wider = (
        max(evaluation.score - (evaluation.score - low) * factor, kind.lowest),
        min(evaluation.score + (high - evaluation.score) * factor, kind.highest),
    )
    return evaluation.model_copy(update={"test_uses": uses, "interval_after_uses": wider})


def _at(score: Score, target: FloatArray, predictions: FloatArray, threshold: float | None) -> float:
    """The score of the answers the delivered model gives; the cut says nothing to a score of probabilities."""
    if isinstance(score, LabelScore):
        return score.compute_at(target, predictions, threshold)
    return score.compute(target, predictions)


def _interval(
    score: Score, unseen: Unseen, blocks: IntArray | None, n_rows: int, *, seed: int, threshold: float | None
) -> tuple[float, float]:
    """Where a fresh set as large as the test part lands; the range of the score when the rows are too few to say."""
    n_fresh = max(round(n_rows * TEST_SHARE), 2)
    try:
        return fresh_interval(
            score.name, unseen.target, unseen.predictions, n_fresh, seed=seed, blocks=blocks, threshold=threshold
        )
    except NotApplicable:
        most = float(np.finfo(np.float64).max)
        return max(score.lowest, -most), min(score.highest, most)


def _with_periods(interval: tuple[float, float], score: float, period_scores: Sequence[float]) -> tuple[float, float]:
    """The interval, widened to where the next of periods that differ this much would land.

    Periods are taken as draws from one world on the logarithmic scale (losses only); the next one differs from the one
    that was scored by the spread of two such draws.
    """
    logs = np.log([value for value in (*period_scores, score) if value > 0])
    if logs.size < LEAST_PERIODS:
        return interval
    factor = float(np.exp(1.96 * np.sqrt(2.0) * logs.std(ddof=1)))
    return min(interval[0], score / factor), max(interval[1], score * factor)


def _with_growth(
    interval: tuple[float, float], score: Score, value: float, in_folds: float | None, growth: Growth
) -> tuple[float, float]:
    """The interval, its better end moved to where the further rows of the delivered model may take the score.

    Errors fall with the number of rows like ``n ** -slope``; the slope is what the step from the models of the folds to
    the scored one shows. That step is one noisy figure, so the slope is kept between a modest one and 1.

    Source: Viering & Loog (2023), "The shape of learning curves: a review", section 4.1 (power laws).
    """
    if not 0 < growth.scored < growth.delivered:
        return interval
    best, slope = (1.0 if score.higher_is_better else 0.0), LEAST_SLOPE
    error = abs(best - value)
    if in_folds is not None and growth.folds < growth.scored and error > 0.0:
        seen = float(np.log(abs(best - in_folds) / error) / np.log(growth.scored / growth.folds))
        slope = min(max(seen, LEAST_SLOPE), 1.0)
    factor = (growth.scored / growth.delivered) ** slope
    low, high = interval
    return (low, best - (best - high) * factor) if score.higher_is_better else (low * factor, high)


def _time_blocks(n: int) -> IntArray:
    return (np.arange(n) * min(TIME_BLOCKS, n) // n).astype(np.int64)


def _companions(
    primary: Score, problem: Problem, target: FloatArray, predictions: FloatArray, threshold: float | None
) -> dict[str, float | None]:
    """Every other score; average precision first when the positive class is rarer than 1 in 20."""
    values = compute_scores(problem, target, predictions, threshold)
    values.pop(primary.name)
    if problem == "binary" and float(np.mean(target == 1)) < 0.05:
        values = {"average_precision": values.pop("average_precision"), **values}
    return values


def _charts(problem: Problem, unseen: Unseen, n_classes: int, threshold: float | None) -> dict[str, Any]:
    target, predictions = unseen.target, unseen.predictions
    if problem == "regression":
        return {
            "predicted_actual": charts.predicted_actual(target, predictions),
            "residual_histogram": charts.residual_histogram(target, predictions),
        }
    confusion = confusion_matrix(target, decide(predictions, threshold), n_classes).tolist()
    if problem == "multiclass":
        return {"confusion": confusion}
    positive = predictions[:, 1]
    calibration, counts = charts.calibration_curve(target, positive)
    return {
        "confusion": confusion,
        "roc": charts.roc_curve(target, positive),
        "precision_recall": charts.precision_recall_curve(target, positive),
        "calibration": calibration,
        "calibration_counts": counts,
        "lift": charts.lift_curve(target, positive),
        "thresholds": charts.threshold_table(target, positive, 0.5 if threshold is None else threshold),
    }


def _coverage(intervals: Intervals, unseen: Unseen) -> float:
    lower, upper = intervals.bounds(unseen.predictions)
    return float(np.mean((lower <= unseen.target) & (unseen.target <= upper)))
