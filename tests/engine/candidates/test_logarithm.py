"""Learning the logarithm of a target: the answers are values again, and it is tried where it is worth it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from narrative.engine.candidates._logarithm import in_logarithms, in_values, is_skewed, suited, with_logarithm
from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.catboost import CatBoost
from narrative.engine.candidates.lightgbm import LightGBM
from narrative.engine.candidates.xgboost import XGBoost
from narrative.engine.learners.constant import Constant
from narrative.engine.learners.trees import Trees
from tests.fixtures.training_rows import training_rows

BOOSTERS = [CatBoost(), LightGBM(), XGBoost()]
STANDARD, OTHER = {"note": "Standard", "depth": 6}, {"note": "Other", "depth": 4}


def _products(n_valid: int = 80) -> TrainingData:
    """A target whose effects multiply: the exponential of a sum of two columns and noise."""
    data = training_rows("regression", n_rows=600, n_valid=n_valid)
    valid = None if data.valid_target is None else np.exp(data.valid_target / 40.0)
    return replace(data, target=np.exp(data.target / 40.0), valid_target=valid)


@pytest.mark.parametrize("candidate", BOOSTERS, ids=lambda candidate: candidate.name)
def test_the_answers_are_values_and_have_the_mean_of_the_training_rows(candidate: CatBoost) -> None:
    data = _products()
    settings = suited(candidate.settings("regression", 600, 4), {}, skewed=True)[1]
    learner = candidate.fit(data, settings, FitOptions(threads=1)).learner
    margins = learner.margins(data.features)[:, 0]
    assert margins.mean() == pytest.approx(data.target.mean(), rel=1e-9)
    assert np.corrcoef(margins, data.target)[0, 1] > 0.8
    again = Trees.from_parts(*learner.to_parts())
    np.testing.assert_array_equal(again.margins(data.features), learner.margins(data.features))
    cells = [[None if np.isnan(cell) else cell for cell in row] for row in data.features[:40].tolist()]
    np.testing.assert_array_equal([learner.of_row(row) for row in cells], learner.margins(data.features[:40]))
    effects = learner.contributions(data.features[:40])
    np.testing.assert_allclose(effects.sum(axis=2), learner.margins(data.features[:40]), rtol=1e-9)


def test_effects_that_multiply_are_learned_better_and_effects_that_add_up_are_not() -> None:
    candidate, gains = LightGBM(), []
    for data in (_products(), training_rows("regression", n_rows=600)):
        errors = []
        for settings in suited(candidate.settings("regression", 600, 4), {}, skewed=True)[:2]:
            assert data.valid_features is not None
            assert data.valid_target is not None
            learner = candidate.fit(data, settings, FitOptions(threads=1)).learner
            errors.append(np.mean((learner.margins(data.valid_features)[:, 0] - data.valid_target) ** 2))
        gains.append(1.0 - errors[1] / errors[0])
    assert gains[0] > 0.02 > gains[1]


def test_zeros_and_values_below_zero_are_lifted_above_zero_and_put_back() -> None:
    data = training_rows("regression", n_valid=0)
    for lowest, origin in ((0.0, 2.0), (-3.0, 8.0)):  # next above: 2 and 2; 2 - 2·0 and 2 - 2·(-3)
        shifted = replace(data, target=np.r_[lowest, lowest, 2.0, np.linspace(3.0, 90.0, len(data.target) - 3)])
        logarithms, found = in_logarithms(shifted)
        assert found == origin
        np.testing.assert_allclose(np.exp(logarithms.target) - found, shifted.target, atol=1e-9)


def test_only_a_long_tail_of_values_from_zero_upwards_is_worth_the_attempt() -> None:
    random = np.random.default_rng(3)
    # The skewness of an exponential distribution is 2, of a normal one 0, of a uniform one 0.
    assert is_skewed(random.exponential(size=2_000))
    assert is_skewed(random.exponential(size=2_000) * 1e250)
    assert not is_skewed(random.exponential(size=2_000) - 0.5)
    assert not is_skewed(-random.exponential(size=2_000) + 20.0)
    assert not is_skewed(random.uniform(size=2_000))
    assert not is_skewed(np.zeros(10))
    assert not is_skewed(np.full(10, 7.0))


def test_the_logarithm_comes_second_and_what_follows_goes_the_way_that_was_better() -> None:
    listed = with_logarithm([STANDARD, OTHER], "regression")
    assert [settings.get("target") for settings in listed] == [None, None, "logarithm"]
    assert with_logarithm([STANDARD], "binary") == [STANDARD]
    assert suited(listed, STANDARD, skewed=False) == [STANDARD, OTHER]
    plain = suited(listed, STANDARD, skewed=True)
    assert [(settings["depth"], settings.get("target")) for settings in plain] == [
        (6, None),
        (6, "logarithm"),
        (4, None),
    ]
    assert suited(listed, plain[1], skewed=True)[2] == OTHER | {"target": "logarithm"}


def test_only_trees_can_be_raised() -> None:
    with pytest.raises(TypeError):
        in_values(Constant(4, np.zeros(1)), training_rows("regression"), 0.0)
