"""Calibration against scikit-learn's unpenalised logistic regression, and that it does no harm."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from narrative.engine.learners.base import sigmoid, softmax
from narrative.engine.scores.log_loss import row_losses
from narrative.engine.training.calibration import fit_calibration, probabilities


def test_the_binary_slope_and_offset_are_those_of_a_logistic_regression_on_the_margin() -> None:
    random = np.random.default_rng(1)
    margin = random.normal(size=4_000) * 3
    target = (random.random(4_000) < sigmoid(0.5 * margin - 0.7)).astype(np.float64)
    slope, offsets = fit_calibration("binary", margin[:, None], target)
    reference = LogisticRegression(C=np.inf).fit(margin[:, None], target)
    assert slope == pytest.approx(reference.coef_[0, 0], abs=0.01)
    assert offsets[0] == pytest.approx(reference.intercept_[0], abs=0.01)


def test_overconfident_classes_are_cooled_down() -> None:
    random = np.random.default_rng(2)
    true = random.normal(size=(3_000, 4))
    target = np.array([random.choice(4, p=row) for row in softmax(true)], dtype=np.float64)
    slope, offsets = fit_calibration("multiclass", 3 * true + 5, target)
    assert slope == pytest.approx(1 / 3, abs=0.04)
    before = row_losses(target, softmax(3 * true)).mean()
    after = row_losses(target, softmax(slope * 3 * true + offsets)).mean()
    assert after < before - 0.1


def test_margins_that_are_right_already_are_hardly_touched() -> None:
    random = np.random.default_rng(3)
    margin = random.normal(size=(3_000, 1)) * 2
    target = (random.random(3_000) < sigmoid(margin[:, 0])).astype(np.float64)
    slope, offsets = fit_calibration("binary", margin, target)
    assert slope == pytest.approx(1.0, abs=0.1)
    assert offsets[0] == pytest.approx(0.0, abs=0.1)


def test_perfect_separation_stays_finite() -> None:
    margin = np.r_[np.full(20, -1.0), np.full(20, 1.0)][:, None]
    slope, offsets = fit_calibration("binary", margin, np.repeat([0.0, 1.0], 20))
    assert 1.0 < slope < 20.0
    assert np.isfinite(offsets).all()


def test_numbers_are_never_calibrated() -> None:
    assert fit_calibration("regression", np.ones((5, 1)), np.ones(5))[0] == 1.0
    assert probabilities("regression", np.ones((5, 1))).shape == (5,)
