"""What the forests share: they grow a few trees at a time, so that deadline and cancellation are kept."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._parity import check_parity
from narrative.engine.candidates._sklearn_model import forest_answers, trees_from_sklearn
from narrative.engine.candidates._work import Watch, smallest_probability
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.types import FloatArray, IntArray, Problem

N_TREES = 120
LARGEST_STEP = 20
CELLS_FOR_THREADS = 50_000
LEAVES_PER_TREE = 1_024
VALUES_PER_TREE = 4_096
"""With many classes a leaf holds many values, so trees get fewer leaves."""


class ForestCandidate(LearningCandidate):
    """An average of trees of scikit-learn.

    The size of a tree is bounded: larger ones hardly predict better as a member of an ensemble, but cost memory,
    milliseconds per reason and megabytes per bundle in proportion.
    """

    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "trees"

    seconds_per_million_drawn: ClassVar[tuple[float, float]]
    """Time for a million rows × columns to choose from: values, and classes."""
    most_rows_per_tree: ClassVar[float] = math.inf
    """With more rows each tree sees a random part of so many: its size is bounded, so more rows only make it slower."""

    @abstractmethod
    def estimator(self, problem: Problem, parameters: dict[str, Any]) -> Any:
        """The library's forest with these parameters, unfitted."""

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        standard = {
            "max_features": "sqrt" if problem != "regression" else 0.5,
            "min_samples_leaf": 1 if n_rows < 1_000 else 2 if n_rows < 10_000 else 4,
            "max_leaf_nodes": LEAVES_PER_TREE,
        }
        if n_rows > self.most_rows_per_tree:
            standard["max_samples"] = round(self.most_rows_per_tree / n_rows, 4)
        return [
            {"note": "Standard: deep trees, a part of the columns for each split.", **standard},
            {
                "note": "Careful: larger leaves, more columns for each split.",
                **standard,
                "max_features": 0.5 if problem != "regression" else 1.0,
                "min_samples_leaf": 3 * int(standard["min_samples_leaf"]),
            },
            {
                "note": "Greedy: most columns for each split, the smallest leaves.",
                **standard,
                "max_features": 0.75,
                "min_samples_leaf": 1,
            },
            {
                "note": "Diverse: few columns for each split, the smallest leaves.",
                **standard,
                "max_features": "log2" if problem != "regression" else 0.25,
                "min_samples_leaf": 1,
            },
            {
                "note": "Smooth: every answer rests on many rows, for noisy targets.",
                **standard,
                "max_features": 0.33,
                "min_samples_leaf": int(min(200, max(4, n_rows // 100))),
            },
            {
                "note": "Half the rows: each tree sees fewer rows and errs more differently.",
                **standard,
                "max_samples": 0.5 * float(standard.get("max_samples", 1.0)),
                "min_samples_leaf": 1,
            },
        ]

    def estimated_seconds(self, n_rows: int, n_features: int, n_classes: int) -> float:
        """Each tree goes through the drawn columns of its rows, and serves all classes."""
        drawn = np.sqrt(n_features) if n_classes else 0.5 * n_features
        rows = min(n_rows, self.most_rows_per_tree)
        return self.seconds_at_least + self.seconds_per_million_drawn[n_classes > 0] * float(rows * drawn) / 1e6

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        nodes = N_TREES * 2 * min(n_rows, LEAVES_PER_TREE)
        return 50_000_000 + nodes * (96 + 24 * max(1, n_classes)) + n_rows * n_features * 4 + 2 * n_rows * 64

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        most = options.rounds or N_TREES
        watch = Watch(options, most)
        parameters = {name: value for name, value in settings.items() if name != "note"}
        if "max_samples" in parameters:  # The library draws a part of the rows only when it draws rows at all.
            parameters["bootstrap"] = True
        parameters["max_leaf_nodes"] = min(parameters["max_leaf_nodes"], VALUES_PER_TREE // max(1, data.n_classes))
        # Trees grow without waiting for each other, and alike on any number of threads.
        jobs = options.threads if data.features.size >= CELLS_FOR_THREADS else 1
        forest = self.estimator(
            data.problem,
            {**parameters, "warm_start": True, "n_jobs": jobs, "random_state": options.seed},
        )
        done, step = 0, max(1, options.threads)
        while done < most:
            done = min(most, done + step)
            forest.set_params(n_estimators=done)
            forest.fit(data.features, library_target(data), sample_weight=data.weights)
            if watch.time_is_up(done):
                break
            step = watch.next_step(step, LARGEST_STEP)
        floor = smallest_probability(data)
        learner = trees_from_sklearn(
            forest.estimators_, n_features=data.features.shape[1], problem=data.problem, floor=floor
        )
        difference = check_parity(learner, data, lambda rows: forest_answers(forest, rows, data.problem, floor))
        return Fitted(learner, done, watch.stopped_by_deadline and done < most, {"parity": difference})


def library_target(data: TrainingData) -> FloatArray | IntArray:
    """The target as scikit-learn wants it: class numbers as integers."""
    return data.target if data.problem == "regression" else data.target.astype(np.int64)
