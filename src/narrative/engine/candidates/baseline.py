"""The answer without looking: the mean, or the shares of the classes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._work import class_shares, smallest_probability
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.constant import Constant
from narrative.engine.types import Problem


class Baseline(Candidate):
    """The model every other one has to beat."""

    name: ClassVar[str] = "baseline"
    title: ClassVar[str] = "Baseline"
    sentence: ClassVar[str] = (
        "Gives every row the same answer, the average or the usual shares of the classes; what beats it has learned "
        "something."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 0
    seconds_at_least: ClassVar[float] = 0.01
    seconds_per_million_cells: ClassVar[float] = 0.01

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [{}]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 1_000_000

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        if data.problem == "regression":
            base = np.array([np.average(data.target, weights=data.weights)])
        else:
            floor = smallest_probability(data)
            shares = np.clip(class_shares(data), floor, 1.0 - floor)
            base = np.log(shares) if data.problem == "multiclass" else np.log(shares[1:] / shares[0])
        if options.on_progress is not None:
            options.on_progress(1.0)
        return Fitted(Constant(data.features.shape[1], base))
