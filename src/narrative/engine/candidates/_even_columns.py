"""Shift and scale of each feature, for candidates to which distances between rows mean something."""

from __future__ import annotations

import numpy as np

from narrative.engine.candidates.base import TrainingData
from narrative.engine.types import FloatArray

_SMALLEST = 1e-150
"""Spreads below this are rounding, and one over them is not a number any more."""


def even_columns(data: TrainingData) -> tuple[FloatArray, FloatArray]:
    """Mean of each feature, and one over its spread; 1 for columns of two values one apart (ones and zeros keep their
    size, so a rare category does not outweigh everything), 0 for columns that do not vary. Gaps are left out."""
    known = ~np.isnan(data.features)
    counts = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, data.features, 0.0)
    means = filled.sum(axis=0) / counts
    around = np.where(known, data.features - means, 0.0)
    spread = np.sqrt((around**2).sum(axis=0) / counts)
    scale = np.where(spread > _SMALLEST, 1.0 / np.maximum(spread, _SMALLEST), 0.0)
    low, high = np.fmin.reduce(data.features, axis=0), np.fmax.reduce(data.features, axis=0)
    two_values = ((data.features == low) | (data.features == high) | ~known).all(axis=0) & (high - low == 1.0)
    return means, np.where(two_values, 1.0, scale)
