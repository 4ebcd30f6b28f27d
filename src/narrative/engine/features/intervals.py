"""Intervals for differences that were measured in the same folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from narrative.engine.types import FloatArray


@dataclass(frozen=True)
class Interval:
    """A mean with its interval; ``n`` differences."""

    mean: float
    low: float
    high: float
    n: int


def corrected_interval(differences: FloatArray, *, train_share: float, level: float = 0.95) -> Interval:
    """Mean of paired differences over folds with a two-sided interval.

    Folds share training rows, so their differences are no independent draws: the variance of the mean is
    ``s² · (1/n + test/train)`` instead of ``s²/n``, with n - 1 degrees of freedom.
    Source: Nadeau & Bengio (2003), "Inference for the generalization error", Machine Learning 52; for repeated
    cross-validation Bouckaert & Frank (2004), PAKDD.
    """
    n = differences.size
    mean = float(differences.mean())
    if n < 2:
        return Interval(mean, float("-inf"), float("inf"), n)
    from scipy.stats import t

    ratio = (1.0 - train_share) / train_share
    spread = float(differences.std(ddof=1)) * float(np.sqrt(1.0 / n + ratio))
    width = float(t.ppf(0.5 + level / 2.0, n - 1)) * spread
    return Interval(mean, mean - width, mean + width, n)
