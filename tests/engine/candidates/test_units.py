"""Training in even units, and the way back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from narrative.engine.candidates._units import in_even_units, in_own_units
from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.extra_trees import ExtraTrees
from narrative.engine.candidates.lightgbm import LightGBM
from narrative.engine.candidates.ridge import Ridge
from narrative.engine.candidates.xgboost import XGBoost
from narrative.engine.learners.constant import Constant
from tests.fixtures.training_rows import training_rows


def test_a_regression_target_is_centered_and_scaled_by_weight() -> None:
    data = TrainingData(np.zeros((3, 1)), np.array([1.0, 2.0, 6.0]), "regression", 0, weights=np.array([1.0, 1.0, 2.0]))
    even, unit = in_even_units(data)
    assert unit is not None
    # Weighted mean (1 + 2 + 12) / 4 = 3.75; weighted variance (7.5625 + 3.0625 + 2 × 5.0625) / 4 = 5.1875.
    assert unit.shift == pytest.approx(3.75)
    assert unit.scale == pytest.approx(5.1875**0.5)
    np.testing.assert_allclose(even.target * unit.scale + unit.shift, data.target)
    np.testing.assert_array_equal(data.target, [1.0, 2.0, 6.0])


def test_classes_have_no_unit() -> None:
    data = training_rows("multiclass")
    even, unit = in_even_units(data)
    assert unit is None
    assert even.target is data.target


@pytest.mark.parametrize("candidate", [LightGBM(), Ridge(), ExtraTrees()], ids=lambda candidate: candidate.name)
@pytest.mark.parametrize("scale", [2.0**-660, 2.0**-30, 2.0**30, 2.0**660])
def test_the_unit_of_the_target_changes_nothing_but_the_unit(
    scale: float, candidate: LightGBM | Ridge | ExtraTrees
) -> None:
    data = training_rows("regression", candidate.view)
    settings = candidate.settings("regression", 240, 4)[0]
    plain = candidate.fit(data, settings, FitOptions(rounds=20)).learner.margins(data.features)
    assert data.valid_target is not None
    scaled = replace(data, target=data.target * scale, valid_target=data.valid_target * scale)
    other = candidate.fit(scaled, settings, FitOptions(rounds=20)).learner.margins(data.features)
    np.testing.assert_allclose(other / scale, plain, rtol=1e-6)


@pytest.mark.parametrize("candidate", [XGBoost(), ExtraTrees(), LightGBM()], ids=lambda candidate: candidate.name)
def test_endless_and_huge_features_are_read_as_very_large(candidate: XGBoost | ExtraTrees | LightGBM) -> None:
    data = training_rows("binary")
    data.features[::7, 0], data.features[1::7, 0], data.features[2::7, 1] = np.inf, -np.inf, 1e300
    learner = candidate.fit(data, candidate.settings("binary", 240, 4)[0], FitOptions(rounds=10)).learner
    bounded = np.clip(data.features, -1e38, 1e38)
    np.testing.assert_array_equal(learner.margins(data.features), learner.margins(bounded))


def test_a_learner_that_has_no_unit_is_a_mistake_of_the_caller() -> None:
    _, unit = in_even_units(training_rows("regression"))
    assert unit is not None
    with pytest.raises(TypeError):
        in_own_units(Constant(4, np.zeros(1)), unit)
