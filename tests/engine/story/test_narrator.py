"""Every stage tells a sound, short and plain story, on ordinary and on odd data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import get_args

import numpy as np
import polars as pl
import pytest
from benchmarks.readability import grade, plain_text

from narrative.engine.learners.constant import Constant
from narrative.engine.story import (
    DeploymentFacts,
    PredictionSummary,
    Sources,
    tell_deployment,
    tell_evaluation,
    tell_load,
    tell_pipeline,
    tell_predictions,
    tell_profile,
    tell_training,
)
from narrative.engine.story.lexicon import CAUSES
from narrative.engine.story.types import Sentence, Story
from narrative.engine.story.verifier import scan_story
from narrative.engine.tables.types import FileFormat
from narrative.engine.types import Problem
from tests.fixtures.outcomes import HASH, Outcome, customers, outcome, profile_of

PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")


def _sentences(story: Story) -> list[Sentence]:
    return [story.headline, *story.found, *story.meaning, *story.unknown]


def _predictions(problem: Problem, n_bad: int = 0) -> PredictionSummary:
    if problem == "regression":
        values = np.linspace(100, 900, 50)
        return PredictionSummary(
            problem, "price", [], 50 + n_bad, values.tolist(), None, values - 40, values + 40, n_bad, warnings=["Odd."]
        )
    chances = np.column_stack([np.linspace(0.95, 0.02, 50), np.linspace(0.05, 0.98, 50)])
    return PredictionSummary(
        "binary", "churn", ["No", "Yes"], 50 + n_bad, ["No"] * 30 + ["Yes"] * 20, chances, n_bad_rows=n_bad
    )


DEPLOYED = DeploymentFacts(
    name="churn-live", state="live", model_version=3, target="churn", metric_title="ROC AUC", score=0.845, n_inputs=19,
    p95_ms=12.5, calls_total=48,
)  # fmt: skip


def _all_stories() -> list[tuple[str, Story, Sources]]:
    found: list[tuple[str, Story, Sources]] = []
    for problem in PROBLEMS:
        for tied in (False, True):
            made = outcome(problem, tied=tied)
            stories = tell_pipeline(made.result, made.frame, imported=made.imported)
            sources = Sources(made.frame, HASH, made.imported, made.profile, made.result)
            found += [(f"{problem}-{story.stage}-{tied}", story, sources) for story in stories]
        summary = _predictions(problem)
        found.append((f"{problem}-prediction", tell_predictions(summary), Sources(predictions=summary)))
    bad = _predictions("binary", n_bad=4)
    found.append(("bad-rows-prediction", tell_predictions(bad), Sources(predictions=bad)))
    for state in ("live", "paused", "retired"):
        facts = DEPLOYED.model_copy(update={"state": state, "calls_total": 0 if state == "retired" else 48})
        found.append((f"deployment-{state}", tell_deployment(facts), Sources(deployment=facts)))
    return found


STORIES = _all_stories()
IDS = [name for name, _, _ in STORIES]


@pytest.fixture(params=STORIES, ids=IDS)
def told(request: pytest.FixtureRequest) -> tuple[Story, Sources]:
    _, story, sources = request.param
    return story, sources


def test_nothing_the_narrator_says_has_to_be_cut(told: tuple[Story, Sources]) -> None:
    assert told[0].cut == []


def test_every_number_computes_again(told: tuple[Story, Sources]) -> None:
    assert scan_story(*told) == []


def test_the_headline_is_short_and_holds_a_number(told: tuple[Story, Sources]) -> None:
    headline = told[0].headline
    assert len(headline.text) <= 60
    assert any("fact" in part and any(letter.isdigit() for letter in part["text"]) for part in headline.parts)


def test_a_story_is_at_most_two_hundred_words_and_three_steps(told: tuple[Story, Sources]) -> None:
    story = told[0]
    assert sum(len(sentence.text.split()) for sentence in _sentences(story)) <= 200
    assert 1 <= len(story.next_steps) <= 3
    assert story.found
    assert story.meaning
    assert story.unknown


def test_a_story_reads_at_grade_eight_or_below(told: tuple[Story, Sources]) -> None:
    assert grade(" ".join(plain_text(sentence) for sentence in _sentences(told[0]))) <= 8


def test_a_story_speaks_of_no_cause(told: tuple[Story, Sources]) -> None:
    assert [sentence.text for sentence in _sentences(told[0]) if CAUSES.search(plain_text(sentence))] == []


def test_only_facts_that_are_told_travel_with_a_story(told: tuple[Story, Sources]) -> None:
    story = told[0]
    known = {fact.id for fact in story.facts}
    assert {part["fact"] for sentence in _sentences(story) for part in sentence.parts if "fact" in part} <= known


def test_the_same_data_tell_the_same_story() -> None:
    first, second = outcome("binary"), outcome("binary")
    assert tell_evaluation(first.result) == tell_evaluation(second.result)


def test_a_tie_is_told_as_one_and_a_clear_lead_as_one() -> None:
    tied, clear = tell_training(outcome(tied=True).result), tell_training(outcome(tied=False).result)
    assert any("order may be luck" in sentence.text for sentence in tied.meaning)
    assert any("beats" in sentence.text for sentence in clear.meaning)
    assert not any("beats" in sentence.text for sentence in tied.meaning)


def test_a_score_that_guessing_could_reach_is_said_to_be_one() -> None:
    made = outcome("binary")
    evaluation = made.result.evaluation.model_copy(update={"interval": (0.4, 0.95)})
    result = _with(made, evaluation=evaluation)
    story = tell_evaluation(result)
    assert any("Guessing, at 0.500, lies inside" in sentence.text for sentence in story.meaning)
    assert not any("better than guessing" in sentence.text for sentence in story.meaning)


def _with(made: Outcome, **changes: object):  # type: ignore[no-untyped-def]  # the result, with fields replaced
    from dataclasses import replace

    return replace(made.result, **changes)  # type: ignore[arg-type]  # names are fields


def test_a_score_that_its_predictions_do_not_give_is_not_told() -> None:
    made = outcome("binary")
    better = made.result.evaluation.model_copy(update={"score": made.result.evaluation.score + 0.01})
    story = tell_evaluation(_with(made, evaluation=better))
    assert "ROC AUC is" not in story.headline.text
    assert any("the data say otherwise" in reason for reason in story.cut)


def test_an_interval_without_end_is_told_as_not_known() -> None:
    made = outcome("regression")
    evaluation = made.result.evaluation.model_copy(update={"interval": (0.0, 1.7976931348623157e308)})
    story = tell_evaluation(_with(made, evaluation=evaluation))
    assert any("too few to say" in sentence.text for sentence in story.unknown)
    assert "e+308" not in " ".join(sentence.text for sentence in _sentences(story))


def test_a_run_where_only_guessing_worked_still_has_a_story() -> None:
    made = outcome("binary")
    only = [candidate for candidate in made.result.candidates if candidate.name in ("baseline", "xgboost")]
    learner = Constant(6, np.zeros(1))
    from dataclasses import replace

    members = [replace(made.result.model.members[0], candidate="baseline", learner=learner, weight=1.0)]
    result = _with(
        made,
        candidates=only,
        importances=[],
        best_candidate="baseline",
        model=replace(made.result.model, members=members),
    )
    for story in tell_pipeline(result, made.frame):
        assert story.headline.text
        assert story.cut == []


ODD_NAMES = ["{target}", "1 000", "a" * 90, "  ", "größe (in €) 5%", "line\nbreak", "because", "none"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_column_names_are_told_as_they_are(name: str) -> None:
    frame = customers(200).select("tenure", "contract", "churn").rename({"tenure": name})
    made = profile_of(frame.rename({name: "tenure"}), "churn", "binary")
    columns = [
        column.model_copy(update={"name": name}) if column.name == "tenure" else column for column in made.columns
    ]
    profile = made.model_copy(update={"columns": columns})
    story = tell_profile(profile, frame)
    assert story.cut == []
    assert scan_story(story, Sources(frame, HASH, None, profile)) == []


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}),
        pl.DataFrame({"a": [None, None]}, schema={"a": pl.String}),
        pl.DataFrame({"a": [1]}),
        pl.DataFrame({"a": [float("nan"), 1.0], "b": [True, None]}),
    ],
    ids=["no rows", "all empty", "one cell", "nan"],
)
def test_odd_tables_get_a_story_of_loading(frame: pl.DataFrame) -> None:
    report = outcome("binary", 50).imported.model_copy(
        update={"n_rows": frame.height, "n_columns": frame.width, "n_bad_rows": 0, "bad_rows": []}
    )
    story = tell_load(report, frame)
    assert story.headline.text
    assert scan_story(story, Sources(frame, None, report)) == []


@pytest.mark.parametrize("file_format", get_args(FileFormat))
def test_every_format_of_files_has_a_word(file_format: FileFormat) -> None:
    made = outcome("binary", 50)
    story = tell_load(made.imported.model_copy(update={"format": file_format, "encoding": None}), made.frame)
    assert "format" in _words([story])
    assert story.cut == []


def test_a_table_without_a_target_has_a_story_that_suggests_one() -> None:
    frame = customers(100)
    profile = profile_of(frame, None, None)
    story = tell_profile(profile, frame)
    assert story.headline.text == "100 rows, 9 columns, quality 91 points."
    assert story.next_steps[0].action == "choose_target"
    assert story.next_steps[0].arguments == {"column": "churn"}


def _words(stories: Sequence[Story]) -> str:
    return " ".join(sentence.text for story in stories for sentence in _sentences(story))


def test_what_was_left_out_is_named_with_its_reason() -> None:
    made = outcome("binary")
    text = _words(tell_pipeline(made.result, made.frame))
    assert "customer_id is left out, as it only names rows." in text
    assert "empty_note is left out, as it is empty." in text


@pytest.mark.slow
@pytest.mark.serial
def test_each_story_takes_at_most_a_second_on_100_000_rows() -> None:
    made = outcome("binary", 100_000)
    started = time.perf_counter()
    stories = tell_pipeline(made.result, made.frame, imported=made.imported)
    assert (time.perf_counter() - started) / len(stories) < 1.0
