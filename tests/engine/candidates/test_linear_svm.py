"""The border against scikit-learn, and the honesty of the odds."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.linear_svm import LinearSVM
from narrative.engine.learners.linear import Linear
from narrative.engine.types import Problem
from tests.fixtures.training_rows import loss, training_rows


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
@pytest.mark.parametrize("strength", [0.01, 1.0])
def test_weights_are_those_of_scikit_learn_up_to_one_factor_per_class(problem: Problem, strength: float) -> None:
    from sklearn.svm import LinearSVC

    data = training_rows(problem, "linear", n_valid=0)
    learner = LinearSVM().fit(data, {"strength": strength}, FitOptions()).learner
    assert isinstance(learner, Linear)
    # The library puts a price on the bias as well; scaled up a thousandfold it hardly has one.
    reference = LinearSVC(C=strength, dual=False, tol=1e-9, intercept_scaling=1e3, max_iter=20_000)
    reference.fit(data.features, data.target.astype(int))
    for own, theirs in zip(learner.weights, reference.coef_, strict=True):
        factor = np.linalg.norm(own) / np.linalg.norm(theirs)
        np.testing.assert_allclose(own / factor, theirs, atol=2e-3)


def test_odds_are_fair_on_fresh_rows_although_columns_outnumber_what_rows_can_tell() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(5_300, 40))
    chance = 1.0 / (1.0 + np.exp(-1.5 * features[:, 0]))
    target = (random.random(5_300) < chance).astype(np.float64)
    data = TrainingData(features[:300], target[:300], "binary", 2)
    learner = LinearSVM().fit(data, {"strength": 0.1}, FitOptions()).learner
    margins = learner.margins(features[300:])
    # Calibrated on the rows it was learned from, margins would be several times too large.
    best = min((loss("binary", margins * factor, target[300:]), factor) for factor in (0.25, 0.5, 1.0, 2.0, 4.0))
    assert best[1] in (0.5, 1.0, 2.0)
    assert loss("binary", margins, target[300:]) < np.log(2.0)
