"""What each row adds to the error of a score: the one tool behind standard errors and paired differences."""

from __future__ import annotations

import numpy as np

from narrative.engine.scores.base import require_both_classes, require_rows
from narrative.engine.scores.log_loss import row_losses
from narrative.engine.scores.roc_auc import midranks
from narrative.engine.types import FloatArray, IntArray

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def influence(metric: str, target: FloatArray, predictions: FloatArray) -> FloatArray:
    """Influence of each row on a score, ``n_rows``, mean 0: the score moves by about ``influence / n`` with the row.

    The standard error of the score is the root of the summed squares over n (:func:`standard_error`). For the ROC area
    these are the structural components of DeLong, so that the standard error is DeLong's.

    Raises ``NotApplicable`` when the score is not defined for these rows and ``KeyError`` for scores that never rank.
    Source: DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Sun & Xu (2014), IEEE Signal Processing Letters 21
    (mid-rank form); Hampel (1974), "The influence curve and its role in robust estimation", JASA 69.
    """
    require_rows(target)
    if metric == "roc_auc":
        require_both_classes(target)
        return _area_influence(target == 1, predictions[:, 1])
    if metric == "log_loss":
        losses = row_losses(target, predictions)
        return np.asarray(losses - losses.mean(), dtype=np.float64)
    if metric == "rmse":
        squares = (target - predictions) ** 2
        mean = float(squares.mean())
        if mean == 0.0:
            return np.zeros_like(squares)
        return np.asarray((squares - mean) / (2.0 * np.sqrt(mean)), dtype=np.float64)
    raise KeyError(metric)


def _area_influence(positive: Mask, score: FloatArray) -> FloatArray:
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
