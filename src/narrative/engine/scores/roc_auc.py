"""Area under the ROC curve."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores.base import Score, require_both_classes, require_rows
from narrative.engine.types import FloatArray, Problem


class RocAuc(Score):
    """Chance that a random positive row is ranked above a random negative one; more classes: mean, one against rest.

    Source: Hanley & McNeil (1982), "The meaning and use of the area under a ROC curve", Radiology 143; ties count half.
    """

    name = "roc_auc"
    title = "ROC AUC"
    sentence = "How often the model ranks a positive case above a negative one: 0.5 is guessing, 1 is perfect."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = True
    lowest = 0.0
    highest = 1.0

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        if predictions.shape[1] == 2:
            require_both_classes(target)
            return area_under_curve(target == 1, predictions[:, 1])
        require_rows(target)
        present = [index for index in range(predictions.shape[1]) if np.any(target == index)]
        if len(present) < 2:
            raise NotApplicable("one_class", "Only one class occurs in these rows, so the score is not defined.")
        return float(np.mean([area_under_curve(target == index, predictions[:, index]) for index in present]))


def area_under_curve(positive: np.ndarray[tuple[int], np.dtype[np.bool_]], score: FloatArray) -> float:
    """Mann-Whitney form of the area: mid-ranks of the positive rows."""
    n_positive = int(positive.sum())
    n_negative = positive.size - n_positive
    ranks = midranks(score)
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def midranks(values: FloatArray) -> FloatArray:
    """Ranks from 1; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle = last - (counts - 1) / 2.0
    return np.asarray(middle[inverse.reshape(-1)], dtype=np.float64)
