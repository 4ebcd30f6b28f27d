"""Balanced accuracy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.scores.base import LabelScore
from narrative.engine.types import FloatArray, IntArray, Problem


class BalancedAccuracy(LabelScore):
    """Mean over the classes of the share of their rows that is answered right.

    Source: Brodersen et al. (2010), "The balanced accuracy and its posterior distribution", ICPR.
    """

    name = "balanced_accuracy"
    title = "Balanced accuracy"
    sentence = (
        "Share of right answers when every class counts the same, 0 to 1; naming one class only gives 1 / classes."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = True
    lowest = 0.0
    highest = 1.0

    def compute_matrix(self, confusion: IntArray) -> float:
        rows = confusion.sum(axis=1)
        present = rows > 0
        return float(np.mean(np.diag(confusion)[present] / rows[present]))

    def own_cut(self, predictions: FloatArray) -> float | None:
        """The share of the positive class as the probabilities tell it.

        Source: Menon et al. (2013), "On the statistical consistency of algorithms for binary classification under class
        imbalance", ICML, section 3.
        """
        return float(predictions[:, 1].mean()) if predictions.shape[1] == 2 else None
