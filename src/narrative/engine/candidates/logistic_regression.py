"""Logistic regression: a weighted sum of features on the scale of log-odds."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._linear_data import Centered, centered
from narrative.engine.candidates._work import Watch, class_shares
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.base import sigmoid, softmax
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray, Problem

MOST_STEPS = 500
EXPECTED_STEPS = 60
GRADIENT_TOLERANCE = 1e-6


class _OutOfTimeError(Exception):
    """Leaves the optimiser between two evaluations; never leaves this module."""


class LogisticRegression(LearningCandidate):
    """Minimises the mean log loss plus a penalty on squared weights, not on the bias, by L-BFGS.

    ``strength`` is scikit-learn's ``C``: the objective is the same, so are the weights (``tests`` compare them). It is
    minimised here so that a deadline and a cancellation are kept within one evaluation.
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
        loss = _Loss(data, around, float(settings["strength"]), Watch(options, EXPECTED_STEPS))
        weights, steps = _minimum(loss)
        bias = weights[-1] - weights[:-1].T @ around.means
        learner = Linear(np.ascontiguousarray(weights[:-1].T), bias, around.means)
        return Fitted(learner, stopped_by_deadline=loss.watch.stopped_by_deadline, details={"steps": steps})


class _Loss:
    """Objective and gradient; remembers the best point so far for the case that time runs out."""

    def __init__(self, data: TrainingData, around: Centered, strength: float, watch: Watch) -> None:
        self.watch = watch
        n_rows, n_features = around.features.shape
        self._features, self._weights = around.features, around.weights / n_rows
        self._penalty = 1.0 / (strength * n_rows)
        self._binary = data.problem == "binary"
        n_outputs = 1 if self._binary else data.n_classes
        self._shape = (n_features + 1, n_outputs)
        if self._binary:
            self._positive = data.target[:, None]
        else:
            self._positive = np.eye(data.n_classes)[data.target.astype(np.int64)]
        shares = class_shares(data)
        self.start = np.zeros(self._shape)
        self.start[-1] = np.log(shares[1] / shares[0]) if self._binary else np.log(shares) - np.log(shares).mean()
        self.best, self._best_value, self._calls = self.start, np.inf, 0

    def __call__(self, flat: FloatArray) -> tuple[float, FloatArray]:
        self._calls += 1
        if self.watch.time_is_up(self._calls):
            raise _OutOfTimeError
        weights = flat.reshape(self._shape)
        margins = self._features @ weights[:-1] + weights[-1]
        if self._binary:
            losses = np.logaddexp(0.0, margins) - self._positive * margins
            errors = (sigmoid(margins) - self._positive) * self._weights[:, None]
        else:
            losses = np.logaddexp.reduce(margins, axis=1, keepdims=True) - (self._positive * margins).sum(
                1, keepdims=True
            )
            errors = (softmax(margins) - self._positive) * self._weights[:, None]
        value = float(self._weights @ losses[:, 0]) + 0.5 * self._penalty * float((weights[:-1] ** 2).sum())
        if value < self._best_value:
            self.best, self._best_value = weights.copy(), value
        gradient = np.concatenate([self._features.T @ errors + self._penalty * weights[:-1], errors.sum(0)[None]])
        return value, gradient.reshape(-1)


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
    return result.x.reshape(loss.start.shape), int(result.nit)
