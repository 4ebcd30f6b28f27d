"""Coefficient of determination."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import Score, require_rows
from narrative.engine.types import FloatArray, Problem


class R2(Score):
    """Share of the target's variation that the predictions account for.

    Source: Wright (1921), "Correlation and causation", Journal of Agricultural Research 20.
    """

    name = "r2"
    title = "R²"
    sentence = "Share of the target's ups and downs the model accounts for: 1 is perfect, 0 is as good as the mean."
    problems: ClassVar[frozenset[Problem]] = frozenset({"regression"})
    higher_is_better = True
    lowest = float("-inf")
    highest = 1.0

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        require_rows(target)
        spread = float(np.sum((target - target.mean()) ** 2))
        if target.size < 2 or spread == 0.0:
            raise NotApplicable("constant_target", "The target is constant in these rows, so R² is not defined.")
        return float(1.0 - np.sum((target - predictions) ** 2) / spread)
