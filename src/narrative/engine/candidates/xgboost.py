"""XGBoost: boosted trees that grow level by level, with strong regularisation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._logarithm import with_logarithm
from narrative.engine.candidates._parity import answers, check_parity
from narrative.engine.candidates._several import with_several
from narrative.engine.candidates._work import (
    BestRound,
    Watch,
    class_shares,
    learning_rate,
    missing_library,
    useful_threads,
)
from narrative.engine.candidates._xgboost_model import trees_from_xgboost
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.types import FloatArray, Problem

MOST_ROUNDS = 2_000
ROUNDS_WITHOUT_VALIDATION = 200
PATIENCE = 50
_OBJECTIVES: dict[Problem, tuple[str, str]] = {
    "binary": ("binary:logistic", "logloss"),
    "multiclass": ("multi:softprob", "mlogloss"),
    "regression": ("reg:squarederror", "rmse"),
}


class XGBoost(LearningCandidate):
    """Early stopping watches the log loss, or the squared error."""

    name: ClassVar[str] = "xgboost"
    title: ClassVar[str] = "XGBoost"
    sentence: ClassVar[str] = (
        "Adds many small trees, each correcting the errors so far, with a price on complexity; a strong all-rounder "
        "that errs differently from its relatives."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 40
    libraries: ClassVar[tuple[str, ...]] = ("xgboost",)
    seconds_at_least: ClassVar[float] = 0.15
    seconds_per_million_cells: ClassVar[float] = 3.7
    growth_of_small: ClassVar[float] = 0.5
    stops_early: ClassVar[bool] = True

    def unavailable_reason(self) -> str | None:
        return missing_library("xgboost", self.title)

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        standard = {
            "learning_rate": learning_rate(n_rows * n_features),
            "max_depth": 5 if n_rows < 20_000 else 6,
            "min_child_weight": 1.0,
            "subsample": 0.8,
            "colsample_bynode": 0.5,
            "reg_lambda": 5.0,
        }
        listed = [
            {"note": "Standard: trees of moderate depth, half of the columns for each split.", **standard},
            {
                "note": "Careful: deeper trees on a part of rows and columns, larger leaves.",
                **standard,
                "max_depth": 6,
                "min_child_weight": 5.0,
                "subsample": 0.7,
                "colsample_bytree": 0.5,
                "colsample_bynode": 1.0,
                "reg_lambda": 10.0,
            },
            {
                "note": "Bold: up to 64 leaves where they help most.",
                **standard,
                "max_depth": 10,
                "max_leaves": 64,
                "grow_policy": "lossguide",
                "reg_lambda": 1.0,
            },
            {
                "note": "Shallow: depth 3, most columns, for effects that add up.",
                **standard,
                "max_depth": 3,
                "colsample_bynode": 0.8,
                "reg_lambda": 2.0,
            },
            {
                "note": "Patient: half the steps, a third of the columns for each split.",
                **standard,
                "learning_rate": 0.5 * standard["learning_rate"],
                "colsample_bynode": 0.33,
                "subsample": 0.9,
                "reg_lambda": 1.0,
            },
            {
                "note": "Large leaves: every answer rests on many rows, for noisy targets.",
                **standard,
                "max_depth": 8,
                "min_child_weight": float(np.clip(n_rows // 200, 10, 100)),
                "subsample": 0.6,
            },
            {
                "note": "Deep: depth 8 on half of the columns per tree, small steps.",
                **standard,
                "learning_rate": 0.6 * standard["learning_rate"],
                "max_depth": 8,
                "colsample_bytree": 0.5,
                "colsample_bynode": 0.8,
                "reg_lambda": 3.0,
            },
            {
                "note": "Sparing: few weights, all rows for every tree.",
                **standard,
                "max_depth": 4,
                "subsample": 1.0,
                "reg_alpha": 1.0,
                "colsample_bynode": 0.6,
            },
        ]
        return with_several(with_logarithm(listed, problem))

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return (
            50_000_000
            + 3_000_000 * n_classes
            + n_rows * n_features * 10
            + n_rows * max(1, n_classes) * 40
            + n_features * 256 * 64 * 16
        )

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        import xgboost as xgb

        base = _base_margin(data)
        most = options.rounds or (MOST_ROUNDS if data.valid_features is not None else ROUNDS_WITHOUT_VALIDATION)
        watch, best = Watch(options, most), BestRound(PATIENCE)
        train_set = _matrix(data.features, base, data.target, data.weights)
        evals = []
        if data.valid_features is not None and options.rounds is None:
            evals = [(_matrix(data.valid_features, base, data.valid_target, data.valid_weights), "valid")]

        class AfterRound(xgb.callback.TrainingCallback):  # type: ignore[misc] # the library has no types
            def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, Any]) -> bool:
                losses = next(iter(evals_log["valid"].values())) if evals_log else []
                stop = bool(losses) and best.should_stop(epoch + 1, float(losses[-1]))
                return watch.time_is_up(epoch + 1) or stop

        parameters = _parameters(data, settings, options)
        booster = xgb.train(parameters, train_set, most, evals=evals, verbose_eval=False, callbacks=[AfterRound()])
        rounds = max(1, best.best_round) if evals else booster.num_boosted_rounds()
        learner = trees_from_xgboost(
            bytes(booster.save_raw("json")),
            n_features=data.features.shape[1],
            base=base,
            n_rounds=rounds,
        )
        difference = check_parity(learner, data, lambda rows: _library_answers(booster, rows, rounds, data))
        return Fitted(learner, rounds, watch.stopped_by_deadline, {"parity": difference})


def _base_margin(data: TrainingData) -> FloatArray:
    """Where boosting starts: the shares of the classes, or zero on the scaled target."""
    if data.problem == "regression":
        return np.zeros(1)
    shares = class_shares(data)
    return np.log(shares) if data.problem == "multiclass" else np.log(shares[1:] / shares[0])


def _matrix(
    features: FloatArray, base: FloatArray, target: FloatArray | None = None, weights: FloatArray | None = None
) -> Any:
    import xgboost as xgb

    # The base margin is given with the rows instead of left to the library, which stores it differently by version.
    margin = np.tile(base, (len(features), 1)) if len(base) > 1 else np.full(len(features), base[0])
    return xgb.DMatrix(features, label=target, weight=weights, base_margin=margin)


def _parameters(data: TrainingData, settings: dict[str, Any], options: FitOptions) -> dict[str, Any]:
    objective, metric = _OBJECTIVES[data.problem]
    return {
        "objective": objective,
        "eval_metric": metric,
        "tree_method": "hist",
        "base_score": 0.0 if data.problem != "binary" else 0.5,
        **({"num_class": data.n_classes} if data.problem == "multiclass" else {}),
        **{name: value for name, value in settings.items() if name != "note"},
        "seed": options.seed,
        "nthread": useful_threads(data, options),
        "verbosity": 0,
    }


def _library_answers(booster: Any, rows: FloatArray, rounds: int, data: TrainingData) -> FloatArray:
    matrix = _matrix(rows, _base_margin(data))
    raw = booster.predict(matrix, output_margin=True, iteration_range=(0, rounds)).astype(np.float64)
    return answers(data.problem, raw.reshape(len(rows), -1))
