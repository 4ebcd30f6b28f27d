"""Average precision."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import Score, require_rows
from narrative.engine.types import FloatArray, Problem


class AveragePrecision(Score):
    """Area under the precision-recall steps: mean precision over the positives found, from the top of the ranking.

    Source: Zhu (2004), "Recall, precision and average precision"; ties are taken together.
    """

    name = "average_precision"
    title = "Average precision"
    sentence = (
        "Share of true positives among the highest ranked cases; the share of positives is guessing, 1 is perfect."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary"})
    higher_is_better = True
    lowest = 0.0
    highest = 1.0

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        require_rows(target)
        if not np.any(target == 1):
            raise NotApplicable("no_positive", "No positive row is among these rows, so the score is not defined.")
        true_positive, flagged = cumulative_counts(target, predictions[:, 1])
        gained = np.diff(true_positive, prepend=0.0) / true_positive[-1]
        return float(np.sum(gained * true_positive / flagged))


def cumulative_counts(target: FloatArray, score: FloatArray) -> tuple[FloatArray, FloatArray]:
    """True positives and flagged rows when the cut stands at each distinct score, highest score first."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    ends = np.append(np.flatnonzero(np.diff(ordered)), ordered.size - 1)
    return np.cumsum(target[order] == 1, dtype=np.float64)[ends], (ends + 1).astype(np.float64)
