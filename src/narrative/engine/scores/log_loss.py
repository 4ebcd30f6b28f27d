"""Logarithmic loss."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.scores.base import Score, require_rows
from narrative.engine.types import FloatArray, Problem

SMALLEST = float(np.finfo(np.float64).eps)


class LogLoss(Score):
    """Mean negative logarithm of the probability given to the true class.

    Source: Good (1952), "Rational decisions", JRSS B 14. Probabilities are kept away from 0 by the float64 epsilon.
    """

    name = "log_loss"
    title = "Log loss"
    sentence = "How far the probabilities are from the truth: 0 is perfect, being sure and wrong costs most."
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    higher_is_better = False
    lowest = 0.0
    highest = float("inf")

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        require_rows(target)
        return float(row_losses(target, predictions).mean())


def row_losses(target: FloatArray, predictions: FloatArray) -> FloatArray:
    """Loss per row."""
    given = predictions[np.arange(target.size), target.astype(np.int64)]
    return np.asarray(-np.log(np.clip(given, SMALLEST, 1.0)), dtype=np.float64)
