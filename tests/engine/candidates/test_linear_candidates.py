"""Linear candidates against scikit-learn, and their own promises."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.core.clock import Deadline, SystemClock
from narrative.core.errors import InvalidInput
from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.logistic_regression import LogisticRegression
from narrative.engine.candidates.ridge import Ridge
from narrative.engine.learners.linear import Linear
from narrative.engine.types import Problem
from tests.fixtures.training_rows import training_rows


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
@pytest.mark.parametrize("strength", [0.05, 1.0, 20.0])
def test_logistic_regression_finds_the_weights_of_scikit_learn(problem: Problem, strength: float) -> None:
    from sklearn.linear_model import LogisticRegression as Reference

    data = training_rows(problem, "linear", n_valid=0)
    learner = LogisticRegression().fit(data, {"strength": strength}, FitOptions()).learner
    reference = Reference(C=strength, tol=1e-9, max_iter=5_000).fit(data.features, data.target.astype(int))
    assert isinstance(learner, Linear)
    # The bias of several classes is settled up to a constant only.
    bias = learner.bias - (learner.bias.mean() if problem == "multiclass" else 0.0)
    theirs = reference.intercept_ - (reference.intercept_.mean() if problem == "multiclass" else 0.0)
    np.testing.assert_allclose(learner.weights, reference.coef_, atol=2e-3)
    np.testing.assert_allclose(bias, theirs, atol=2e-3)


def test_weighted_rows_equal_repeated_rows() -> None:
    data = training_rows("binary", "linear", n_valid=0)
    weights = np.where(np.arange(len(data.target)) % 3 == 0, 2.0, 1.0)
    doubled = np.repeat(np.arange(len(data.target)), weights.astype(int))
    weighted = TrainingData(data.features, data.target, "binary", 2, weights=weights)
    repeated = TrainingData(data.features[doubled], data.target[doubled], "binary", 2)
    # The penalty counts per row, so the repeated table needs the strength in proportion.
    ratio = len(data.target) / len(doubled)
    first = LogisticRegression().fit(weighted, {"strength": 1.0}, FitOptions()).learner
    second = LogisticRegression().fit(repeated, {"strength": ratio}, FitOptions()).learner
    np.testing.assert_allclose(first.margins(data.features), second.margins(data.features), atol=1e-3)


@pytest.mark.parametrize("shape", [(200, 10), (40, 90)], ids=["more rows", "more columns"])
@pytest.mark.parametrize("penalty", [1e-3, 0.3])
def test_ridge_finds_the_weights_of_scikit_learn(shape: tuple[int, int], penalty: float) -> None:
    from sklearn.linear_model import Ridge as Reference

    random = np.random.default_rng(0)
    features = random.normal(size=shape) + 3.0
    target = features @ random.normal(size=shape[1]) + random.normal(size=shape[0]) + 7.0
    data = TrainingData(features, target, "regression", 0)
    learner = Ridge().fit(data, {"penalty": penalty}, FitOptions()).learner
    reference = Reference(alpha=penalty * shape[0], solver="svd", tol=1e-12).fit(features, target)
    np.testing.assert_allclose(learner.margins(features)[:, 0], reference.predict(features), rtol=1e-8)


@pytest.mark.parametrize("shape", [(200, 10), (40, 90)], ids=["more rows", "more columns"])
def test_ridge_chooses_the_penalty_with_the_least_generalised_cross_validation_error(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=shape)
    target = features[:, 0] + 2.0 * random.normal(size=shape[0])
    fitted = Ridge().fit(TrainingData(features, target, "regression", 0), {"penalty": None}, FitOptions())

    def error(penalty: float) -> float:
        # Written out with the hat matrix: residual sum of squares over the squared number of free rows.
        centered = features - features.mean(axis=0)
        inverse = np.linalg.inv(centered.T @ centered + penalty * shape[0] * np.eye(shape[1]))
        hat = centered @ inverse @ centered.T
        residual = (np.eye(shape[0]) - hat) @ (target - target.mean())
        return float(residual @ residual / (shape[0] - 1 - np.trace(hat)) ** 2)

    chosen = fitted.details["penalty_per_row"]
    assert all(error(chosen) <= error(other) * (1 + 1e-9) for other in np.logspace(-4, 2, 13))


@pytest.mark.parametrize("candidate", [Ridge(), LogisticRegression()], ids=lambda candidate: candidate.name)
def test_gaps_are_refused_with_a_way_on(candidate: Ridge | LogisticRegression) -> None:
    problem = min(candidate.problems)
    data = training_rows(problem, "linear")
    data.features[3, 1] = np.nan
    with pytest.raises(InvalidInput) as caught:
        candidate.fit(data, candidate.settings(problem, 240, 4)[0], FitOptions())
    assert caught.value.code == "features_not_finite"
    assert caught.value.fix


def test_a_passed_deadline_gives_the_shares_of_the_classes_rather_than_nothing() -> None:
    data = training_rows("binary", "linear", n_valid=0)
    options = FitOptions(deadline=Deadline(SystemClock(), 0.0))
    fitted = LogisticRegression().fit(data, {"strength": 1.0}, options)
    assert fitted.stopped_by_deadline
    share = 1.0 / (1.0 + np.exp(-fitted.learner.margins(data.features)[:, 0]))
    np.testing.assert_allclose(share, data.target.mean(), rtol=1e-9)
