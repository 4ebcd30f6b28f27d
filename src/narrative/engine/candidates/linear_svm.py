"""Linear support vector machine: the flat border with the widest margin between classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._linear_data import Centered, centered
from narrative.engine.candidates._linear_search import EXPECTED_STEPS, Evaluations, Task, minimum
from narrative.engine.candidates._log_loss import log_loss, log_odds
from narrative.engine.candidates._work import Watch, limited_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray, IntArray, Problem

CURVATURE_OF_HINGE = 2.0
PARTS = 5
"""Distances from a border become odds on rows that it was not learned from: a border for each of so many parts."""


class LinearSVM(LearningCandidate):
    """One class against the rest, squared hinge loss; the distances become log-odds by a logistic regression on them.

    ``strength`` is scikit-learn's ``C`` (``LinearSVC``, without a penalty on the bias). The logistic regression, one
    factor and one bias per class, is fitted on distances of rows that the border in question has not seen, so that the
    odds are honest. Both are sums over the features, so the answer is one as well and reasons are exact.

    Source: Cortes and Vapnik 1995, "Support-vector networks"; Platt 1999, "Probabilistic outputs for support vector
    machines".
    """

    name: ClassVar[str] = "linear_svm"
    title: ClassVar[str] = "Linear support vector machine"
    sentence: ClassVar[str] = (
        "Looks for the flat border that keeps the classes furthest apart and lets only rows near it count; good with "
        "many columns and clear classes."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    view: ClassVar[View] = "linear"
    order: ClassVar[int] = 85
    libraries: ClassVar[tuple[str, ...]] = ("scipy.optimize",)
    by_default_share: ClassVar[float] = 0.01
    seconds_at_least: ClassVar[float] = 0.03
    seconds_per_million_cells: ClassVar[float] = 0.3

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [
            {"note": "Standard penalty.", "strength": 0.1},
            {"note": "Strong penalty: trust the columns less.", "strength": 0.005},
            {"note": "Weak penalty: let clear effects speak.", "strength": 2.0},
        ]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 20_000_000 + 24 * n_rows * n_features + 96 * n_rows * max(1, n_classes)

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        watch = Watch(options, (PARTS + 1) * EXPECTED_STEPS)
        evaluations = Evaluations(watch)
        strength, around = float(settings["strength"]), centered(data)
        with limited_threads(data, options):
            border = _border(data, around, strength, evaluations)
            distances = _distances_of_unseen(data, strength, options.seed, evaluations)
            if watch.stopped_by_deadline:  # Without time, distances of seen rows are better than half a search.
                distances = around.features @ border[:-1] + border[-1]
            factors, offsets = _odds(data, around.weights, distances)
        weights = factors[:, None] * border[:-1].T
        bias = factors * border[-1] + offsets - weights @ around.means
        return Fitted(Linear(weights, bias, around.means), stopped_by_deadline=watch.stopped_by_deadline)


def _border(data: TrainingData, around: Centered, strength: float, evaluations: Evaluations) -> FloatArray:
    """Weights, and as last row the bias, of each class against the rest; one column for two classes."""
    if data.problem == "binary":
        sides = 2.0 * data.target[:, None] - 1.0
    else:
        sides = np.where(data.target[:, None] == np.arange(data.n_classes), 1.0, -1.0)

    def squared_hinge(margins: FloatArray) -> tuple[FloatArray, FloatArray]:
        lack = np.maximum(0.0, 1.0 - sides * margins)
        return (lack**2).sum(axis=1), -2.0 * sides * lack

    penalty = 1.0 / (strength * len(data.target))
    start = np.zeros(sides.shape[1])
    return minimum(Task(around, squared_hinge, CURVATURE_OF_HINGE, penalty, start), evaluations)[0]


def _distances_of_unseen(data: TrainingData, strength: float, seed: int, evaluations: Evaluations) -> FloatArray:
    """Signed distances of each row from borders that other rows gave, ``n_rows × n_outputs``."""
    part = _parts(data.target, seed)
    distances = np.zeros((len(part), data.n_classes if data.problem == "multiclass" else 1))
    for index in range(PARTS):
        seen, unseen = part != index, part == index
        weights = None if data.weights is None else data.weights[seen]
        rows = replace(data, features=data.features[seen], target=data.target[seen], weights=weights)
        around = centered(rows)
        border = _border(rows, around, strength, evaluations)
        distances[unseen] = (data.features[unseen] - around.means) @ border[:-1] + border[-1]
    return distances


def _parts(target: FloatArray, seed: int) -> IntArray:
    """A part for each row, drawn at random, alike in all classes."""
    order = np.random.default_rng(seed).permutation(len(target))
    order = order[np.argsort(target[order], kind="stable")]
    part = np.empty(len(target), dtype=np.int64)
    part[order] = np.arange(len(target)) % PARTS
    return part


def _odds(data: TrainingData, weights: FloatArray, distances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Factor and bias per output that turn distances into log-odds; a factor is never negative.

    The penalty, on factors of distances of size one, weighs as much as one row: classes that are parted without a fault
    do not get endless odds.
    """
    from scipy.optimize import minimize

    n_rows, n_outputs = distances.shape
    size = np.maximum(np.sqrt(np.mean(distances**2, axis=0)), 1e-300)
    distances = distances / size
    loss_of, shares = log_loss(data), weights / n_rows

    def objective(point: FloatArray) -> tuple[float, FloatArray]:
        factors, offsets = point[:n_outputs], point[n_outputs:]
        losses, errors = loss_of(distances * factors + offsets)
        errors *= shares[:, None]
        slope = np.concatenate([(errors * distances).sum(axis=0) + factors / n_rows, errors.sum(axis=0)])
        return float(shares @ losses) + 0.5 * float(factors @ factors) / n_rows, slope

    start = np.concatenate([np.ones(n_outputs), log_odds(data)])
    bounds = [(0.0, None)] * n_outputs + [(None, None)] * n_outputs
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100})
    return np.asarray(found.x[:n_outputs] / size), np.asarray(found.x[n_outputs:])
