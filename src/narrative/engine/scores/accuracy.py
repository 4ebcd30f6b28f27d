"""Accuracy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.scores.base import LabelScore
from narrative.engine.types import IntArray, Problem


class Accuracy(LabelScore):
    """Share of right answers."""

    name = "accuracy"
    title = "Accuracy"
    sentence = "Share of right answers, 0 to 1; always naming the most frequent class already reaches its share."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = True
    lowest = 0.0
    highest = 1.0

    def compute_matrix(self, confusion: IntArray) -> float:
        return float(np.trace(confusion) / confusion.sum())
