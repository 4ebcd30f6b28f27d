"""The log loss of margins, and its slope: what linear models of classes minimise."""

from __future__ import annotations

import numpy as np

from narrative.engine.candidates._linear_search import Measure
from narrative.engine.candidates._work import class_shares
from narrative.engine.candidates.base import TrainingData
from narrative.engine.learners.base import sigmoid
from narrative.engine.types import FloatArray, Problem

CURVATURE_OF_TWO = 0.25
CURVATURE_OF_MANY = 0.5
"""Bounds of the second derivative along a margin. Source: Böhning 1992, "Multinomial logistic regression algorithm"."""


def log_loss(data: TrainingData) -> Measure:
    """Log loss of each training row and its slope, one margin for two classes, else one per class."""
    if data.problem == "binary":
        truth = data.target[:, None]

        def of_two(margins: FloatArray) -> tuple[FloatArray, FloatArray]:
            losses = (np.logaddexp(0.0, margins) - truth * margins)[:, 0]
            return losses, sigmoid(margins) - truth

        return of_two
    one = np.eye(data.n_classes)[data.target.astype(np.int64)]

    def of_many(margins: FloatArray) -> tuple[FloatArray, FloatArray]:
        margins -= margins.max(axis=1, keepdims=True)
        odds = np.exp(margins)
        totals = odds.sum(axis=1)
        losses = np.log(totals) - (one * margins).sum(axis=1)
        return losses, odds / totals[:, None] - one

    return of_many


def log_odds(data: TrainingData) -> FloatArray:
    """Margins of the answer that ignores the features, shape ``n_outputs``."""
    shares = class_shares(data)
    if data.problem == "binary":
        return np.asarray(np.log(shares[1:] / shares[0]))
    return np.asarray(np.log(shares) - np.log(shares).mean())


def mean_loss(problem: Problem, margins: FloatArray, target: FloatArray, weights: FloatArray | None = None) -> float:
    """Mean squared error, or mean log loss, of margins ``n_rows × n_outputs``; rows count by weights, if there are."""
    if problem == "regression":
        return float(np.average((margins[:, 0] - target) ** 2, weights=weights))
    if problem == "binary":
        margins = np.concatenate([np.zeros_like(margins), margins], axis=1)
    picked = margins[np.arange(len(margins)), target.astype(np.int64)]
    return float(np.average(np.logaddexp.reduce(margins, axis=1) - picked, weights=weights))
