"""Scores of multisets of rows, fast enough to be computed a thousand times."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import LabelScore, decide, require_both_classes, require_rows
from narrative.engine.scores.brier import row_gaps
from narrative.engine.scores.log_loss import row_losses
from narrative.engine.types import FloatArray, IntArray

Counted = Callable[[IntArray], float]
"""From how often each row is there to the score; NaN where it is not defined."""


def weighted(metric: str, target: FloatArray, predictions: FloatArray, threshold: float | None = None) -> Counted:
    """The score of a multiset of the given rows.

    Args:
        threshold: the cut of a score of answers for two classes; None for the score's own on all the rows.

    Raises ``NotApplicable`` when the score is not defined for the rows as they are.
    """
    from narrative.engine.scores import all_scores

    require_rows(target)
    score = all_scores()[metric]()
    if isinstance(score, LabelScore):
        return _labels(score, target, predictions, threshold)
    if metric == "roc_auc":
        return _areas(target, predictions)
    if metric == "average_precision":
        return _precision(target == 1, predictions[:, 1])
    if metric == "r2":
        return _explained(target, predictions)
    losses = _losses(metric, target, predictions)

    def mean(counts: IntArray) -> float:
        value = float(counts @ losses / counts.sum())
        return float(np.sqrt(value)) if metric == "rmse" else value

    return mean


def _losses(metric: str, target: FloatArray, predictions: FloatArray) -> FloatArray:
    """What each row adds to a mean loss (squared, for RMSE)."""
    if metric == "log_loss":
        return row_losses(target, predictions)
    if metric == "brier":
        return row_gaps(target, predictions)
    gaps = np.abs(target - predictions)
    return np.asarray(gaps**2 if metric == "rmse" else gaps, dtype=np.float64)


def _labels(score: LabelScore, target: FloatArray, predictions: FloatArray, threshold: float | None) -> Counted:
    n_classes = predictions.shape[1]
    answers = decide(predictions, score.own_cut(predictions) if threshold is None else threshold)
    cells = target.astype(np.int64) * n_classes + answers

    def of(counts: IntArray) -> float:
        matrix = np.bincount(cells, weights=counts, minlength=n_classes * n_classes).astype(np.int64)
        try:
            return score.compute_matrix(matrix.reshape(n_classes, n_classes))
        except NotApplicable:
            return float("nan")

    return of


def _areas(target: FloatArray, predictions: FloatArray) -> Counted:
    if predictions.shape[1] == 2:
        require_both_classes(target)
        return _area(target == 1, predictions[:, 1])
    each = [_area(target == index, predictions[:, index]) for index in range(predictions.shape[1])]

    def mean(counts: IntArray) -> float:
        areas = np.array([one(counts) for one in each])
        known = areas[np.isfinite(areas)]
        return float(known.mean()) if known.size else float("nan")

    return mean


def _area(positive: np.ndarray[tuple[int], np.dtype[np.bool_]], score: FloatArray) -> Counted:
    order = np.argsort(score, kind="stable")
    is_positive = positive[order]
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])

    def area(counts: IntArray) -> float:
        ordered = counts[order]
        wins = np.add.reduceat(np.where(is_positive, ordered, 0), starts).astype(np.float64)
        losses = np.add.reduceat(np.where(is_positive, 0, ordered), starts).astype(np.float64)
        pairs = wins.sum() * losses.sum()
        if pairs == 0.0:
            return float("nan")
        return float(wins @ (np.cumsum(losses) - losses / 2.0) / pairs)

    return area


def _precision(positive: np.ndarray[tuple[int], np.dtype[np.bool_]], score: FloatArray) -> Counted:
    order = np.argsort(-score, kind="stable")
    is_positive = positive[order]
    ends = np.append(np.flatnonzero(np.diff(score[order])), score.size - 1)

    def average(counts: IntArray) -> float:
        ordered = counts[order].astype(np.float64)
        found, flagged = np.cumsum(np.where(is_positive, ordered, 0.0))[ends], np.cumsum(ordered)[ends]
        if found[-1] == 0.0:
            return float("nan")
        # Where nothing is flagged yet nothing was found either: any divisor will do.
        return float(np.diff(found, prepend=0.0) @ (found / np.maximum(flagged, 1.0)) / found[-1])

    return average


def _explained(target: FloatArray, predictions: FloatArray) -> Counted:
    errors, shifted = (target - predictions) ** 2, target - target.mean()

    def share(counts: IntArray) -> float:
        n = float(counts.sum())
        mean = float(counts @ shifted) / n
        spread = float(counts @ shifted**2) - n * mean**2
        return 1.0 - float(counts @ errors) / spread if spread > 0.0 else float("nan")

    return share
