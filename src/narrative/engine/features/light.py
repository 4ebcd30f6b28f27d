"""The quick model that ideas, selection and the search for leaks compare with: small boosted trees.

Comparisons need a model that sees bends and interactions and fits in a tenth of a second, not the best one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.scores import primary_score
from narrative.engine.scores.intervals import influence
from narrative.engine.types import FloatArray, Problem

ROUNDS: Final = 80
LEAVES: Final = 8
DEEP_LEAVES: Final = 64
OBJECTIVES: Final = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}


@dataclass(frozen=True)
class LightModel:
    """A fitted quick model."""

    booster: Any
    problem: Problem
    constant: FloatArray | None = None
    """Class shares or mean of the training rows when there was nothing to learn from."""

    def predict(self, features: FloatArray) -> FloatArray:
        """Values ``n`` (regression) or probabilities ``n × n_classes``."""
        if self.constant is not None:
            return (
                np.repeat(self.constant[None, :], features.shape[0], axis=0).squeeze(axis=1)
                if (self.problem == "regression")
                else np.repeat(self.constant[None, :], features.shape[0], axis=0)
            )
        found = np.asarray(self.booster.predict(features, num_threads=1), dtype=np.float64)
        return np.column_stack([1.0 - found, found]) if self.problem == "binary" else found


def fit_light(
    features: FloatArray, target: FloatArray, problem: Problem, n_classes: int, *, seed: int = 42, deep: bool = False
) -> LightModel:
    """Learn from ``n × n_features`` numbers (NaN: missing); equal input gives an equal model.

    ``deep``: trees that can remember single rows, which shows best whether there is something to remember.
    """
    if features.shape[1] == 0 or np.unique(target).size < 2:
        return LightModel(None, problem, _constant(target, problem, n_classes))
    import lightgbm

    settings: dict[str, Any] = {
        "objective": OBJECTIVES[problem],
        "learning_rate": 0.1,
        "num_leaves": LEAVES,
        "min_data_in_leaf": int(np.clip(target.size // 40, 5, 40)),
        "lambda_l2": 1.0,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_bin": 63,
        "verbosity": -1,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
    }
    if deep:
        settings |= {"num_leaves": DEEP_LEAVES, "min_data_in_leaf": 1, "lambda_l2": 0.0, "max_bin": 255}
    if problem == "multiclass":
        settings["num_class"] = n_classes
    data = lightgbm.Dataset(features, target, free_raw_data=True, params={"verbosity": -1})
    return LightModel(lightgbm.train(settings, data, num_boost_round=ROUNDS), problem)


def score_of(problem: Problem, target: FloatArray, predictions: FloatArray) -> float | None:
    """The primary score; None where it is not defined for these rows."""
    try:
        return primary_score(problem).compute(target, predictions)
    except NotApplicable:
        return None


def better(problem: Problem) -> float:
    """1 when a higher score is better, else -1: what differences are multiplied by to be gains."""
    return 1.0 if primary_score(problem).higher_is_better else -1.0


def row_influence(problem: Problem, target: FloatArray, predictions: FloatArray) -> FloatArray:
    """Influence of each row on the primary score, see :func:`narrative.engine.scores.intervals.influence`."""
    return influence(primary_score(problem).name, target, predictions)


def row_losses(problem: Problem, target: FloatArray, predictions: FloatArray) -> FloatArray:
    """Loss of each row, ``n``: squared error, or minus the logarithm of the probability of its class."""
    if problem == "regression":
        return np.asarray((target - predictions) ** 2, dtype=np.float64)
    own = predictions[np.arange(target.size), target.astype(np.int64)]
    return np.asarray(-np.log(np.clip(own, 1e-6, 1.0)), dtype=np.float64)


def _constant(target: FloatArray, problem: Problem, n_classes: int) -> FloatArray:
    if problem == "regression":
        return np.asarray([target.mean()])
    return np.bincount(target.astype(np.int64), minlength=n_classes) / target.size
