"""How fast plain arrays answer, beside the library that trained the same model, in one run.

    python benchmarks/learners.py [--rounds 300] [--rows 50000]

Times are processor seconds of one thread, the best of several repetitions, so that other load blurs them little. The
table: one row to a margin, thousand rows per second in a batch, exact reasons in milliseconds per row, each with the
ratio to the library (above 1: faster than the library), and the time from the library's model to a learner.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from narrative.core.plugins import discover
from narrative.engine.candidates import _catboost_model, _lightgbm_model, _sklearn_model, _xgboost_model
from narrative.engine.candidates.base import Candidate, FitOptions, TrainingData
from narrative.engine.learners.base import Learner
from narrative.engine.types import FloatArray

CONTRIBUTION_ROWS = 200


@dataclass(frozen=True)
class Rival:
    """The library's own way of doing the same things on one thread."""

    predict: Callable[[FloatArray], Any]
    reasons: Callable[[FloatArray], Any] | None
    convert: Callable[[], Learner]


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=300)
    arguments.add_argument("--rows", type=int, default=50_000)
    options = arguments.parse_args()
    data = _data(20_000)
    batch = _data(options.rows, seed=1).features
    print(f"{options.rounds} rounds, 30 features, 5 % missing; batch of {options.rows:,} rows; one thread\n")
    columns = ["candidate", "nodes", "convert s", "one row µs", "× library", "batch 1,000 rows/s", "× library"]
    columns += ["reasons ms/row", "× library", "one row's reasons ms"]
    print(f"| {' | '.join(columns)} |")
    print("|---" + "|--:" * (len(columns) - 1) + "|")
    for name in ("lightgbm", "xgboost", "catboost", "random_forest"):
        print(_line(name, data, batch, options.rounds), flush=True)


def _line(name: str, data: TrainingData, batch: FloatArray, rounds: int) -> str:
    candidate = discover("narrative.engine.candidates", Candidate)[name]()
    settings = candidate.settings("binary", len(data.features), data.features.shape[1])[0]
    settings |= {"num_leaves": 31} if name == "lightgbm" else {}
    rival = RIVALS[name](data, settings, rounds)
    convert_seconds = _best(rival.convert, 3)
    learner = rival.convert()
    row, some = batch[:1].copy(), batch[:CONTRIBUTION_ROWS]
    first = time.process_time()
    learner.margins(row)
    convert_seconds += time.process_time() - first
    one, one_rival = _best(lambda: learner.margins(row), 50), _best(lambda: rival.predict(row), 50)
    many, many_rival = _best(lambda: learner.margins(batch), 3), _best(lambda: rival.predict(batch), 3)
    learner.contributions(row)
    reasons, single = _best(lambda: learner.contributions(some), 3), _best(lambda: learner.contributions(row), 5)
    reasons_rival = float("nan") if rival.reasons is None else _best(partial(rival.reasons, some), 2)
    cells = [
        name,
        f"{len(learner.to_parts()[1]['inner']):,}",
        f"{convert_seconds:.3f}",
        f"{one * 1e6:.0f}",
        f"{one_rival / one:.1f}",
        f"{len(batch) / many / 1e3:.0f}",
        f"{many_rival / many:.2f}",
        f"{reasons / len(some) * 1e3:.2f}",
        f"{reasons_rival / reasons:.1f}",
        f"{single * 1e3:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _best(work: Callable[[], Any], repetitions: int) -> float:
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _data(n_rows: int, seed: int = 0) -> TrainingData:
    random = np.random.default_rng(seed)
    features = random.normal(size=(n_rows, 30))
    features[:, 24:] = random.integers(0, 8, (n_rows, 6))
    signal = features[:, 0] + features[:, 1] * features[:, 2] + np.sin(features[:, 3] * 2) + 0.3 * features[:, 24]
    target = (signal + random.normal(size=n_rows) > 1).astype(np.float64)
    features[random.random(features.shape) < 0.05] = np.nan
    return TrainingData(features, target, "binary", 2)


def _lightgbm(data: TrainingData, settings: dict[str, Any], rounds: int) -> Rival:
    import lightgbm as lgb

    from narrative.engine.candidates.lightgbm import _parameters

    parameters = _parameters(data, settings, FitOptions(threads=1))
    booster = lgb.train(parameters, lgb.Dataset(data.features, data.target), rounds)
    return Rival(
        lambda rows: booster.predict(rows, raw_score=True, num_threads=1),
        lambda rows: booster.predict(rows, pred_contrib=True, num_threads=1),
        lambda: _lightgbm_model.trees_from_lightgbm(booster.model_to_string(), n_features=30, n_outputs=1),
    )


def _xgboost(data: TrainingData, settings: dict[str, Any], rounds: int) -> Rival:
    import xgboost as xgb

    from narrative.engine.candidates.xgboost import _parameters

    parameters = _parameters(data, settings, FitOptions(threads=1))
    booster = xgb.train(parameters, xgb.DMatrix(data.features, data.target), rounds)
    return Rival(
        lambda rows: booster.inplace_predict(rows, predict_type="margin"),
        lambda rows: booster.predict(xgb.DMatrix(rows), pred_contribs=True),
        lambda: _xgboost_model.trees_from_xgboost(bytes(booster.save_raw("json")), n_features=30, base=np.zeros(1)),
    )


def _catboost(data: TrainingData, settings: dict[str, Any], rounds: int) -> Rival:
    import catboost as cb

    from narrative.engine.candidates.catboost import _json_model, _parameters

    parameters = _parameters(data, settings, FitOptions(threads=1))
    booster = cb.CatBoost({**parameters, "iterations": rounds}).fit(cb.Pool(data.features, data.target))
    return Rival(
        lambda rows: booster.predict(rows, prediction_type="RawFormulaVal", thread_count=1),
        lambda rows: booster.get_feature_importance(cb.Pool(rows), type="ShapValues", thread_count=1),
        lambda: _catboost_model.trees_from_catboost(_json_model(booster), n_features=30, n_outputs=1),
    )


def _random_forest(data: TrainingData, settings: dict[str, Any], rounds: int) -> Rival:
    from narrative.engine.candidates._forest_candidate import N_TREES
    from narrative.engine.candidates.random_forest import RandomForest

    parameters = {name: value for name, value in settings.items() if name != "note"}
    forest = RandomForest().estimator(
        "binary", {**parameters, "n_estimators": min(rounds, N_TREES), "n_jobs": 1, "random_state": 0}
    )
    forest.fit(data.features, data.target.astype(np.int64))
    return Rival(
        forest.predict_proba,
        None,
        lambda: _sklearn_model.trees_from_sklearn(forest.estimators_, n_features=30, problem="binary", floor=1e-6),
    )


RIVALS: dict[str, Callable[[TrainingData, dict[str, Any], int], Rival]] = {
    "lightgbm": _lightgbm,
    "xgboost": _xgboost,
    "catboost": _catboost,
    "random_forest": _random_forest,
}

if __name__ == "__main__":
    main()
