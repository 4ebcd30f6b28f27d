"""Precision."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import LabelScore
from narrative.engine.types import IntArray, Problem


class Precision(LabelScore):
    """Share of the flagged rows that are truly positive; more classes: plain mean, never-named classes count 0."""

    name = "precision"
    title = "Precision"
    sentence = "Of the cases the model flags, the share that really is positive, 0 to 1."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = True
    lowest = 0.0
    highest = 1.0
    can_rank = False

    def compute_matrix(self, confusion: IntArray) -> float:
        right = np.diag(confusion).astype(np.float64)
        named = confusion.sum(axis=0)
        if len(confusion) == 2:
            if named[1] == 0:
                raise NotApplicable("none_flagged", "No row is flagged as positive, so precision is not defined.")
            return float(right[1] / named[1])
        present = (named + confusion.sum(axis=1)) > 0
        return float(np.mean(right[present] / np.maximum(named[present], 1)))
