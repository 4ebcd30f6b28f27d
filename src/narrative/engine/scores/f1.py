"""F1."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import LabelScore
from narrative.engine.types import FloatArray, IntArray, Problem


class F1(LabelScore):
    """Harmonic mean of precision and recall; more classes: plain mean over the classes that occur.

    Source: van Rijsbergen (1979), "Information retrieval", 2nd edition, chapter 7.
    """

    name = "f1"
    title = "F1"
    sentence = "One figure for precision and recall together, 0 to 1; high only when both are high."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = True
    lowest = 0.0
    highest = 1.0

    def compute_matrix(self, confusion: IntArray) -> float:
        right = np.diag(confusion).astype(np.float64)
        total = confusion.sum(axis=0) + confusion.sum(axis=1)
        if len(confusion) == 2:
            if total[1] == 0:
                raise NotApplicable("no_positive", "No row is positive or flagged, so F1 is not defined.")
            return float(2 * right[1] / total[1])
        present = total > 0
        return float(np.mean(2 * right[present] / total[present]))

    def own_cut(self, predictions: FloatArray) -> float | None:
        """The cut with the highest F1 that the probabilities lead to expect, half way to the next lower one.

        Source: Lipton, Elkan & Naryanaswamy (2014), "Optimal thresholding of classifiers to maximize F1 measure",
        ECML PKDD (with expected counts in place of true ones).
        """
        if predictions.shape[1] != 2:
            return None
        ordered = np.sort(predictions[:, 1])[::-1]
        ends = np.append(np.flatnonzero(np.diff(ordered)), ordered.size - 1)
        found = np.cumsum(ordered)
        if found[-1] == 0.0:
            return None
        best = int(np.argmax(found[ends] / (ends + 1 + found[-1])))
        below = ordered[ends[best + 1]] if best + 1 < ends.size else 0.0
        return float((ordered[ends[best]] + below) / 2.0)
