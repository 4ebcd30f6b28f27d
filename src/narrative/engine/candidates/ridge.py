"""Ridge regression: a weighted sum of features, shrunk as much as the data ask for."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._linear_data import Centered, centered
from narrative.engine.candidates._work import Watch, limited_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray, Problem

PENALTIES_PER_ROW = np.logspace(-6, 3, 37)


class Ridge(LearningCandidate):
    """The penalty is the one with the least generalised cross-validation error.

    Source: Golub, Heath and Wahba 1979, "Generalized Cross-Validation as a Method for Choosing a Good Ridge Parameter".
    """

    name: ClassVar[str] = "ridge"
    title: ClassVar[str] = "Ridge regression"
    sentence: ClassVar[str] = (
        "Adds up the columns with weights that are kept small; quick, easy to read, and good when effects simply add "
        "up."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"regression"})
    view: ClassVar[View] = "linear"
    order: ClassVar[int] = 10
    seconds_at_least: ClassVar[float] = 0.02
    seconds_per_million_cells: ClassVar[float] = 0.1

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [
            {"note": "Penalty chosen by generalised cross-validation.", "penalty": None},
            {"note": "Strong penalty: trust the columns less.", "penalty": 0.3},
        ]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 10_000_000 + 24 * n_rows * n_features + 40 * min(n_rows, n_features) ** 2

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        watch = Watch(options, 1)
        around = centered(data)
        mean = float(np.average(data.target, weights=around.weights))
        with limited_threads(data, options):
            weights, penalty = _solve(around, data.target - mean, settings.get("penalty"))
        watch.time_is_up(1)
        bias = mean - weights @ around.means
        learner = Linear(weights[None, :], np.array([bias]), around.means)
        return Fitted(learner, details={"penalty_per_row": penalty})


def _solve(around: Centered, target: FloatArray, penalty_per_row: float | None) -> tuple[FloatArray, float]:
    """Weights that minimise squared error + penalty × squared weights, and the penalty per row."""
    n_rows, n_features = around.features.shape
    root = np.sqrt(around.weights)
    features, target = around.features * root[:, None], target * root
    wide = n_features > n_rows
    gram = features @ features.T if wide else features.T @ features
    squares, directions = np.linalg.eigh(gram)
    squares = np.maximum(squares, 0.0)
    # Rotated target: its part along each principal direction of the features.
    if wide:
        parts = directions.T @ target
    else:
        kept = np.sqrt(np.where(squares > squares[-1] * 1e-14, squares, np.inf))
        parts = directions.T @ (features.T @ target) / kept
    total = float(target @ target)
    penalties = PENALTIES_PER_ROW if penalty_per_row is None else np.array([penalty_per_row])
    errors = [_cross_validation_error(squares, parts, total, n_rows, n_rows * penalty) for penalty in penalties]
    best = float(penalties[int(np.argmin(errors))])
    if wide:
        return features.T @ (directions @ (parts / (squares + n_rows * best))), best
    return directions @ (parts * np.sqrt(squares) / (squares + n_rows * best)), best


def _cross_validation_error(squares: FloatArray, parts: FloatArray, total: float, n_rows: int, penalty: float) -> float:
    """Generalised cross-validation error; the mean takes one degree of freedom."""
    kept = squares / (squares + penalty)
    residual = max(0.0, total - float(parts @ parts)) + float(((1.0 - kept) * parts) @ ((1.0 - kept) * parts))
    freedom = n_rows - 1.0 - float(kept.sum())
    return residual / freedom**2 if freedom > 0.5 else np.inf
