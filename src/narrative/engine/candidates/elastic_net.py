"""Elastic net: a weighted sum of few features, as few as the data ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._linear_data import Centered, centered
from narrative.engine.candidates._log_loss import CURVATURE_OF_MANY, CURVATURE_OF_TWO, log_loss, log_odds, mean_loss
from narrative.engine.candidates._work import BestRound, Watch, limited_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray, Problem

STEP = 0.8
"""Each penalty of the path is that part of the one before."""
MOST_PENALTIES = 45
PENALTIES_WITHOUT_VALIDATION = 20
PATIENCE = 6
SMALLEST_PENALTY = 1e-9
MOST_ITERATIONS = 300
TOLERANCE = 1e-7


class ElasticNet(LearningCandidate):
    """Mean loss (half the squared error, or the log loss) plus a price on the size and on the square of weights.

    The price falls step by step from where every weight is zero, each step starting from the weights of the one before;
    the rows for early stopping choose the step, so a round is a penalty. The objective is scikit-learn's ``ElasticNet``
    (``tests`` compare the weights), minimised here so that classes, a deadline and a cancellation are kept too.

    Source: Zou and Hastie 2005, "Regularization and variable selection via the elastic net"; Beck and Teboulle 2009, "A
    Fast Iterative Shrinkage-Thresholding Algorithm"; O'Donoghue and Candès 2015, "Adaptive restart for accelerated
    gradient schemes".
    """

    name: ClassVar[str] = "elastic_net"
    title: ClassVar[str] = "Elastic net"
    sentence: ClassVar[str] = (
        "Adds up only the columns that earn their place; easy to read, and good when few of many columns matter."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "linear"
    order: ClassVar[int] = 80
    libraries: ClassVar[tuple[str, ...]] = ()
    by_default_share: ClassVar[float] = 0.01
    seconds_at_least: ClassVar[float] = 0.05
    seconds_per_million_cells: ClassVar[float] = 1.2
    stops_early: ClassVar[bool] = True

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [
            {"note": "Both: half the price on size, half on squares.", "share_of_size": 0.5},
            {"note": "Sparse: almost all of the price on size, so most weights are zero.", "share_of_size": 0.95},
            {"note": "Dense: most of the price on squares, so related columns share.", "share_of_size": 0.1},
        ]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 10_000_000 + 16 * n_rows * n_features + 16 * n_features**2 + 64 * n_rows * max(1, n_classes)

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        most = options.rounds or (MOST_PENALTIES if data.valid_features is not None else PENALTIES_WITHOUT_VALIDATION)
        watch, best, around = Watch(options, most), BestRound(PATIENCE), centered(data)
        judged = options.rounds is None
        with limited_threads(data, options):
            objective = _objective(data, around)
            kept: tuple[int, FloatArray] | None = None
            for done, weights in enumerate(_path(objective, float(settings["share_of_size"]), most, watch), start=1):
                loss = _valid_loss(data, around, weights) if judged else None
                if loss is None:
                    kept = done, weights
                    continue
                stop = best.should_stop(done, loss)
                if best.best_round == done or kept is None:
                    kept = done, weights
                if stop:
                    break
        rounds, weights = kept or (1, objective.start)
        bias = weights[-1] - weights[:-1].T @ around.means
        learner = Linear(np.ascontiguousarray(weights[:-1].T), bias, around.means)
        used = int((weights[:-1] != 0.0).any(axis=1).sum())
        return Fitted(learner, rounds, watch.stopped_by_deadline, {"columns_used": used})


class _Objective(Protocol):
    """The smooth part of the objective, of weights ``(n_features + 1) × n_outputs`` with the bias last."""

    start: FloatArray
    steps: FloatArray

    def slope(self, weights: FloatArray) -> FloatArray:
        """How it rises along each weight."""


class _Squares:
    """Half the mean squared error, from the products of all columns: its cost does not depend on the rows."""

    def __init__(self, data: TrainingData, around: Centered) -> None:
        shares = around.weights / len(data.target)
        mean = float(shares @ data.target)
        weighted = around.features * shares[:, None]
        self._products = around.features.T @ weighted
        self._target = (weighted.T @ (data.target - mean))[:, None]
        self.start = np.zeros((len(self._products) + 1, 1))
        self.start[-1] = mean
        self.steps = _steps(self._products, 1.0)

    def slope(self, weights: FloatArray) -> FloatArray:
        return np.concatenate([self._products @ weights[:-1] - self._target, np.zeros((1, 1))])


class _LogLoss:
    """The mean log loss."""

    def __init__(self, data: TrainingData, around: Centered) -> None:
        self._features, self._shares = around.features, around.weights / len(data.target)
        self._measure = log_loss(data)
        odds = log_odds(data)
        self.start = np.zeros((around.features.shape[1] + 1, len(odds)))
        self.start[-1] = odds
        curvature = CURVATURE_OF_TWO if data.problem == "binary" else CURVATURE_OF_MANY
        self.steps = _steps(around.features.T @ (around.features * self._shares[:, None]), curvature)

    def slope(self, weights: FloatArray) -> FloatArray:
        errors = self._measure(self._features @ weights[:-1] + weights[-1])[1] * self._shares[:, None]
        return np.concatenate([self._features.T @ errors, errors.sum(axis=0)[None]])


def _objective(data: TrainingData, around: Centered) -> _Objective:
    return _Squares(data, around) if data.problem == "regression" else _LogLoss(data, around)


def _steps(products: FloatArray, curvature: float) -> FloatArray:
    """Step length per row of the weights: features are centred, so the bias has a curvature of its own."""
    largest = max(float(np.linalg.eigvalsh(products)[-1]), 1e-12)
    steps = np.full((len(products) + 1, 1), 1.0 / (curvature * largest))
    steps[-1] = 1.0 / curvature
    return steps


def _path(objective: _Objective, share_of_size: float, most: int, watch: Watch) -> Iterator[FloatArray]:
    """Weights at one penalty after the other; ends early when time is up."""
    weights = objective.start
    highest = float(np.abs(objective.slope(weights)[:-1]).max()) / share_of_size
    for done in range(1, most + 1):
        penalty = highest * max(STEP**done, SMALLEST_PENALTY)
        found = _minimum(objective, weights, (penalty * share_of_size, penalty * (1.0 - share_of_size)), watch, done)
        if found is None:
            return
        weights = found
        yield weights


def _minimum(
    objective: _Objective, weights: FloatArray, price: tuple[float, float], watch: Watch, done: int
) -> FloatArray | None:
    """Weights of least loss plus price on size and on squares, by accelerated steps; None when time ran out."""
    on_size, on_square = price
    steps, ahead, momentum = objective.steps, weights, 1.0
    for _ in range(MOST_ITERATIONS):
        if watch.time_is_up(done):
            return None
        moved = ahead - steps * objective.slope(ahead)
        shrunk = np.sign(moved[:-1]) * np.maximum(np.abs(moved[:-1]) - steps[:-1] * on_size, 0.0)
        moved[:-1] = shrunk / (1.0 + steps[:-1] * on_square)
        change = moved - weights
        if float(np.vdot(ahead - moved, change)) > 0.0:
            momentum = 1.0  # The momentum points the wrong way: start again without.
        following = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
        ahead = moved + (momentum - 1.0) / following * change
        weights, momentum = moved, following
        if float(np.abs(change).max()) <= TOLERANCE * max(1.0, float(np.abs(weights).max())):
            break
    return weights


def _valid_loss(data: TrainingData, around: Centered, weights: FloatArray) -> float | None:
    """Mean loss on the rows for early stopping; None without such rows."""
    if data.valid_features is None or data.valid_target is None:
        return None
    margins = (data.valid_features - around.means) @ weights[:-1] + weights[-1]
    return mean_loss(data.problem, margins, data.valid_target, data.valid_weights)
