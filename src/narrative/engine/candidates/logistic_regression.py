"""Logistic regression: a weighted sum of features on the scale of log-odds."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._linear_data import Centered, centered
from narrative.engine.candidates._work import Watch, class_shares, limited_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.base import sigmoid
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray, Problem

MOST_STEPS = 300
EXPECTED_STEPS = 60
GRADIENT_TOLERANCE = 1e-6
MOST_WORK_ON_COORDINATES = 2e11
"""Multiplications spent on better coordinates, about ten seconds; beyond, each feature is only scaled."""


class _OutOfTimeError(Exception):
    """Leaves the optimiser between two evaluations; never leaves this module."""


class LogisticRegression(LearningCandidate):
    """Minimises the mean log loss plus a penalty on squared weights, not on the bias, by L-BFGS.

    The search runs in coordinates in which a known upper bound of the curvature is the same in all directions, so it
    takes a few dozen steps however the features are related.

    ``strength`` is scikit-learn's ``C``: the objective is the same, so are the weights (``tests`` compare them). It is
    minimised here so that a deadline and a cancellation are kept within one evaluation.

    Source: Böhning 1992, "Multinomial logistic regression algorithm" (the bound of the curvature).
    """

    name: ClassVar[str] = "logistic_regression"
    title: ClassVar[str] = "Logistic regression"
    sentence: ClassVar[str] = (
        "Adds up the columns with weights into odds; quick, easy to read, and hard to beat when effects simply add up "
        "or rows are few."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    view: ClassVar[View] = "linear"
    order: ClassVar[int] = 10
    libraries: ClassVar[tuple[str, ...]] = ("scipy.optimize",)
    seconds_at_least: ClassVar[float] = 0.03
    seconds_per_million_cells: ClassVar[float] = 1.0

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [
            {"note": "Standard penalty.", "strength": 1.0},
            {"note": "Strong penalty: trust the columns less.", "strength": 0.05},
            {"note": "Weak penalty: let clear effects speak.", "strength": 20.0},
        ]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 20_000_000 + 16 * n_rows * n_features + 64 * n_rows * max(1, n_classes)

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        around = centered(data)
        with limited_threads(data, options):
            loss = _Loss(data, around, float(settings["strength"]), Watch(options, EXPECTED_STEPS))
            weights, steps = _minimum(loss)
        bias = weights[-1] - weights[:-1].T @ around.means
        learner = Linear(np.ascontiguousarray(weights[:-1].T), bias, around.means)
        return Fitted(learner, stopped_by_deadline=loss.watch.stopped_by_deadline, details={"steps": steps})


class _Loss:
    """Objective and gradient in even coordinates; remembers the best point so far for the case that time runs out."""

    def __init__(self, data: TrainingData, around: Centered, strength: float, watch: Watch) -> None:
        self.watch = watch
        n_rows, n_features = around.features.shape
        self._features, self._weights = around.features, around.weights / n_rows
        self._penalty = 1.0 / (strength * n_rows)
        self._binary = data.problem == "binary"
        self._shape = (n_features + 1, 1 if self._binary else data.n_classes)
        classes = data.target.astype(np.int64)
        self._truth = data.target[:, None] if self._binary else np.eye(data.n_classes)[classes]
        curvature = 0.25 if self._binary else 0.5
        self._to_weights = _even_coordinates(around, curvature, self._penalty)
        self._to_bias = 1.0 / np.sqrt(curvature)
        shares = class_shares(data)
        self.start = np.zeros(self._shape)
        self.start[-1] = np.log(shares[1] / shares[0]) if self._binary else np.log(shares) - np.log(shares).mean()
        self.start[-1] /= self._to_bias
        self.best, self._best_value, self._calls = self.weights(self.start), np.inf, 0

    def weights(self, point: FloatArray) -> FloatArray:
        """Weights, and as last row the bias, of a point of the search."""
        point = point.reshape(self._shape)
        return np.concatenate([self._to_weights @ point[:-1], self._to_bias * point[-1:]])

    def __call__(self, point: FloatArray) -> tuple[float, FloatArray]:
        self._calls += 1
        if self.watch.time_is_up(self._calls):
            raise _OutOfTimeError
        weights = self.weights(point)
        margins = self._features @ weights[:-1] + weights[-1]
        if self._binary:
            losses = (np.logaddexp(0.0, margins) - self._truth * margins)[:, 0]
            errors = sigmoid(margins) - self._truth
        else:
            margins -= margins.max(axis=1, keepdims=True)
            odds = np.exp(margins)
            totals = odds.sum(axis=1)
            losses = np.log(totals) - (self._truth * margins).sum(axis=1)
            errors = odds / totals[:, None] - self._truth
        errors *= self._weights[:, None]
        value = float(self._weights @ losses) + 0.5 * self._penalty * float((weights[:-1] ** 2).sum())
        if value < self._best_value:
            self.best, self._best_value = weights, value
        slope = self._to_weights.T @ (self._features.T @ errors + self._penalty * weights[:-1])
        return value, np.concatenate([slope, self._to_bias * errors.sum(axis=0)[None]]).reshape(-1)


def _even_coordinates(around: Centered, curvature: float, penalty: float) -> FloatArray:
    """Matrix from search coordinates to weights, in which the bound of the curvature is the identity."""
    n_rows, n_features = around.features.shape
    if n_rows * n_features**2 > MOST_WORK_ON_COORDINATES:
        spread = np.einsum("rf,rf,r->f", around.features, around.features, around.weights) / n_rows
        return np.diag(1.0 / np.sqrt(curvature * spread + penalty))
    bound = curvature * (around.features.T @ (around.features * around.weights[:, None])) / n_rows
    bound[np.diag_indices(n_features)] += penalty
    return np.asarray(np.linalg.inv(np.linalg.cholesky(bound)).T)


def _minimum(loss: _Loss) -> tuple[FloatArray, int]:
    """Weights with the bias as last row, and the steps taken; the best so far when time runs out."""
    from scipy.optimize import minimize

    try:
        result = minimize(
            loss,
            loss.start.reshape(-1),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": MOST_STEPS, "gtol": GRADIENT_TOLERANCE, "ftol": 1e-12, "maxcor": 20},
        )
    except _OutOfTimeError:
        return loss.best, 0
    return loss.weights(result.x), int(result.nit)
