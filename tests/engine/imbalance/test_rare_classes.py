"""A class of one row in a hundred or in a thousand: a model that finds it, an honest account, usable probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from narrative.engine.bundle import load_bundle
from narrative.engine.pipeline import run_pipeline
from narrative.engine.training.assemble import assemble
from narrative.engine.training.plan import Plan
from narrative.engine.training.types import TrainingOptions, TrainingResult
from tests.fixtures.training_runs import prepared, run_here, train_here


def table(n: int, rare: int, seed: int = 1, shift: float = 4.0) -> pl.DataFrame:
    """A number that tells the rare rows apart, a category, a gap here and there."""
    random = np.random.default_rng(seed)
    is_rare = random.permutation(np.arange(n) < rare)
    noise = random.normal(size=n)
    return pl.DataFrame(
        {
            "signal": random.normal(size=n) + shift * is_rare,
            "noise": [None if index % 13 == 0 else float(value) for index, value in enumerate(noise)],
            "group": random.choice(["u", "v", "w"], size=n),
            "fraud": np.where(is_rare, "yes", "no"),
        }
    )


def assert_not_hidden(result: TrainingResult, share: float) -> None:
    """Average precision leads the companions, and its baseline is the share that accuracy would hide."""
    evaluation = result.evaluation
    assert next(iter(evaluation.companions)) == "average_precision"
    precision, guessing = (
        evaluation.companions["average_precision"],
        evaluation.companion_baselines["average_precision"],
    )
    assert precision is not None
    assert guessing is not None
    assert guessing < 3 * share
    assert precision > 20 * share
    assert evaluation.score > 0.9
    assert (evaluation.companions["recall"] or 0.0) > 0.3


@pytest.mark.parametrize("method", ["none", "class_weights", "smote", "adasyn", "borderline_smote"])
def test_six_rows_in_six_thousand_train(tmp_path: Path, method: str) -> None:
    result = train_here(
        tmp_path,
        table(6_006, 6),
        6.0,
        target="fraud",
        budget_seconds=20.0,
        imbalance=method,
        candidates=["logistic_regression"],
    )
    assert_not_hidden(result, 6 / 6_006)
    report = result.imbalance
    assert report is not None
    assert (report.chosen, report.rarest_class) == (method, "yes")
    common, rare = report.rows_before
    assert 4 <= rare <= 6, "of the rows that the delivered model learned from"
    afterwards = {"none": float(rare), "class_weights": (common + rare) / 2}.get(method, float(common))
    assert report.rows_after[1] == pytest.approx(afterwards, rel=1e-6)
    mean = float(result.test_predictions[:, 1].mean())
    assert mean == pytest.approx(float(result.test_target.mean()), abs=0.002)


@pytest.mark.slow
def test_one_row_in_a_hundred_is_compared_and_recorded(tmp_path: Path) -> None:
    """The table of methods is in the result and in the plan; doing the plan again needs no comparison."""
    frame = table(3_000, 30)
    options = TrainingOptions(target="fraud", budget_seconds=300.0, candidates=["logistic_regression"])
    run = prepared(tmp_path / "first", frame, options)
    run_here(run, 40.0)
    result = assemble(run, was_stopped=False, seconds=1.0)
    assert_not_hidden(result, 0.01)
    report = result.imbalance
    assert report is not None
    assert report.folds >= 3
    assert [line.name for line in report.methods] == ["none", "class_weights", "smote", "adasyn", "borderline_smote"]
    assert all(line.average_precision_difference is not None for line in report.methods[1:])
    assert report.decided_by == "average_precision"
    assert report.chosen == report.recommended
    assert result.plan["imbalance"]["method"] == report.chosen
    again = prepared(tmp_path / "again", frame, options.model_copy(update={"plan": result.plan}))
    assert isinstance(again.plan, Plan)
    run_here(again, 40.0)
    assert again.folder.read_json("imbalance") == run.folder.read_json("imbalance")


def test_a_table_without_a_rare_class_is_left_alone(tmp_path: Path) -> None:
    result = train_here(
        tmp_path, table(600, 120), 4.0, target="fraud", budget_seconds=10.0, candidates=["logistic_regression"]
    )
    assert result.imbalance is None


@pytest.mark.slow
def test_stated_costs_set_the_cut_everywhere(tmp_path: Path) -> None:
    """In the evaluation, the model file, its answers and the account; and it saves against one half."""
    frame = table(4_000, 200, shift=2.0)
    options = TrainingOptions(
        target="fraud",
        budget_seconds=30.0,
        candidates=["logistic_regression"],
        imbalance="class_weights",
        costs={"false_positive": 1.0, "false_negative": 40.0},
    )
    outcome = run_pipeline(frame, options, tmp_path)
    evaluation = outcome.result.evaluation
    assert evaluation.costs is not None
    assert evaluation.threshold == evaluation.costs.threshold == outcome.result.model.threshold
    assert evaluation.threshold < 0.3
    assert evaluation.costs.saved > 0
    predictions = load_bundle(outcome.bundle.path).predict(frame)
    positive = np.array(predictions.probabilities)[:, 1]
    assert (np.array(predictions.answers) == "yes").tolist() == (positive >= evaluation.threshold).tolist()
    assert outcome.to_dict()["costs"]["threshold"] == evaluation.threshold
    assert outcome.to_dict()["imbalance"]["chosen"] == "class_weights"
    said = [sentence.text for story in outcome.stories for sentence in [*story.found, *story.meaning]]
    assert any("By your costs" in text and "a saving of" in text for text in said)
