"""Every score against scikit-learn, and where it is not defined."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.scores import (
    PRIMARY,
    all_scores,
    check_metric,
    compute_scores,
    primary_score,
    ranking_scores,
)
from narrative.engine.scores.base import LabelScore
from narrative.engine.types import FloatArray, Problem


def binary(n: int = 300, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(seed)
    target = (random.random(n) < 0.3).astype(np.float64)
    positive = np.round(np.clip(0.3 + 0.25 * target + 0.2 * random.normal(size=n), 0.01, 0.99), 2)  # with ties
    return target, np.column_stack([1 - positive, positive])


def multiclass(n: int = 300, k: int = 4, seed: int = 2) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(seed)
    target = random.integers(k, size=n)
    raw = random.random((n, k))
    raw[np.arange(n), target] += 0.5
    return target.astype(np.float64), raw / raw.sum(axis=1, keepdims=True)


def regression(n: int = 300, seed: int = 3) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(seed)
    target = random.normal(size=n) * 10
    return target, target + random.normal(size=n) * 3


def test_binary_scores_equal_scikit_learn() -> None:
    target, predictions = binary()
    positive, answers = predictions[:, 1], predictions[:, 1] >= 0.4
    assert compute_scores("binary", target, predictions, threshold=0.4) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(target, answers),
            "average_precision": metrics.average_precision_score(target, positive),
            "balanced_accuracy": metrics.balanced_accuracy_score(target, answers),
            "brier": metrics.brier_score_loss(target, positive),
            "f1": metrics.f1_score(target, answers),
            "log_loss": metrics.log_loss(target, positive),
            "precision": metrics.precision_score(target, answers),
            "recall": metrics.recall_score(target, answers),
            "roc_auc": metrics.roc_auc_score(target, positive),
        },
        abs=1e-12,
    )


def test_multiclass_scores_equal_scikit_learn() -> None:
    target, predictions = multiclass()
    answers = predictions.argmax(axis=1)
    assert compute_scores("multiclass", target, predictions) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(target, answers),
            "balanced_accuracy": metrics.balanced_accuracy_score(target, answers),
            "brier": metrics.brier_score_loss(target, predictions, scale_by_half=False),
            "f1": metrics.f1_score(target, answers, average="macro"),
            "log_loss": metrics.log_loss(target, predictions),
            "precision": metrics.precision_score(target, answers, average="macro"),
            "recall": metrics.recall_score(target, answers, average="macro"),
            "roc_auc": metrics.roc_auc_score(target, predictions, multi_class="ovr", average="macro"),
        },
        abs=1e-12,
    )


def test_regression_scores_equal_scikit_learn() -> None:
    target, predictions = regression()
    assert compute_scores("regression", target, predictions) == pytest.approx(
        {
            "mae": metrics.mean_absolute_error(target, predictions),
            "r2": metrics.r2_score(target, predictions),
            "rmse": metrics.root_mean_squared_error(target, predictions),
        },
        abs=1e-12,
    )


def test_a_class_that_is_absent_or_never_named_is_handled_as_in_scikit_learn() -> None:
    target, predictions = multiclass()
    rows = target != 2
    target, predictions = target[rows], predictions[rows] * np.array([1, 1, 1, 1e-9])
    answers = predictions.argmax(axis=1)
    scores = compute_scores("multiclass", target, predictions / predictions.sum(axis=1, keepdims=True))
    assert scores["f1"] == pytest.approx(metrics.f1_score(target, answers, average="macro", zero_division=0))
    assert scores["precision"] == pytest.approx(
        metrics.precision_score(target, answers, average="macro", zero_division=0)
    )


def test_the_ranking_score_is_fixed_by_the_problem() -> None:
    assert {problem: primary_score(problem).name for problem in PRIMARY} == PRIMARY
    assert primary_score("binary").higher_is_better
    assert not primary_score("regression").higher_is_better


def test_a_chosen_score_ranks_instead() -> None:
    assert primary_score("binary", "f1").name == "f1"
    assert primary_score("regression", "auto").name == "rmse"


@pytest.mark.parametrize(
    ("metric", "problem", "reason"),
    [
        ("f2", "binary", "There is no score named 'f2'"),
        ("rmse", "binary", "does not suit a binary problem"),
        ("average_precision", "multiclass", "does not suit a multiclass problem"),
        ("recall", "binary", "flags everything"),
        ("precision", None, "a single row"),
    ],
)
def test_a_score_that_cannot_rank_is_refused_with_those_that_can(metric: str, problem: Problem, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        check_metric(metric, problem)
    assert refused.value.code == "metric_unfit"
    assert "log_loss" in str(refused.value.fix)


def test_every_score_that_can_rank_is_accepted() -> None:
    for problem in PRIMARY:
        for name in ["auto", *ranking_scores(problem)]:
            check_metric(name, problem)


@pytest.mark.parametrize("name", ["f1", "balanced_accuracy"])
def test_the_own_cut_of_a_score_is_near_the_best_cut_when_probabilities_are_right(name: str) -> None:
    random = np.random.default_rng(20)
    positive = random.beta(0.6, 6.0, size=40_000)
    target = (random.random(positive.size) < positive).astype(np.float64)
    predictions = np.column_stack([1 - positive, positive])
    score = all_scores()[name]()
    assert isinstance(score, LabelScore)
    best = max(score.compute_at(target, predictions, cut) for cut in np.linspace(0.01, 0.6, 120))
    assert score.compute(target, predictions) > best - 0.005
    assert score.compute_at(target, predictions, 0.5) < best - 0.05  # a half would flag next to nothing


def test_the_own_cut_looks_at_no_answer() -> None:
    target, predictions = binary()
    for name in ("f1", "balanced_accuracy", "accuracy"):
        score = all_scores()[name]()
        assert isinstance(score, LabelScore)
        shuffled = np.random.default_rng(1).permutation(target)
        cut = score.own_cut(predictions)
        assert score.compute(shuffled, predictions) == score.compute_at(shuffled, predictions, cut)


@pytest.mark.parametrize("name", ["roc_auc", "precision"])
def test_a_score_that_is_not_defined_says_why(name: str) -> None:
    target, predictions = np.zeros(5), np.tile([0.9, 0.1], (5, 1))
    with pytest.raises(NotApplicable, match="not defined"):
        all_scores()[name]().compute(target, predictions)
    assert compute_scores("binary", target, predictions)[name] is None


def test_no_rows_give_no_score() -> None:
    for name, score in all_scores().items():
        with pytest.raises(NotApplicable):
            score().compute(np.zeros(0), np.zeros(0) if name in {"rmse", "mae", "r2"} else np.zeros((0, 2)))


def test_constant_predictions_rank_like_guessing() -> None:
    target, _ = binary()
    assert primary_score("binary").compute(target, np.tile([0.7, 0.3], (target.size, 1))) == 0.5


def test_a_sure_and_wrong_probability_costs_much_but_stays_finite() -> None:
    loss = all_scores()["log_loss"]().compute(np.array([1.0]), np.array([[1.0, 0.0]]))
    assert 30 < loss < 40


def test_every_score_tells_people_what_it_means() -> None:
    for score in all_scores().values():
        assert score.title
        assert score.sentence.endswith(".")
        assert score.lowest < score.highest
