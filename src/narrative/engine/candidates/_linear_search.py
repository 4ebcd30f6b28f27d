"""The least mean loss of a weighted sum of features, for any smooth loss of bounded curvature, by L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from narrative.engine.candidates._linear_data import Centered
from narrative.engine.candidates._work import Watch
from narrative.engine.types import FloatArray

MOST_STEPS = 300
EXPECTED_STEPS = 60
GRADIENT_TOLERANCE = 1e-6
MOST_WORK_ON_COORDINATES = 2e11
"""Multiplications spent on better coordinates, about ten seconds; beyond, each feature is only scaled."""

Measure = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From margins ``n_rows × n_outputs`` to the loss of each row, and its slope along each margin; may use the margins
as working memory."""


@dataclass(frozen=True)
class Task:
    """What is to be minimised: mean of ``measure`` plus ``penalty`` / 2 × squared weights, the bias left free.

    ``curvature`` bounds the second derivative of the loss along a margin; ``start`` is the first bias per output.
    """

    around: Centered
    measure: Measure
    curvature: float
    penalty: float
    start: FloatArray


class Evaluations:
    """Counts the evaluations of one search after the other, and says when there is no time for another."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._done = watch, 0

    def are_over(self) -> bool:
        """Count one more. ``Canceled`` of the watch passes through."""
        self._done += 1
        return self._watch.time_is_up(self._done)


def minimum(task: Task, evaluations: Evaluations) -> tuple[FloatArray, int]:
    """Weights with the bias as last row, and the steps taken; the best so far when time runs out.

    The search runs in coordinates in which the bound of the curvature is the same in all directions, so it takes a few
    dozen steps however the features are related.

    Source: Böhning 1992, "Multinomial logistic regression algorithm" (the bound of the curvature).
    """
    from scipy.optimize import minimize

    search = _Search(task, evaluations)
    try:
        result = minimize(
            search,
            search.start.reshape(-1),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": MOST_STEPS, "gtol": GRADIENT_TOLERANCE, "ftol": 1e-12, "maxcor": 20},
        )
    except _OutOfTimeError:
        return search.best, 0
    return search.weights(result.x), int(result.nit)


class _OutOfTimeError(Exception):
    """Leaves the optimiser between two evaluations; never leaves this module."""


class _Search:
    """Objective and gradient in even coordinates; remembers the best point so far for the case that time runs out."""

    def __init__(self, task: Task, evaluations: Evaluations) -> None:
        self._task, self._evaluations = task, evaluations
        n_rows, n_features = task.around.features.shape
        self._shares = task.around.weights / n_rows
        self._shape = (n_features + 1, len(task.start))
        self._to_weights = _even_coordinates(task)
        self._to_bias = 1.0 / np.sqrt(task.curvature)
        self.start = np.zeros(self._shape)
        self.start[-1] = task.start / self._to_bias
        self.best, self._best_value = self.weights(self.start), np.inf

    def weights(self, point: FloatArray) -> FloatArray:
        """Weights, and as last row the bias, of a point of the search."""
        point = point.reshape(self._shape)
        return np.concatenate([self._to_weights @ point[:-1], self._to_bias * point[-1:]])

    def __call__(self, point: FloatArray) -> tuple[float, FloatArray]:
        if self._evaluations.are_over():
            raise _OutOfTimeError
        weights, features = self.weights(point), self._task.around.features
        losses, errors = self._task.measure(features @ weights[:-1] + weights[-1])
        errors *= self._shares[:, None]
        penalty = self._task.penalty
        value = float(self._shares @ losses) + 0.5 * penalty * float((weights[:-1] ** 2).sum())
        if value < self._best_value:
            self.best, self._best_value = weights, value
        slope = self._to_weights.T @ (features.T @ errors + penalty * weights[:-1])
        return value, np.concatenate([slope, self._to_bias * errors.sum(axis=0)[None]]).reshape(-1)


def _even_coordinates(task: Task) -> FloatArray:
    """Matrix from search coordinates to weights, in which the bound of the curvature is the identity."""
    features, weights = task.around.features, task.around.weights
    n_rows, n_features = features.shape
    if n_rows * n_features**2 > MOST_WORK_ON_COORDINATES:
        spread = np.einsum("rf,rf,r->f", features, features, weights) / n_rows
        return np.diag(1.0 / np.sqrt(task.curvature * spread + task.penalty))
    bound = task.curvature * (features.T @ (features * weights[:, None])) / n_rows
    bound[np.diag_indices(n_features)] += task.penalty
    return np.asarray(np.linalg.inv(np.linalg.cholesky(bound)).T)
