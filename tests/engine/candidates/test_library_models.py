"""Converted models answer and explain as the libraries' own implementations do."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from narrative.core.errors import InternalError
from narrative.engine.candidates._catboost_model import trees_from_catboost
from narrative.engine.candidates._lightgbm_model import trees_from_lightgbm
from narrative.engine.candidates._parity import check_parity
from narrative.engine.candidates._sklearn_model import trees_from_histograms, trees_from_sklearn
from narrative.engine.candidates._xgboost_model import trees_from_xgboost
from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.lightgbm import LightGBM
from narrative.engine.learners.base import Learner
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray, Problem
from tests.fixtures.training_rows import training_rows

PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")
ROUNDS = 12


def agree(own: FloatArray, theirs: Any, tolerance: float) -> None:
    """Equal up to ``tolerance`` times the largest value: libraries sum in single precision."""
    theirs = np.asarray(theirs, dtype=np.float64).reshape(own.shape)
    assert np.max(np.abs(own - theirs)) <= tolerance * max(1.0, float(np.abs(theirs).max()))


def rows_with_surprises(data: TrainingData) -> FloatArray:
    """Training rows, rows with everything missing, far outside, and missing where training had no gap."""
    far = np.array([[1e6] * 4, [-1e6] * 4, [np.nan] * 4, [0.0] * 4])
    holes = data.features[:4].copy()
    holes[np.arange(4), np.arange(4)] = np.nan
    return np.concatenate([data.features[:60], far, holes])


def shap_values(model: Any, rows: FloatArray) -> Any:
    """Reasons by the reference implementation of TreeSHAP."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)  # The library's import uses old names of another.
        import shap
    return shap.TreeExplainer(model, feature_perturbation="tree_path_dependent").shap_values(rows)


def _outputs(data: TrainingData) -> int:
    return data.n_classes if data.problem == "multiclass" else 1


def _data(problem: Problem, gaps: bool) -> TrainingData:
    return training_rows(problem, "trees" if gaps else "linear", n_valid=0)


@pytest.mark.parametrize("gaps", [True, False], ids=["gaps in training", "no gap in training"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_lightgbm(problem: Problem, gaps: bool) -> None:
    import lightgbm as lgb

    data = _data(problem, gaps)
    objective = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}[problem]
    parameters = {"objective": objective, "verbosity": -1, "num_threads": 1, "num_leaves": 12, "min_data_in_leaf": 5}
    parameters |= {"num_class": 4} if problem == "multiclass" else {}
    booster = lgb.train(parameters, lgb.Dataset(data.features, data.target), ROUNDS)
    learner = trees_from_lightgbm(booster.model_to_string(), n_features=4, n_outputs=_outputs(data))
    rows = rows_with_surprises(data)
    agree(learner.margins(rows), booster.predict(rows, raw_score=True), 1e-12)
    agree(learner.contributions(rows), booster.predict(rows, pred_contrib=True), 1e-9)


@pytest.mark.parametrize("gaps", [True, False], ids=["gaps in training", "no gap in training"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_xgboost(problem: Problem, gaps: bool) -> None:
    import xgboost as xgb

    data = _data(problem, gaps)
    objective = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}[problem]
    parameters = {"objective": objective, "verbosity": 0, "nthread": 1, "max_depth": 4}
    parameters |= {"base_score": 0.5 if problem == "binary" else 0.0}
    parameters |= {"num_class": 4} if problem == "multiclass" else {}
    booster = xgb.train(parameters, xgb.DMatrix(data.features, data.target), ROUNDS)
    model = bytes(booster.save_raw("json"))
    learner = trees_from_xgboost(model, n_features=4, base=np.zeros(_outputs(data)))
    rows = rows_with_surprises(data)
    agree(learner.margins(rows), booster.predict(xgb.DMatrix(rows), output_margin=True), 1e-6)
    agree(learner.contributions(rows), booster.predict(xgb.DMatrix(rows), pred_contribs=True), 1e-6)
    half = trees_from_xgboost(model, n_features=4, base=np.zeros(_outputs(data)), n_rounds=5)
    theirs = booster.predict(xgb.DMatrix(rows), output_margin=True, iteration_range=(0, 5))
    agree(half.margins(rows), theirs, 1e-6)


@pytest.mark.parametrize("gaps", [True, False], ids=["gaps in training", "no gap in training"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_catboost(problem: Problem, gaps: bool, tmp_path: Path) -> None:
    import catboost as cb

    data = _data(problem, gaps)
    objective = {"binary": "Logloss", "multiclass": "MultiClass", "regression": "RMSE"}[problem]
    parameters = {"loss_function": objective, "depth": 4, "thread_count": 1, "iterations": ROUNDS, "learning_rate": 0.3}
    booster = cb.CatBoost({**parameters, "allow_writing_files": False, "logging_level": "Silent"})
    booster.fit(cb.Pool(data.features, data.target))
    booster.save_model(str(tmp_path / "model.json"), format="json")
    model = json.loads((tmp_path / "model.json").read_bytes())
    learner = trees_from_catboost(model, n_features=4, n_outputs=_outputs(data))
    rows = rows_with_surprises(data)
    agree(learner.margins(rows), booster.predict(rows, prediction_type="RawFormulaVal"), 1e-12)
    # Their treatment of branches that no training row took is their own, so reasons are compared on training rows.
    theirs = booster.get_feature_importance(cb.Pool(data.features[:60]), type="ShapValues")
    agree(learner.contributions(data.features[:60]), theirs, 1e-6)


@pytest.mark.parametrize("gaps", [True, False], ids=["gaps in training", "no gap in training"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_scikit_learn(problem: Problem, gaps: bool) -> None:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    data = _data(problem, gaps)
    kind = RandomForestRegressor if problem == "regression" else RandomForestClassifier
    forest = kind(n_estimators=ROUNDS, max_depth=6, random_state=0)
    forest.fit(data.features, data.target if problem == "regression" else data.target.astype(int))
    learner = trees_from_sklearn(forest.estimators_, n_features=4, problem=problem, floor=1e-9)
    # Read as a plain sum, the learner is the average of leaves that the library predicts and shap explains.
    plain = Trees.from_parts({**learner.to_parts()[0], "link": "margin"}, learner.to_parts()[1])
    rows = rows_with_surprises(data) if gaps else data.features[:60]
    theirs = forest.predict(rows) if problem == "regression" else forest.predict_proba(rows)
    agree(plain.margins(rows), theirs[:, 1:] if problem == "binary" else theirs, 1e-12)


@pytest.mark.parametrize("gaps", [True, False], ids=["gaps in training", "no gap in training"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_histogram_gradient_boosting(problem: Problem, gaps: bool) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    data = _data(problem, gaps)
    kind = HistGradientBoostingRegressor if problem == "regression" else HistGradientBoostingClassifier
    booster = kind(max_iter=ROUNDS, early_stopping=False, random_state=0)
    booster.fit(data.features, data.target)
    learner = trees_from_histograms(booster, n_features=4, n_rounds=ROUNDS)
    rows = rows_with_surprises(data)
    theirs = booster.predict(rows) if problem == "regression" else booster.decision_function(rows)
    agree(learner.margins(rows), theirs, 1e-12)


@pytest.mark.slow  # importing shap takes seconds
@pytest.mark.parametrize("library", ["lightgbm", "xgboost", "scikit-learn"])
def test_reasons_equal_those_of_shap(library: str) -> None:
    import lightgbm as lgb
    import xgboost as xgb
    from sklearn.ensemble import RandomForestRegressor

    data = _data("regression", gaps=False)
    learner: Learner
    model: Any
    if library == "lightgbm":
        model = lgb.train({"verbosity": -1, "num_threads": 1}, lgb.Dataset(data.features, data.target), ROUNDS)
        learner = trees_from_lightgbm(model.model_to_string(), n_features=4, n_outputs=1)
    elif library == "xgboost":
        model = xgb.train({"base_score": 0.0, "nthread": 1}, xgb.DMatrix(data.features, data.target), ROUNDS)
        learner = trees_from_xgboost(bytes(model.save_raw("json")), n_features=4, base=np.zeros(1))
    else:
        model = RandomForestRegressor(ROUNDS, max_depth=6, random_state=0).fit(data.features, data.target)
        learner = trees_from_sklearn(model.estimators_, n_features=4, problem="regression", floor=1e-6)
    agree(learner.contributions(data.features[:40])[:, 0, :-1], shap_values(model, data.features[:40]), 1e-6)


def test_lightgbm_with_a_kind_of_split_it_does_not_know_is_refused() -> None:
    import lightgbm as lgb

    data = _data("regression", gaps=False)
    parameters = {"verbosity": -1, "num_threads": 1, "zero_as_missing": True, "min_data_in_leaf": 5}
    booster = lgb.train(parameters, lgb.Dataset(np.round(data.features), data.target), 2)
    with pytest.raises(InternalError) as caught:
        trees_from_lightgbm(booster.model_to_string(), n_features=4, n_outputs=1)
    assert caught.value.code == "candidate_conversion"


def test_parity_notices_a_learner_that_differs_in_one_leaf() -> None:
    data = training_rows("binary", n_valid=0)
    candidate = LightGBM()
    learner = candidate.fit(data, candidate.settings("binary", 240, 4)[0], FitOptions(rounds=5)).learner
    assert isinstance(learner, Trees)
    own = 1.0 / (1.0 + np.exp(-learner.margins(data.features)[:, 0]))
    assert check_parity(learner, data, lambda rows: own) < 1e-15
    learner.value[0] += 0.01
    damaged = Trees.from_parts(*learner.to_parts())
    with pytest.raises(InternalError) as caught:
        check_parity(damaged, data, lambda rows: own)
    assert caught.value.code == "candidate_parity"
    assert caught.value.context["difference"] > 1e-5


def test_parity_notices_predictions_that_are_no_numbers() -> None:
    data = training_rows("regression", n_valid=0)
    candidate = LightGBM()
    learner = candidate.fit(data, candidate.settings("regression", 240, 4)[0], FitOptions(rounds=5)).learner
    with pytest.raises(InternalError):
        check_parity(learner, data, lambda rows: np.full(len(rows), np.nan))
