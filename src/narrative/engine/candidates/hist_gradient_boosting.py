"""Histogram gradient boosting: scikit-learn's boosted trees on binned columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._parity import answers, check_parity
from narrative.engine.candidates._sklearn_model import trees_from_histograms
from narrative.engine.candidates._work import BestRound, Watch, learning_rate, useful_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.types import FloatArray, Problem

MOST_ROUNDS = 1_000
ROUNDS_WITHOUT_VALIDATION = 150
PATIENCE = 40


class HistGradientBoosting(LearningCandidate):
    """Early stopping watches the log loss, or the squared error."""

    name: ClassVar[str] = "hist_gradient_boosting"
    title: ClassVar[str] = "Histogram gradient boosting"
    sentence: ClassVar[str] = (
        "Adds many small trees, each correcting the errors so far, on columns cut into at most 255 ranges; close to "
        "LightGBM, and there wherever scikit-learn is."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 75
    libraries: ClassVar[tuple[str, ...]] = ("sklearn.ensemble",)
    by_default_share: ClassVar[float] = 0.02
    seconds_at_least: ClassVar[float] = 0.15
    seconds_per_million_cells: ClassVar[float] = 3.2
    growth_of_small: ClassVar[float] = 0.5
    stops_early: ClassVar[bool] = True

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        standard = {
            "learning_rate": learning_rate(n_rows * n_features),
            "max_leaf_nodes": 15 if n_rows < 2_000 else 31,
            "min_samples_leaf": int(np.clip(n_rows // 100, 3, 20)),
            "max_features": 0.5,
            "l2_regularization": 5.0,
        }
        return [
            {"note": "Standard: trees of moderate size, half of the columns for each split.", **standard},
            {"note": "Simple: trees of at most eight leaves.", **standard, "max_leaf_nodes": 8, "max_features": 0.8},
            {
                "note": "Careful: large leaves, a third of the columns for each split.",
                **standard,
                "min_samples_leaf": int(np.clip(n_rows // 40, 5, 100)),
                "max_features": 0.33,
                "l2_regularization": 20.0,
            },
            {
                "note": "Bold: larger trees that see most columns, small steps.",
                **standard,
                "learning_rate": 0.6 * standard["learning_rate"],
                "max_leaf_nodes": 63,
                "max_features": 0.9,
                "l2_regularization": 1.0,
            },
        ]

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        per_row = n_rows * max(1, n_classes) * 40
        return 60_000_000 + 1_500_000 * n_classes + n_rows * n_features * 10 + per_row + n_features * 256 * 63 * 16

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        from threadpoolctl import threadpool_limits

        judged = data.valid_features is not None and options.rounds is None
        most = options.rounds or (MOST_ROUNDS if data.valid_features is not None else ROUNDS_WITHOUT_VALIDATION)
        watch, best = Watch(options, most), BestRound(PATIENCE)

        def stops(done: int, loss: float) -> bool:
            return (judged and best.should_stop(done, loss)) or watch.time_is_up(done)

        parameters = {name: value for name, value in settings.items() if name != "note"}
        booster = _watched(data.problem, {**parameters, "max_iter": most, "random_state": options.seed}, stops)
        # The library asks after every round only when it has rows to stop by; without any, one training row stands in.
        valid: dict[str, Any] = {"X_val": data.features[:1], "y_val": data.target[:1]}
        if judged and data.valid_features is not None and data.valid_target is not None:
            valid = {"X_val": data.valid_features, "y_val": data.valid_target, "sample_weight_val": data.valid_weights}
        with threadpool_limits(useful_threads(data, options), user_api="openmp"):
            booster.fit(_readable(data.features), data.target, data.weights, **valid)
            rounds = max(1, best.best_round) if judged else booster.n_iter_
            learner = trees_from_histograms(booster, n_features=data.features.shape[1], n_rounds=rounds)
            difference = check_parity(learner, data, lambda rows: _library_answers(booster, rows, rounds, data.problem))
        return Fitted(learner, rounds, watch.stopped_by_deadline, {"parity": difference})


def _readable(features: FloatArray) -> FloatArray:
    """The features with zeros in columns that hold nothing but gaps: the library cannot cut those into ranges, and no
    split will ask about them either way."""
    empty = np.isnan(features).all(axis=0)
    return np.where(empty, 0.0, features) if empty.any() else features


def _watched(problem: Problem, parameters: dict[str, Any], stops: Callable[[int, float], bool]) -> Any:
    """The library's estimator, which asks ``stops`` (rounds done, loss on the validation rows) after every round."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind: Any = HistGradientBoostingRegressor if problem == "regression" else HistGradientBoostingClassifier

    class Watched(kind):  # type: ignore[misc] # the library has no types
        def _check_early_stopping_loss(self, **given: Any) -> bool:
            super()._check_early_stopping_loss(**given)
            done = len(self.validation_score_) - 1  # The first score is that of no tree.
            return done > 0 and stops(done, -float(self.validation_score_[-1]))

    return Watched(**parameters, early_stopping=True, scoring="loss", n_iter_no_change=parameters["max_iter"])


def _library_answers(booster: Any, rows: FloatArray, rounds: int, problem: Problem) -> FloatArray:
    """What the library says after so many rounds."""
    staged = booster.staged_predict(rows) if problem == "regression" else booster.staged_decision_function(rows)
    raw = next(answer for done, answer in enumerate(staged, start=1) if done == rounds)
    return answers(problem, np.asarray(raw, dtype=np.float64).reshape(len(rows), -1))
