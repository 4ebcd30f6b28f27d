"""Logistic regression: a weighted sum of features on the scale of log-odds."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._linear_data import centered
from narrative.engine.candidates._linear_search import EXPECTED_STEPS, Evaluations, Task, minimum
from narrative.engine.candidates._log_loss import CURVATURE_OF_MANY, CURVATURE_OF_TWO, log_loss, log_odds
from narrative.engine.candidates._work import Watch, limited_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.linear import Linear
from narrative.engine.types import Problem


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
    libraries: ClassVar[tuple[str, ...]] = ("scipy.optimize",)
    seconds_at_least: ClassVar[float] = 0.03
    seconds_per_million_cells: ClassVar[float] = 0.2

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [
            {"note": "Standard penalty.", "strength": 1.0},
            {"note": "Strong penalty: trust the columns less.", "strength": 0.05},
            {"note": "Weak penalty: let clear effects speak.", "strength": 20.0},
        ]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 20_000_000 + 16 * n_rows * n_features + 64 * n_rows * max(1, n_classes)

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        around, watch = centered(data), Watch(options, EXPECTED_STEPS)
        penalty = 1.0 / (float(settings["strength"]) * len(data.target))
        with limited_threads(data, options):
            curvature = CURVATURE_OF_TWO if data.problem == "binary" else CURVATURE_OF_MANY
            task = Task(around, log_loss(data), curvature, penalty, log_odds(data))
            weights, steps = minimum(task, Evaluations(watch))
        bias = weights[-1] - weights[:-1].T @ around.means
        learner = Linear(np.ascontiguousarray(weights[:-1].T), bias, around.means)
        return Fitted(learner, stopped_by_deadline=watch.stopped_by_deadline, details={"steps": steps})
