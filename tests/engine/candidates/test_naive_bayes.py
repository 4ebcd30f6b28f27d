"""Votes of columns against scikit-learn's naive Bayes on the same ranges, and what they must not do."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.engine.candidates.base import FitOptions, TrainingData
from narrative.engine.candidates.naive_bayes import NaiveBayes
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray, Problem
from tests.fixtures.training_rows import training_rows


def _probabilities(margins: FloatArray) -> FloatArray:
    if margins.shape[1] == 1:
        margins = np.concatenate([np.zeros_like(margins), margins], axis=1)
    odds = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_without_smoothing_it_is_scikit_learns_naive_bayes_of_categories(problem: Problem) -> None:
    from sklearn.naive_bayes import CategoricalNB

    random = np.random.default_rng(0)
    n_classes = 2 if problem == "binary" else 3
    features = random.integers(0, 4, (3_000, 5)).astype(np.float64)
    target = ((features[:, 0] + features[:, 1] + random.integers(0, 3, 3_000)) % n_classes).astype(np.float64)
    data = TrainingData(features, target, problem, n_classes)
    fitted = NaiveBayes().fit(data, {"ranges": 64, "smoothing": 1e-9}, FitOptions())
    assert isinstance(fitted.learner, Trees)
    # Its one factor taken back, the sum of votes is the library's sum of logarithms.
    plain = fitted.learner.changed(value=fitted.learner.value / fitted.details["factor"])
    reference = CategoricalNB(alpha=1e-9, force_alpha=True).fit(features.astype(int), target.astype(int))
    theirs = reference.predict_proba(features.astype(int))
    np.testing.assert_allclose(_probabilities(plain.margins(features)), theirs, atol=1e-8)


def test_columns_that_say_the_same_do_not_make_it_surer_of_itself() -> None:
    data = training_rows("binary", n_rows=2_000, n_valid=0)
    tenfold = TrainingData(np.tile(data.features, (1, 10)), data.target, "binary", 2)
    settings = NaiveBayes().settings("binary", 2_000, 4)[0]
    once = NaiveBayes().fit(data, settings, FitOptions()).learner.margins(data.features)
    again = NaiveBayes().fit(tenfold, settings, FitOptions()).learner.margins(tenfold.features)
    assert np.abs(again).max() < 1.6 * np.abs(once).max()


def test_a_missing_value_where_none_was_missing_in_training_changes_nothing() -> None:
    data = training_rows("binary", "linear", n_valid=0)
    learner = NaiveBayes().fit(data, {"ranges": 6, "smoothing": 1.0}, FitOptions()).learner
    usual = np.log(data.target.mean() / (1.0 - data.target.mean()))
    assert learner.margins(np.full((1, 4), np.nan))[0, 0] == pytest.approx(usual)
