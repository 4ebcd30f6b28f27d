"""LightGBM: boosted trees that grow leaf by leaf."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._lightgbm_model import trees_from_lightgbm
from narrative.engine.candidates._logarithm import with_logarithm
from narrative.engine.candidates._parity import answers, check_parity
from narrative.engine.candidates._several import with_several
from narrative.engine.candidates._work import BestRound, Watch, learning_rate, missing_library, useful_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.types import FloatArray, Problem

MOST_ROUNDS = 2_000
ROUNDS_WITHOUT_VALIDATION = 200
PATIENCE = 50
_OBJECTIVES: dict[Problem, tuple[str, str]] = {
    "binary": ("binary", "binary_logloss"),
    "multiclass": ("multiclass", "multi_logloss"),
    "regression": ("regression", "l2"),
}


class LightGBM(LearningCandidate):
    """Early stopping watches the log loss, or the squared error."""

    name: ClassVar[str] = "lightgbm"
    title: ClassVar[str] = "LightGBM"
    sentence: ClassVar[str] = (
        "Adds many small trees, each correcting the errors so far and growing where it helps most; fast, and strong on "
        "almost every table."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 20
    libraries: ClassVar[tuple[str, ...]] = ("lightgbm",)
    seconds_at_least: ClassVar[float] = 0.05
    seconds_per_million_cells: ClassVar[float] = 3.4
    growth_of_small: ClassVar[float] = 0.6
    stops_early: ClassVar[bool] = True

    def unavailable_reason(self) -> str | None:
        return missing_library("lightgbm", self.title)

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        leaves = 15 if n_rows < 2_000 else 31 if n_rows < 50_000 else 63
        standard = {
            "learning_rate": learning_rate(n_rows * n_features),
            "num_leaves": leaves,
            "min_child_samples": int(np.clip(n_rows // 100, 3, 20)),
            "feature_fraction": 0.6,
            "bagging_fraction": 0.7,
            "lambda_l2": 10.0,
        }
        listed: list[dict[str, Any]] = [
            {"note": "Standard: each tree sees a part of rows and columns, small steps.", **standard},
            {
                "note": "Random thresholds: each split picks from a few at random, which smooths the answer.",
                **standard,
                "extra_trees": True,
                "num_leaves": min(63, 2 * leaves + 1),
                "feature_fraction": 0.8,
                "lambda_l2": 3.0,
            },
            {"note": "Simple: trees of at most eight leaves.", **standard, "num_leaves": 8},
            {
                "note": "Bold: larger trees that see most columns.",
                **standard,
                "num_leaves": min(63, 2 * leaves + 1),
                "feature_fraction": 0.9,
                "bagging_fraction": 0.9,
                "lambda_l2": 1.0,
            },
            {
                "note": "Patient: half the steps, a few columns for each tree.",
                **standard,
                "learning_rate": 0.5 * standard["learning_rate"],
                "feature_fraction": 0.4,
                "lambda_l2": 5.0,
            },
            {
                "note": "Large leaves: every answer rests on many rows, for noisy targets.",
                **standard,
                "min_child_samples": int(np.clip(n_rows // 25, 6, 200)),
                "bagging_fraction": 0.8,
                "path_smooth": 5.0,
            },
            {
                "note": "Fine: larger trees with small leaves, small steps.",
                **standard,
                "learning_rate": 0.6 * standard["learning_rate"],
                "num_leaves": 31 if n_rows < 2_000 else 127,
                "min_child_samples": 5,
                "feature_fraction": 0.5,
                "bagging_fraction": 0.8,
                "lambda_l2": 3.0,
            },
            {
                "note": "Stumps of four answers: effects that add up, few of them joint.",
                **standard,
                "num_leaves": 4,
                "feature_fraction": 0.5,
                "lambda_l2": 1.0,
            },
            {
                "note": "Random thresholds, small trees, all rows.",
                **standard,
                "extra_trees": True,
                "num_leaves": max(8, leaves // 2),
                "feature_fraction": 1.0,
                "bagging_fraction": 1.0,
                "lambda_l2": 0.5,
            },
        ]
        return with_several(with_logarithm(listed, problem))

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        binned, per_row = n_rows * n_features * 2, n_rows * max(1, n_classes) * 40
        return 50_000_000 + 1_500_000 * n_classes + binned + per_row + n_features * 255 * 63 * 16

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        import lightgbm as lgb

        most = options.rounds or (MOST_ROUNDS if data.valid_features is not None else ROUNDS_WITHOUT_VALIDATION)
        watch, best = Watch(options, most), BestRound(PATIENCE)
        train_set = lgb.Dataset(data.features, data.target, weight=data.weights)
        valid_sets = []
        if data.valid_features is not None and options.rounds is None:
            valid_sets = [
                lgb.Dataset(data.valid_features, data.valid_target, weight=data.valid_weights, reference=train_set)
            ]

        def after_round(env: Any) -> None:
            done = env.iteration + 1
            losses = env.evaluation_result_list
            if (losses and best.should_stop(done, float(losses[0][2]))) or watch.time_is_up(done):
                raise lgb.callback.EarlyStopException(env.iteration, losses)

        booster = lgb.train(
            _parameters(data, settings, options), train_set, most, valid_sets=valid_sets, callbacks=[after_round]
        )
        rounds = max(1, best.best_round) if valid_sets else booster.current_iteration()
        learner = trees_from_lightgbm(
            booster.model_to_string(num_iteration=rounds),
            n_features=data.features.shape[1],
            n_outputs=max(1, data.n_classes) if data.problem == "multiclass" else 1,
        )
        difference = check_parity(learner, data, lambda rows: _library_answers(booster, rows, rounds, data))
        return Fitted(learner, rounds, watch.stopped_by_deadline, {"parity": difference})


def _parameters(data: TrainingData, settings: dict[str, Any], options: FitOptions) -> dict[str, Any]:
    objective, metric = _OBJECTIVES[data.problem]
    return {
        "objective": objective,
        "metric": metric,
        "bagging_freq": 1,
        # With rare classes a leaf may hold almost no curvature; a floor keeps its value from exploding.
        "min_sum_hessian_in_leaf": 1e-3 if data.problem == "regression" else 0.01,
        **({"num_class": data.n_classes} if data.problem == "multiclass" else {}),
        **{name: value for name, value in settings.items() if name != "note"},
        "seed": options.seed,
        "num_threads": useful_threads(data, options),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _library_answers(booster: Any, rows: FloatArray, rounds: int, data: TrainingData) -> FloatArray:
    raw = np.asarray(booster.predict(rows, raw_score=True, num_iteration=rounds), dtype=np.float64)
    return answers(data.problem, raw.reshape(len(rows), -1))
