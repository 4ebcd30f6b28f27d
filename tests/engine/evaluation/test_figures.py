from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from narrative.engine.evaluation.figures import measure
from narrative.engine.evaluation.rows import Rows
from tests.fixtures.evaluated import scored, scored_numbers


def test_every_score_of_two_classes_is_that_of_scikit_learn() -> None:
    rows = scored()
    truth, positive = rows.target, rows.positive()
    answers = positive >= 0.5
    expected = {
        "roc_auc": metrics.roc_auc_score(truth, positive),
        "average_precision": metrics.average_precision_score(truth, positive),
        "log_loss": metrics.log_loss(truth, positive),
        "brier": metrics.brier_score_loss(truth, positive),
        "accuracy": metrics.accuracy_score(truth, answers),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, answers),
        "precision": metrics.precision_score(truth, answers),
        "recall": metrics.recall_score(truth, answers),
        "f1": metrics.f1_score(truth, answers),
    }
    found = measure(rows)
    assert found.primary == "roc_auc"
    assert {each.name: each.value for each in found.scores} == pytest.approx(expected, abs=1e-9)


def test_every_figure_has_an_interval_around_it_and_a_baseline() -> None:
    for rows in (scored(), scored(5_000), scored_numbers()):
        for figure in measure(rows).scores:
            assert figure.value is not None
            assert figure.interval is not None
            assert figure.interval[0] <= figure.value <= figure.interval[1]
            assert figure.interval[0] < figure.interval[1]
            if figure.name not in {"precision", "f1"}:  # one answer to all may flag nothing
                assert figure.baseline is not None


def test_the_baseline_is_the_same_answer_to_every_row() -> None:
    rows = scored_numbers()
    found = measure(rows)
    assert found.named("rmse").baseline == pytest.approx(rows.target.std())
    assert found.named("r2").baseline == pytest.approx(0.0, abs=1e-12)
    assert measure(scored()).named("roc_auc").baseline == 0.5


@pytest.mark.slow
def test_intervals_hold_the_true_score_about_as_often_as_they_say() -> None:
    truth = measure(scored(60_000, seed=999))
    names = ("roc_auc", "accuracy", "brier")
    inside = dict.fromkeys(names, 0)
    for seed in range(60):
        found = measure(scored(300, seed=seed))
        for name in names:
            low, high = found.named(name).interval or (0.0, 0.0)
            inside[name] += low <= (truth.named(name).value or 0.0) <= high
    assert min(inside.values()) >= 52  # of 60 by the binomial at 95 %: fewer has a chance below 1 in 100


def test_a_part_with_one_class_says_which_scores_do_not_apply() -> None:
    rows = scored()
    found = measure(rows.at(np.flatnonzero(rows.target == 1)))
    auc = found.named("roc_auc")
    assert auc.value is None
    assert auc.not_applicable is not None
    assert "one class" in auc.not_applicable
    assert found.named("recall").value is not None


def test_constant_predictions_are_not_ranked() -> None:
    rows = scored()
    same = Rows("binary", rows.target, np.tile([0.4, 0.6], (rows.size, 1)), rows.positions)
    found = measure(same)
    for name in ("roc_auc", "average_precision"):
        assert found.named(name).value is None
        assert "same prediction" in (found.named(name).not_applicable or "")
    assert found.named("accuracy").value == pytest.approx(rows.target.mean())


def test_too_few_rows_have_no_score_at_all() -> None:
    found = measure(scored().at(np.arange(9)))
    assert all(each.value is None and each.not_applicable for each in found.scores)
    assert "9 rows" in (found.scores[0].not_applicable or "")


def test_precision_does_not_apply_where_nothing_is_flagged() -> None:
    rows = scored()
    cautious = Rows("binary", rows.target, rows.predictions, rows.positions, threshold=2.0)
    assert "flagged" in (measure(cautious).named("precision").not_applicable or "")


def test_a_constant_target_has_no_share_of_ups_and_downs() -> None:
    rows = scored_numbers()
    flat = Rows("regression", np.ones(rows.size), rows.predictions, rows.positions)
    assert measure(flat).named("r2").not_applicable is not None


def test_the_sentence_says_score_range_and_baseline() -> None:
    sentence = measure(scored()).words.sentence
    assert sentence is not None
    assert sentence.text.startswith("ROC AUC is 0.8")
    assert "scores 0.500, which luck does not explain" in sentence.text
