"""The elastic net against scikit-learn, and its path."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.elastic_net import STEP, ElasticNet
from narrative.engine.learners.linear import Linear
from tests.fixtures.training_rows import training_rows


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("rounds", [3, 12])
def test_it_finds_the_weights_of_scikit_learn(share: float, rounds: int) -> None:
    from sklearn.linear_model import ElasticNet as Reference

    random = np.random.default_rng(0)
    features = random.normal(size=(200, 12)) + 2.0
    target = features[:, :3] @ np.array([3.0, -2.0, 1.0]) + random.normal(size=200)
    data = TrainingData(features, target, "regression", 0)
    learner = ElasticNet().fit(data, {"share_of_size": share}, FitOptions(rounds=rounds)).learner
    assert isinstance(learner, Linear)
    # The candidate works on a target of spread one; the penalty of round n is STEP ** n of the one that kills all.
    even = (target - target.mean()) / target.std()
    highest = np.abs((features - features.mean(axis=0)).T @ even).max() / 200 / share
    reference = Reference(alpha=highest * STEP**rounds, l1_ratio=share, tol=1e-12, max_iter=100_000)
    reference.fit(features, even)
    np.testing.assert_allclose(learner.weights[0], reference.coef_ * target.std(), atol=1e-5)
    np.testing.assert_array_equal(learner.weights[0] == 0.0, reference.coef_ == 0.0)


def test_two_classes_meet_the_conditions_of_the_least_penalised_log_loss() -> None:
    data = training_rows("binary", "linear", n_valid=0)
    learner = ElasticNet().fit(data, {"share_of_size": 0.5}, FitOptions(rounds=6)).learner
    assert isinstance(learner, Linear)
    shares = 1.0 / (1.0 + np.exp(-learner.margins(data.features)[:, 0]))
    usual = data.target.mean()
    around = data.features - data.features.mean(axis=0)
    highest = np.abs(around.T @ (usual - data.target)).max() / len(data.target) / 0.5
    price, slope = highest * STEP**6, data.features.T @ (shares - data.target) / len(data.target)
    weights = learner.weights[0]
    used = weights != 0.0
    assert used.any()
    # Subgradient conditions: equality where a weight is used, at most the price where it is not.
    np.testing.assert_allclose((slope + 0.5 * price * (np.sign(weights) + weights))[used], 0.0, atol=1e-5)
    assert (np.abs(slope[~used]) <= 0.5 * price + 1e-6).all()


def test_columns_that_say_nothing_get_no_weight_and_the_count_is_told() -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(400, 60))
    target = 4.0 * features[:, 7] + random.normal(size=400)
    data = TrainingData(features[:300], target[:300], "regression", 0, features[300:], target[300:])
    fitted = ElasticNet().fit(data, {"share_of_size": 0.95}, FitOptions())
    assert isinstance(fitted.learner, Linear)
    assert fitted.learner.weights[0, 7] == pytest.approx(4.0, abs=0.5)
    assert fitted.details["columns_used"] == (fitted.learner.weights[0] != 0.0).sum() < 40
