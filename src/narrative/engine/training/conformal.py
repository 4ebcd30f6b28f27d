"""Ranges that hold the truth in 90 of 100 cases, for predicted numbers."""

from __future__ import annotations

from typing import Final

import numpy as np

from narrative.engine.model import Intervals
from narrative.engine.types import FloatArray

COVERAGE: Final = 0.9
GROUP_ROWS: Final = 80
MAX_GROUPS: Final = 10


def conformal_intervals(target: FloatArray, predictions: FloatArray, coverage: float = COVERAGE) -> Intervals:
    """Intervals from the errors on unseen rows, in groups of similar predictions (errors grow with the size, often).

    Each group has at least 80 rows (one group when there are fewer in all) and its own lower and upper error quantile
    with the finite-sample correction, so that fresh rows are covered at least as often as stated, on average.
    Source: Papadopoulos et al. (2002), ECML (split conformal); Boström, Johansson & Löfström (2021), COPA (Mondrian
    groups by prediction).
    """
    n_groups = int(np.clip(target.size // GROUP_ROWS, 1, MAX_GROUPS))
    edges = np.unique(np.quantile(predictions, np.linspace(0, 1, n_groups + 1)[1:-1]))
    group = np.searchsorted(edges, predictions, side="right")
    errors = target - predictions
    lower, upper = np.empty(edges.size + 1), np.empty(edges.size + 1)
    for index in range(edges.size + 1):
        own = errors[group == index]
        lower[index], upper[index] = _bounds(own if own.size else errors, coverage)
    return Intervals(coverage=coverage, edges=edges, lower=np.minimum(lower, 0.0), upper=np.maximum(upper, 0.0))


def cross_coverage(target: FloatArray, predictions: FloatArray) -> float:
    """Share of rows inside intervals learned from the other rows (five parts, dealt in turn)."""
    part = np.arange(target.size) % 5
    inside = np.zeros(target.size, dtype=bool)
    for index in np.unique(part):
        held = part == index
        if held.all():
            return 1.0
        low, high = conformal_intervals(target[~held], predictions[~held]).bounds(predictions[held])
        inside[held] = (low <= target[held]) & (target[held] <= high)
    return float(inside.mean())


def _bounds(errors: FloatArray, coverage: float) -> tuple[float, float]:
    """Error quantiles at both tails, each half of what may be missed; the extremes when rows are too few."""
    ordered, n = np.sort(errors), errors.size
    rank = int(np.ceil((n + 1) * (1.0 + coverage) / 2.0))
    above = min(rank, n) - 1
    return float(ordered[n - 1 - above]), float(ordered[above])
