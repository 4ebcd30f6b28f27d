"""What each row adds to the error of a score: the one tool behind standard errors and paired differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.average_precision import cumulative_counts
from narrative.engine.scores.base import LabelScore, confusion_matrix, decide, require_both_classes, require_rows
from narrative.engine.scores.brier import row_gaps
from narrative.engine.scores.log_loss import row_losses
from narrative.engine.scores.roc_auc import midranks
from narrative.engine.types import FloatArray, IntArray

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def influence(metric: str, target: FloatArray, predictions: FloatArray, threshold: float | None = None) -> FloatArray:
    """Influence of each row on a score, ``n_rows``, mean 0: the score moves by about ``influence / n`` with the row.

    The standard error of the score is the root of the summed squares over n (:func:`standard_error`). For the ROC area
    these are the structural components of DeLong, so that the standard error is DeLong's.

    Args:
        threshold: the cut of a score of answers for two classes; None for the score's own.

    Raises ``NotApplicable`` when the score is not defined for these rows.
    Source: DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Sun & Xu (2014), IEEE Signal Processing Letters 21
    (mid-rank form); Hampel (1974), "The influence curve and its role in robust estimation", JASA 69.
    """
    from narrative.engine.scores import all_scores

    require_rows(target)
    score = all_scores()[metric]()
    if isinstance(score, LabelScore):
        return _label_influence(score, target, predictions, threshold)
    return _INFLUENCE[metric](target, predictions)


def _label_influence(
    score: LabelScore, target: FloatArray, predictions: FloatArray, threshold: float | None
) -> FloatArray:
    """How the score moves when one more row of the same cell of the confusion matrix comes (the sensitivity curve).

    Source: Hampel et al. (1986), "Robust statistics", section 2.1e.
    """
    n, n_classes = target.size, predictions.shape[1]
    answers = decide(predictions, score.own_cut(predictions) if threshold is None else threshold)
    cells = target.astype(np.int64) * n_classes + answers
    confusion = confusion_matrix(target, answers, n_classes)
    whole = score.compute_matrix(confusion)
    moves = np.zeros(n_classes * n_classes)
    for cell in np.unique(cells):
        more = confusion.copy()
        more.flat[cell] += 1
        moves[cell] = (n + 1) * (score.compute_matrix(more) - whole)
    return _centred(moves[cells])


def _area_influence(target: FloatArray, predictions: FloatArray) -> FloatArray:
    """DeLong's components; with more than two classes the mean over the classes that occur, each against the rest."""
    if predictions.shape[1] == 2:
        require_both_classes(target)
        return _area_components(target == 1, predictions[:, 1])
    present = [index for index in range(predictions.shape[1]) if np.any(target == index)]
    if len(present) < 2:
        raise NotApplicable("one_class", "Only one class occurs in these rows, so the score is not defined.")
    each = [_area_components(target == index, predictions[:, index]) for index in present]
    return np.asarray(np.mean(each, axis=0), dtype=np.float64)


def _area_components(positive: Mask, score: FloatArray) -> FloatArray:
    n = positive.size
    n_positive = int(positive.sum())
    n_negative = n - n_positive
    ranks = midranks(score)
    above = (ranks[positive] - midranks(score[positive])) / n_negative
    below = 1.0 - (ranks[~positive] - midranks(score[~positive])) / n_positive
    area = float(above.mean())
    values = np.empty(n)
    # The small-sample factors make the summed squares equal to DeLong's unbiased variances.
    values[positive] = (above - area) * (n / n_positive) * np.sqrt(n_positive / max(n_positive - 1, 1))
    values[~positive] = (below - area) * (n / n_negative) * np.sqrt(n_negative / max(n_negative - 1, 1))
    return values


def _precision_influence(target: FloatArray, predictions: FloatArray) -> FloatArray:
    """Average precision is the mean, over positive rows, of the precision at their score; a row moves that mean when it
    is positive, and the precision of every positive row that is ranked no higher than itself."""
    n_positive = int(np.count_nonzero(target == 1))
    if n_positive == 0:
        raise NotApplicable("no_positive", "No positive row is among these rows, so the score is not defined.")
    score = predictions[:, 1]
    found, flagged = cumulative_counts(target, score)
    precision, gained = found / flagged, np.diff(found, prepend=0.0)
    average = float(np.sum(gained * precision) / n_positive)
    step = np.searchsorted(-np.unique(score)[::-1], -score)
    # Sums over the positive rows from each step downwards.
    as_positive = np.cumsum((gained * (1.0 - precision) / flagged)[::-1])[::-1]
    as_negative = np.cumsum((gained * precision / flagged)[::-1])[::-1]
    moved = np.where(target == 1, precision[step] - average + as_positive[step], -as_negative[step])
    return _centred(np.asarray(target.size / n_positive * moved, dtype=np.float64))


def _rmse_influence(target: FloatArray, predictions: FloatArray) -> FloatArray:
    squares = (target - predictions) ** 2
    mean = float(squares.mean())
    if mean == 0.0:
        return np.zeros_like(squares)
    return np.asarray((squares - mean) / (2.0 * np.sqrt(mean)), dtype=np.float64)


def _r2_influence(target: FloatArray, predictions: FloatArray) -> FloatArray:
    """Of 1 - errors / spread: both means move with the row."""
    errors, spread = (target - predictions) ** 2, (target - target.mean()) ** 2
    mean, whole = float(errors.mean()), float(spread.mean())
    if target.size < 2 or whole == 0.0:
        raise NotApplicable("constant_target", "The target is constant in these rows, so R² is not defined.")
    return np.asarray(-(errors - mean) / whole + mean * (spread - whole) / whole**2, dtype=np.float64)


def _centred(values: FloatArray) -> FloatArray:
    return np.asarray(values - values.mean(), dtype=np.float64)


_INFLUENCE: Final[Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]]] = {
    "average_precision": _precision_influence,
    "brier": lambda target, predictions: _centred(row_gaps(target, predictions)),
    "log_loss": lambda target, predictions: _centred(row_losses(target, predictions)),
    "mae": lambda target, predictions: _centred(np.abs(target - predictions)),
    "r2": _r2_influence,
    "rmse": _rmse_influence,
    "roc_auc": _area_influence,
}


def standard_error(values: FloatArray, blocks: IntArray | None = None) -> float:
    """Standard error of a score from its influence values.

    Args:
        blocks: block number per row when neighbouring rows are alike (rows in time): whole blocks then vary together.
    """
    n = values.size
    if blocks is None:
        return float(np.sqrt(np.sum(values**2)) / n)
    sums = np.bincount(blocks, weights=values)
    count = max(sums.size, 2)
    return float(np.sqrt(np.sum(sums**2) * count / (count - 1)) / n)


def degrees_of_freedom(values: FloatArray) -> float:
    """Degrees of freedom that the spread of the influence values is worth: few when a few rows carry it all.

    Matches mean and variance of the estimated variance to a chi-square; equals about n for normal values.
    Source: Satterthwaite (1946), Biometrics Bulletin 2, with the variance of the sample variance by kurtosis
    (Cramér 1946, section 27.4).
    """
    n = values.size
    spread = float(np.mean(values**2))
    if n < 3 or spread == 0.0:
        return float(max(n - 1, 1))
    kurtosis = float(np.mean(values**4)) / spread**2
    return float(max(2.0 * n / max(kurtosis - (n - 3) / (n - 1), 2.0 * n / (n - 1)), 2.0))


def paired_difference(metric: str, target: FloatArray, first: FloatArray, second: FloatArray) -> float:
    """Standard error of score(first) - score(second) on the same rows; 0 when the predictions agree."""
    return standard_error(influence(metric, target, first) - influence(metric, target, second))
