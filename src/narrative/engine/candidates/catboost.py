"""CatBoost: boosted oblivious trees, hard to overfit."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from narrative.core.errors import NarrativeError
from narrative.engine.candidates._catboost_model import trees_from_catboost
from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._logarithm import with_logarithm
from narrative.engine.candidates._parity import answers, check_parity
from narrative.engine.candidates._several import with_several
from narrative.engine.candidates._work import BestRound, Watch, missing_library, useful_threads
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.types import FloatArray, Problem

MOST_ROUNDS = 1_000
ROUNDS_WITHOUT_VALIDATION = 300
PATIENCE = 50
DEEPEST = 9
MOST_BORDERS = 254
SECONDS_PER_BORDER = 8e-7
SECONDS_PER_ROW = 1.0e-8
"""For each round and column."""
_OBJECTIVES: dict[Problem, str] = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE"}


class CatBoost(LearningCandidate):
    """Early stopping watches the log loss, or the squared error."""

    name: ClassVar[str] = "catboost"
    title: ClassVar[str] = "CatBoost"
    sentence: ClassVar[str] = (
        "Adds many small symmetric trees that ask one question per level; hard to overfit, often the best single "
        "model, and very fast to serve."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 30
    libraries: ClassVar[tuple[str, ...]] = ("catboost",)
    seconds_at_least: ClassVar[float] = 0.2
    stops_early: ClassVar[bool] = True

    def unavailable_reason(self) -> str | None:
        return missing_library("catboost", self.title)

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        # More rows allow larger steps: each step is then estimated better.
        rate = round(float(np.clip(0.03 * (max(n_rows, 1) / 1_000) ** 0.3, 0.03, 0.12)), 4)
        standard = {
            "learning_rate": rate,
            "depth": 6,
            "l2_leaf_reg": 3.0,
            "random_strength": 2.0,
            "border_count": _borders(n_rows, n_features),
        }
        listed = [
            {"note": "Standard: depth 6, steps sized to the table.", **standard},
            {
                "note": "The library's own: less noise on the choice of splits, all borders.",
                **standard,
                "random_strength": 1.0,
                "border_count": MOST_BORDERS,
            },
            {"note": "Careful: shallow trees, more regularisation.", **standard, "depth": 4, "l2_leaf_reg": 8.0},
            {"note": "Bold: deeper trees that see part of the columns.", **standard, "depth": 8, "rsm": 0.7},
            {
                "note": "Patient: smaller steps, rows drawn anew for each tree.",
                **standard,
                "learning_rate": round(0.6 * rate, 4),
                "subsample": 0.7,
                "l2_leaf_reg": 5.0,
            },
            {
                "note": "Straight: depth 7, almost no randomness.",
                **standard,
                "depth": 7,
                "random_strength": 0.5,
                "l2_leaf_reg": 1.0,
                "subsample": 1.0,
            },
            {
                "note": "Random: much noise on the choice of splits, half of the columns per level.",
                **standard,
                "depth": 6,
                "random_strength": 8.0,
                "rsm": 0.5,
                "l2_leaf_reg": 10.0,
            },
            {
                "note": "Pairs: depth 2, larger steps, for effects that add up.",
                **standard,
                "depth": 2,
                "learning_rate": round(1.6 * rate, 4),
                "l2_leaf_reg": 1.0,
            },
            {
                "note": "Held back: depth 7 with strong regularisation, rows drawn anew for each tree.",
                **standard,
                "depth": 7,
                "l2_leaf_reg": 20.0,
                "subsample": 0.6,
                "rsm": 0.8,
            },
        ]
        return with_several(with_logarithm(listed, problem))

    def estimated_seconds(self, n_rows: int, n_features: int, n_classes: int) -> float:
        """Every round tries all borders of all columns, which costs little more with more rows and a lot with classes.

        Measured for about 400 rounds, which tables of most sizes take."""
        for_borders = SECONDS_PER_BORDER * _borders(n_rows, n_features)
        classes = n_classes if n_classes > 2 else 1
        return self.seconds_at_least + 400 * n_features * classes * (for_borders + SECONDS_PER_ROW * n_rows)

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 100_000_000 + n_rows * n_features * 14 + n_rows * max(1, n_classes) * 60

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        import catboost as cb

        most = options.rounds or (MOST_ROUNDS if data.valid_features is not None else ROUNDS_WITHOUT_VALIDATION)
        train_set = cb.Pool(data.features, data.target, weight=data.weights)
        valid_set = None
        if data.valid_features is not None and options.rounds is None:
            valid_set = cb.Pool(data.valid_features, data.valid_target, weight=data.valid_weights)
        after_round = _AfterRound(Watch(options, most), BestRound(PATIENCE))
        booster = cb.CatBoost({**_parameters(data, settings, options), "iterations": most})
        booster.fit(train_set, eval_set=valid_set, use_best_model=False, callbacks=[after_round])
        if after_round.canceled is not None:
            raise after_round.canceled
        rounds = max(1, after_round.best.best_round) if valid_set is not None else int(booster.tree_count_)
        booster.shrink(rounds)
        learner = trees_from_catboost(
            _json_model(booster),
            n_features=data.features.shape[1],
            n_outputs=data.n_classes if data.problem == "multiclass" else 1,
        )
        difference = check_parity(learner, data, lambda rows: _library_answers(booster, rows, data))
        return Fitted(learner, rounds, after_round.watch.stopped_by_deadline, {"parity": difference})


class _AfterRound:
    """The library's callback. An exception must not cross its C++ code, so it is kept and raised afterwards."""

    def __init__(self, watch: Watch, best: BestRound) -> None:
        self.watch = watch
        self.best = best
        self.canceled: NarrativeError | None = None

    def after_iteration(self, info: Any) -> bool:
        done = int(info.iteration)
        losses = next(iter(info.metrics["validation"].values())) if "validation" in info.metrics else []
        stop = bool(losses) and self.best.should_stop(done, float(losses[-1]))
        try:
            return not (self.watch.time_is_up(done) or stop)
        except NarrativeError as canceled:
            self.canceled = canceled
            return False


def _parameters(data: TrainingData, settings: dict[str, Any], options: FitOptions) -> dict[str, Any]:
    return {
        "loss_function": _OBJECTIVES[data.problem],
        "eval_metric": _OBJECTIVES[data.problem],
        "boosting_type": "Plain",
        # Stated because the library's own choice changes with the number of rounds, so a refit with the best number
        # would be another model.
        "leaf_estimation_iterations": 10 if data.problem == "binary" else 1,
        "boost_from_average": data.problem != "multiclass",
        **{name: value for name, value in settings.items() if name != "note"},
        # A full tree has 2 to the power of its depth leaves for each class.
        "depth": min(int(settings["depth"]), DEEPEST),
        # Other ways of drawing rows, the library's own choice for some problems, take no share of them.
        **({"bootstrap_type": "Bernoulli"} if "subsample" in settings else {}),
        "random_seed": options.seed,
        "thread_count": useful_threads(data, options),
        "allow_writing_files": False,
        "logging_level": "Silent",
    }


def _borders(n_rows: int, n_features: int) -> int:
    """Thresholds per column that are tried. With few rows trying them is nearly all of the work, and half as many cost
    half the time for the same accuracy; many columns make up for coarse ones."""
    if n_features > 100:
        return 64
    return 128 if n_rows < 20_000 else MOST_BORDERS


def _json_model(booster: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="narrative-catboost-") as folder:
        path = Path(folder, "model.json")
        booster.save_model(str(path), format="json")
        return dict(json.loads(path.read_bytes()))


def _library_answers(booster: Any, rows: FloatArray, data: TrainingData) -> FloatArray:
    raw = np.asarray(booster.predict(rows, prediction_type="RawFormulaVal"), dtype=np.float64)
    return answers(data.problem, raw.reshape(len(rows), -1))
