"""Probabilities that mean what they say: one slope and offsets on the margin, fitted on out-of-fold rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from narrative.engine.learners.base import sigmoid, softmax
from narrative.engine.types import FloatArray, IntArray, Problem

PRIOR_ROWS: Final = 5.0
"""How many rows' worth of trust "no correction" gets; with few rows the correction stays small."""
STEPS: Final = 30
ENOUGH: Final = 1e-8
"""A step that gains less than this in mean log loss is the last."""
SLOPE_RANGE: Final = (0.05, 20.0)


def probabilities(problem: Problem, margins: FloatArray) -> FloatArray:
    """Values (n_rows) for regression, probabilities (n_rows × n_classes) otherwise, from margins."""
    if problem == "regression":
        return margins[:, 0]
    if problem == "binary":
        positive = sigmoid(margins[:, 0])
        return np.column_stack([1.0 - positive, positive])
    return softmax(margins)


def fit_calibration(
    problem: Problem, margins: FloatArray, target: FloatArray, *, with_offsets: bool = True
) -> tuple[float, FloatArray]:
    """Slope and offsets (one per output) that minimise the log loss of ``slope × margin + offset``; (1, 0) for values.

    A Gaussian prior worth five rows pulls towards no correction. Damped Newton steps; deterministic.
    Source: Platt (1999), "Probabilistic outputs for support vector machines"; Guo et al. (2017), "On calibration of
    modern neural networks", ICML (one temperature for many classes).
    """
    n_outputs = margins.shape[1]
    if problem == "regression" or target.size == 0:
        return 1.0, np.zeros(n_outputs)
    if problem == "binary":
        point = _newton(lambda at: _binary(margins[:, 0], target, at), 2, target.size, with_offsets=with_offsets)
    else:
        columns = np.ascontiguousarray(margins.T)
        columns -= columns.mean(axis=0)
        index = target.astype(np.int64)
        point = _newton(lambda at: _many(columns, index, at), 1 + n_outputs, target.size, with_offsets=with_offsets)
    return float(np.clip(point[0], *SLOPE_RANGE)), point[1:]


Terms = tuple[float, Callable[[], tuple[FloatArray, FloatArray]]]
"""Mean loss at a point, and a function that gives its gradient and Hessian there (only asked for after a step)."""


def _newton(terms: Callable[[FloatArray], Terms], size: int, n_rows: int, *, with_offsets: bool) -> FloatArray:
    """Minimise the mean log loss plus prior over (slope, offsets); without offsets they stay 0."""
    start = np.zeros(size)
    start[0] = 1.0
    weight, free = PRIOR_ROWS / n_rows, size if with_offsets else 1

    def at(point: FloatArray) -> Terms:
        loss, derivatives = terms(point)
        return loss + 0.5 * weight * float(np.sum((point - start) ** 2)), derivatives

    point = start
    best, derivatives = at(point)
    for _ in range(STEPS):
        gradient, curvature = derivatives()
        gradient, curvature = gradient + weight * (point - start), curvature + weight * np.eye(size)
        step = np.zeros(size)
        step[:free] = np.linalg.solve(curvature[:free, :free], gradient[:free])
        scale, (reached, derivatives) = 1.0, at(point - step)
        while scale > 1e-4 and not reached < best:
            scale /= 2.0
            reached, derivatives = at(point - scale * step)
        if not reached < best - ENOUGH:
            break
        point, best = point - scale * step, reached
    return point


def _binary(margin: FloatArray, target: FloatArray, at: FloatArray) -> Terms:
    scaled = at[0] * margin + at[1]
    loss = float(np.mean(np.log1p(np.exp(-np.abs(scaled))) + np.maximum(scaled, 0.0) - target * scaled))

    def derivatives() -> tuple[FloatArray, FloatArray]:
        given = sigmoid(scaled)
        error, spread = given - target, given * (1.0 - given)
        cross = float(np.mean(spread * margin))
        gradient = np.array([np.mean(error * margin), np.mean(error)])
        return gradient, np.array([[np.mean(spread * margin**2), cross], [cross, np.mean(spread)]])

    return loss, derivatives


def _many(margins: FloatArray, target: IntArray, at: FloatArray) -> Terms:
    """Outputs are rows here (``n_outputs × n_rows``): sums over outputs are then fast."""
    n = target.size
    scaled = at[0] * margins + at[1:, None]
    scaled -= scaled.max(axis=0)
    powers = np.exp(scaled)
    totals = powers.sum(axis=0)
    loss = float(np.mean(np.log(totals) - scaled[target, np.arange(n)]))

    def derivatives() -> tuple[FloatArray, FloatArray]:
        given = powers / totals
        error = given.copy()
        error[target, np.arange(n)] -= 1.0
        middle = (given * margins).sum(axis=0)
        gradient = np.concatenate([[float(np.sum(error * margins)) / n], error.mean(axis=1)])
        curvature = np.empty((at.size, at.size))
        curvature[0, 0] = float(np.mean((given * margins**2).sum(axis=0) - middle**2))
        curvature[0, 1:] = curvature[1:, 0] = (given * (margins - middle)).mean(axis=1)
        curvature[1:, 1:] = np.diag(given.mean(axis=1)) - given @ given.T / n
        return gradient, curvature

    return loss, derivatives
