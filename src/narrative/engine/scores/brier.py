"""Brier score."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.scores.base import Score, require_rows
from narrative.engine.types import FloatArray, Problem


class Brier(Score):
    """Mean squared distance of the probability from what happened.

    Two classes: of the positive probability (0 to 1). More classes: summed over classes (0 to 2), as Brier wrote it.
    Source: Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78.
    """

    name = "brier"
    title = "Brier score"
    sentence = "Mean squared gap between the probability and what happened: 0 is perfect."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = False
    lowest = 0.0
    highest = 2.0

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        require_rows(target)
        return float(row_gaps(target, predictions).mean())


def row_gaps(target: FloatArray, predictions: FloatArray) -> FloatArray:
    """Squared distance of the probabilities from what happened, per row."""
    if predictions.shape[1] == 2:
        return np.asarray((predictions[:, 1] - target) ** 2, dtype=np.float64)
    truth = np.zeros_like(predictions)
    truth[np.arange(target.size), target.astype(np.int64)] = 1.0
    return np.asarray(((predictions - truth) ** 2).sum(axis=1), dtype=np.float64)
