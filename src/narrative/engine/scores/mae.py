"""Mean absolute error."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.scores.base import Score, require_rows
from narrative.engine.types import FloatArray, Problem


class Mae(Score):
    """Mean absolute difference between prediction and truth."""

    name = "mae"
    title = "Typical error"
    sentence = "Mean distance between prediction and truth in the unit of the target; 0 is perfect."
    problems: ClassVar[frozenset[Problem]] = frozenset({"regression"})
    higher_is_better = False
    lowest = 0.0
    highest = float("inf")
    unit = "target"

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        require_rows(target)
        return float(np.mean(np.abs(target - predictions)))
