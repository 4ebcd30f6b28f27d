"""Recall."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import LabelScore
from narrative.engine.types import IntArray, Problem


class Recall(LabelScore):
    """Share of the positive rows that are flagged; more classes: plain mean, classes without a row count 0."""

    name = "recall"
    title = "Recall"
    sentence = "Of the truly positive cases, the share the model flags, 0 to 1."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = True
    lowest = 0.0
    highest = 1.0
    can_rank = False

    def compute_matrix(self, confusion: IntArray) -> float:
        right = np.diag(confusion).astype(np.float64)
        rows = confusion.sum(axis=1)
        if len(confusion) == 2:
            if rows[1] == 0:
                raise NotApplicable("no_positive", "No positive row is among these rows, so recall is not defined.")
            return float(right[1] / rows[1])
        present = (rows + confusion.sum(axis=0)) > 0
        return float(np.mean(right[present] / np.maximum(rows[present], 1)))
