"""Root mean squared error."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.scores.base import Score, require_rows
from narrative.engine.types import FloatArray, Problem


class Rmse(Score):
    """Square root of the mean squared difference between prediction and truth."""

    name = "rmse"
    title = "RMSE"
    sentence = "Typical size of the error in the unit of the target, large errors counting more; 0 is perfect."
    problems: ClassVar[frozenset[Problem]] = frozenset({"regression"})
    higher_is_better = False
    lowest = 0.0
    highest = float("inf")
    unit = "target"

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        require_rows(target)
        return float(np.sqrt(np.mean((target - predictions) ** 2)))
