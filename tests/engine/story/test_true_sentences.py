"""Sentences that were once wrong or misleading: shares, scores of several pages, models that only guess."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.learners.constant import Constant
from narrative.engine.story import Sources, tell_evaluation, tell_load, tell_profile, tell_training
from narrative.engine.story.facts import FactBook
from narrative.engine.story.types import Claim, Story
from narrative.engine.story.verifier import Verifier
from narrative.engine.tables.types import PersonalColumn
from narrative.engine.training.evaluation import after_uses
from narrative.engine.training.types import TrainingResult
from narrative.engine.types import FloatArray, Problem
from tests.fixtures.outcomes import HASH, customers, outcome, profile_of


def _text(story: Story) -> str:
    return " ".join(each.text for each in (story.headline, *story.found, *story.meaning, *story.unknown))


def _guessing(problem: Problem = "binary", **changes: Any) -> TrainingResult:
    """A run in which the time ended after the baseline."""
    result = outcome(problem).result
    n_outputs = len(result.model.classes) if problem == "multiclass" else 1
    margin: FloatArray = np.asarray([np.log(3.0)] if problem == "binary" else np.arange(n_outputs) + 2.5, dtype=float)
    learner = Constant(6, margin)
    member = replace(result.model.members[0], candidate="baseline", learner=learner, weight=1.0)
    told: dict[str, Any] = {
        "candidates": [line for line in result.candidates if line.name in {"baseline", "xgboost"}],
        "importances": [],
        "best_candidate": "baseline",
        "model": replace(result.model, members=[member]),
        "timings": {"reading": 1.0, "profiling": 0.5, "preparing": 0.5, "learning": 1.0, "finishing": 0.2},
        "plan": {"completed": False, "estimated_seconds": {"baseline": 0.0, "ridge": 0.4, "lightgbm": 3.0}},
    }
    return replace(result, **(told | changes))


def test_a_share_is_told_of_the_rows_it_was_divided_by() -> None:
    frame = customers(200).select("tenure", "contract", "churn")
    gaps = pl.Series(range(200)) < 20
    frame = frame.with_columns(pl.when(gaps).then(None).otherwise(pl.col("churn")).alias("churn"))
    story = tell_profile(profile_of(frame, "churn", "binary"), frame)
    counted = frame["churn"].drop_nulls()
    label = counted.value_counts(sort=True)["churn"][1]
    share = round(100 * (counted == label).sum() / 180)
    assert story.headline.text == f"{share}% of 180 rows have churn = {label}."
    assert "Shares of churn are shares of the 180 rows that have a value, of 200 rows." in _text(story)
    assert story.cut == []


@pytest.mark.parametrize("relation", [None, {"op": "share", "part": "count", "whole": "rows", "result": "share"}])
def test_a_share_of_the_wrong_rows_is_cut(relation: dict[str, Any] | None) -> None:
    frame = pl.DataFrame({"churn": ["Yes"] * 376 + ["No"] * 1_094 + [None] * 30})
    sources = Sources(frame, HASH, None, None)
    book = FactBook(sources)
    book.add("rows", "table.rows", "rows", "integer", unit="rows")
    book.add("known", "table.filled", "rows with a value", "integer", unit="rows", column="churn")
    book.add(
        "count", "table.count", "rows", "integer", unit="rows",
        conditions=[{"column": "churn", "op": "==", "value": "Yes"}],
    )  # fmt: skip
    book.add("share", "table.group_share", "share", "percent", column="churn", value="Yes", conditions=[])
    verifier = Verifier(sources, book.facts)
    wrong = Claim(type="share", text="{share} of {rows:unit} have churn = Yes.", relation=relation)
    assert verifier.why_not(wrong) is not None
    proof = {"op": "share", "part": "count", "whole": "known", "result": "share"}
    assert verifier.why_not(Claim(type="share", text="{share} of {known:unit} say Yes.", relation=proof)) is None


def test_training_and_evaluation_name_one_score_over_the_folds() -> None:
    result = outcome("binary").result
    line = result.candidates[0]
    evaluation = result.evaluation.model_copy(update={"cross_validated_score": line.score})
    result = replace(result, evaluation=evaluation)
    training, story = tell_training(result), tell_evaluation(result)
    assert training.headline.text == f"ROC AUC {line.score:.3f} on 5 folds held out; guessing 0.500."
    assert f"Training measured {line.score:.3f} on 5 folds held out, here it is" in _text(story)
    assert "so their score can flatter" in _text(story)


@pytest.mark.parametrize(("interval", "told"), [((0.7, 0.86), True), ((0.7, 0.8), False)])
def test_a_drop_beyond_the_range_is_never_played_down(interval: tuple[float, float], told: bool) -> None:
    result = outcome("binary").result
    evaluation = result.evaluation.model_copy(update={"cross_validated_score": 0.839, "interval": interval})
    text = _text(tell_evaluation(replace(result, evaluation=evaluation)))
    assert ("luck can do that" in text) is told
    assert ("luck does not explain that" in text) is not told
    assert "holds up" not in text


def test_rows_that_several_runs_were_scored_on_are_told_with_a_wider_range() -> None:
    result = outcome("binary").result
    assert "were scored on these rows" not in _text(tell_evaluation(result))
    story = tell_evaluation(replace(result, evaluation=after_uses(result.evaluation, 3)))
    # The normal quantiles of 1 - 0.025 / 3 and of 0.975 stand as 2.3940 to 1.9600.
    score, (low, high) = result.evaluation.score, result.evaluation.interval
    wider = score - (score - low) * 2.3940 / 1.9600, score + (high - score) * 2.3940 / 1.9600
    assert story.cut == []
    assert "So far 3 experiments were scored on these rows." in _text(story)
    assert f"read the range as {wider[0]:.3f} to {wider[1]:.3f}" in _text(story)
    assert "worn out" not in _text(story)
    assert "worn out" in _text(tell_evaluation(replace(result, evaluation=after_uses(result.evaluation, 20))))


def test_a_split_by_group_is_told_with_its_column() -> None:
    result = outcome("binary").result
    evaluation = result.evaluation.model_copy(update={"group_column": "customer_id"})
    story = tell_evaluation(replace(result, evaluation=evaluation))
    assert story.cut == []
    assert "Rows that share a value of customer_id were kept together" in _text(story)
    assert "kept together" not in _text(tell_evaluation(result))


@pytest.mark.parametrize(("problem", "answer"), [("binary", "Yes"), ("multiclass", "premium"), ("regression", "2.5")])
def test_a_model_that_only_guesses_is_never_told_as_a_success(problem: Problem, answer: str) -> None:
    result = _guessing(problem)
    # (3.2 s measured + 2 s to start + 3 fits of 0.4 s) / 0.5 = 12.8 s, but at least 1.5 x the budget of 60 s.
    for story in (tell_training(result), tell_evaluation(result)):
        text = _text(story)
        assert story.cut == []
        assert "guessing" in story.headline.text.lower()
        assert f"does not look at the columns and answers {answer} for each row" in text
        assert "A usable model needs about 1 min 30 s." in text
        assert "better than guessing" not in text
        assert "Training measured" not in text
        assert "should land between" not in text
        steps = [step.arguments for step in story.next_steps if step.action == "train"]
        assert steps == [{"budget_seconds": 90.0}]
    training = _text(tell_training(result))
    assert ", in 3 s of 1 min." in training
    assert "Reading and preparing the table took 2 s, learning 1 s." in training


def test_without_measured_costs_no_time_is_made_up() -> None:
    text = _text(tell_training(_guessing(timings={})))
    assert "needs about" not in text
    assert "so train with extra time" in text


def test_columns_that_say_nothing_are_not_blamed_on_the_time() -> None:
    whole = outcome("binary").result
    text = _text(tell_training(_guessing(candidates=whole.candidates)))
    assert "The columns here say little about churn" in text
    assert "needs about" not in text
    assert "beats" not in text


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("time", "but is not in the model: its last fit found no time."),
        ("others", "ranked fold by fold; the model was chosen on all their rows together."),
    ],
)
def test_a_leader_that_is_not_delivered_is_explained(why: str, told: str) -> None:
    result = outcome("binary").result
    members = [replace(result.model.members[1], weight=1.0)]
    result = replace(result, plan={"absent_leader": why}, model=replace(result.model, members=members))
    story = tell_training(replace(result, best_candidate="logistic_regression"))
    assert "LightGBM heads the list" in _text(story)
    assert told in _text(story)
    assert story.cut == []


def test_a_leader_that_is_in_the_model_cannot_be_told_to_be_out_of_it() -> None:
    result = replace(outcome("binary").result, plan={"absent_leader": "time"})
    story = tell_training(result)
    assert "heads the list" not in _text(story)
    assert any("the data say otherwise" in reason for reason in story.cut)


def test_rows_that_the_delivered_model_did_not_see_are_told() -> None:
    result = outcome("binary").result
    assert "learned from" not in _text(tell_training(result))
    short = tell_training(replace(result, n_rows_learned=384))
    assert "The model learned from 384 of 600 rows: time ran out before a last fit." in _text(short)
    assert "on 480 rows" in _text(short)


def test_columns_of_personal_data_are_told_with_the_file() -> None:
    made = outcome("binary")
    column = PersonalColumn(
        name="mail", title="e-mail addresses", evidence="All are.", confidence=1.0, decided=False, treatment="hash"
    )
    told = tell_load(made.imported.model_copy(update={"personal": [column]}), made.frame)
    assert told.cut == []
    assert "Personal data was found in 1 column. Check what is done with it." in _text(told)
    assert "Personal data" not in _text(tell_load(made.imported, made.frame))
