"""Progress on stderr: real events, told once, in the form that suits the place."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from narrative.engine.bundle import BundleInfo
from narrative.engine.learners.constant import Constant
from narrative.engine.pipeline import PipelineOutcome
from narrative.engine.story import tell_pipeline
from narrative.engine.tables.types import Guess
from narrative.engine.training.types import CandidateReport, Progress
from narrative.entrypoints.lines import reading_lines
from narrative.entrypoints.live import board, progress_view
from narrative.entrypoints.output import Output
from narrative.entrypoints.styled import styled
from narrative.entrypoints.summary import interval_plot, model_summary
from tests.fixtures.outcomes import Outcome, outcome


def _candidate(state: str, **fields: object) -> CandidateReport:
    return CandidateReport.model_validate(
        {"name": "ridge", "title": "Ridge", "sentence": "s", "state": state, "folds": 5} | fields
    )


EVENTS = [
    Progress(phase="reading", message="Reading the table", share=0.0),
    Progress(phase="training", message="Trying Ridge", share=0.2, candidates=[_candidate("running", folds_done=2)]),
    Progress(
        phase="training",
        message="Trying Ridge again",
        share=0.4,
        candidates=[_candidate("finished", score=0.8, seconds=2.0, folds_done=5)],
    ),
    Progress(
        phase="training",
        message="More",
        share=0.6,
        candidates=[_candidate("finished", score=0.8, seconds=2.0)],
        seconds_left=12,
        best="ridge",
    ),
    Progress(phase="done", message="Done", share=1.0),
]


def test_plain_progress_tells_each_phase_and_each_candidate_once() -> None:
    stream = io.StringIO()
    with progress_view(Output(as_json=False, stderr=stream), "Learning") as show:
        for event in EVENTS:
            show(event)
    assert stream.getvalue().splitlines() == [
        "Learning",
        "Reading the table",
        "Trying candidates; each score is from rows held out in training",
        "  Ridge: 0.800 on 5 folds, in 2 s",
    ]


def test_scores_are_told_with_the_name_of_the_metric_and_which_way_is_better() -> None:
    stream = io.StringIO()
    known = {"metric_title": "RMSE", "higher_is_better": False}
    with progress_view(Output(as_json=False, stderr=stream), "Learning") as show:
        for event in EVENTS[:-1]:
            show(event.model_copy(update=known if event.phase == "training" else {}))
    assert stream.getvalue().splitlines()[2:] == [
        "Trying candidates; each score is from rows held out in training (RMSE: lower is better)",
        "  Ridge: RMSE 0.800 on 5 folds, in 2 s",
    ]


def test_a_candidate_that_ends_late_is_told_before_the_next_phase() -> None:
    stream = io.StringIO()
    late = _candidate("skipped", name="catboost", title="CatBoost", reason="The time was over before its turn.")
    with progress_view(Output(as_json=False, stderr=stream), "Learning") as show:
        for event in EVENTS[:-1]:
            show(event)
        show(Progress(phase="writing", message="Writing", share=0.9, candidates=[late]))
        show(EVENTS[-1])
    assert stream.getvalue().splitlines()[-2:] == ["  CatBoost: The time was over before its turn.", "Writing"]


def test_json_mode_is_silent() -> None:
    stream = io.StringIO()
    with progress_view(Output(as_json=True, stderr=stream), "Learning") as show:
        for event in EVENTS:
            show(event)
    assert stream.getvalue() == ""


def test_the_live_board_shows_share_time_left_and_the_leader() -> None:
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(board(EVENTS[3], "Learning"))
    text = console.export_text()
    assert "60%" in text
    assert "about 12 s left" in text
    assert "★" in text
    assert "leads" in text


def test_a_narrow_terminal_keeps_names_and_scores_whole() -> None:
    console = Console(file=io.StringIO(), width=60, record=True)
    long = _candidate("skipped", title="Logistic regression", reason="It would take much too long for this budget.")
    done = _candidate("finished", title="Logistic regression", score=0.8123)
    console.print(board(EVENTS[1].model_copy(update={"candidates": [done, long]}), "Learning"))
    text = console.export_text()
    assert "0.812" in text
    assert text.count("Logistic regression") == 2


def test_a_result_on_a_terminal_has_the_same_words() -> None:
    text = "Headline 1.\n\n  ┆───━━●\n  Range    0 to 1\n  Next     narrative predict [x] NEW.csv"
    assert styled(text).plain == text
    console = Console(file=io.StringIO(), width=40, force_terminal=True, color_system="standard", soft_wrap=True)
    console.print(styled(text))
    printed = console.file
    assert isinstance(printed, io.StringIO)
    assert "\x1b[1mHeadline" in printed.getvalue()


def test_a_failed_candidate_shows_its_reason() -> None:
    console = Console(file=io.StringIO(), width=100, record=True)
    event = EVENTS[1].model_copy(update={"candidates": [_candidate("failed", reason="Too little memory.")]})
    console.print(board(event, "Learning"))
    assert "Too little memory." in console.export_text()


def test_the_interval_plot_orders_guessing_range_and_score() -> None:
    evaluation = outcome("binary").result.evaluation
    line, values = interval_plot(evaluation, cells=40)
    assert len(line) == 40
    assert line.index("┆") < line.index("━") < line.index("●")
    assert "guessing 0.500" in values
    worse = outcome("regression").result.evaluation
    line, _ = interval_plot(worse, cells=40)
    assert line.index("●") < line.index("┆")


def test_the_interval_plot_survives_an_endless_range_and_a_single_value() -> None:
    evaluation = outcome("regression").result.evaluation
    endless = evaluation.model_copy(update={"interval": (0.0, 1.7976931348623157e308)})
    assert "●" in interval_plot(endless)[0]
    flat = evaluation.model_copy(update={"interval": (1.0, 1.0), "score": 1.0, "baseline_score": 1.0})
    assert "●" in interval_plot(flat)[0]


def _outcome(made: Outcome, **changes: Any) -> PipelineOutcome:
    result = replace(made.result, **changes)
    bundle = BundleInfo(path=Path("out dir/model.narrative"), sha256="ab" * 32, size_bytes=10, parts={})
    stories = list(tell_pipeline(result, made.frame, imported=made.imported))
    report = Path("out dir/report.html")
    return PipelineOutcome(
        result, made.frame, made.imported, stories, bundle, report, report.with_suffix(".json"), 41.5, result.warnings
    )


def test_the_summary_says_what_where_and_what_next() -> None:
    told = _outcome(outcome("binary"), timings={"reading": 1.5, "learning": 38.0})
    text = model_summary(told)
    assert text.splitlines()[0] == told.stories[-1].headline.text
    assert "Ensemble of LightGBM 70%, Logistic regression 30%" in text
    assert "  Time     42 s: reading 2 s, learning 38 s, writing 2 s" in text
    assert "narrative predict 'out dir/model.narrative' NEW_ROWS.csv" in text
    assert "Caution" not in text


def test_a_model_that_only_guesses_is_announced_as_one_with_the_time_it_would_take() -> None:
    made = outcome("binary")
    member = replace(made.result.model.members[0], candidate="baseline", learner=Constant(6, np.zeros(1)), weight=1.0)
    text = model_summary(
        _outcome(
            made,
            candidates=[line for line in made.result.candidates if line.name == "baseline"],
            best_candidate="baseline",
            importances=[],
            model=replace(made.result.model, members=[member]),
            timings={"reading": 1.0, "learning": 2.0},
            plan={"estimated_seconds": {"ridge": 0.4}},
        )
    )
    assert text.startswith("Only guessing: ROC AUC")
    assert "Caution  This model only guesses: it does not look at the columns and answers Yes for each row." in text
    assert "A usable model needs about 1 min 30 s." in text
    assert "Next     run it again with --budget 90" in text
    assert "●" not in text


def test_what_was_guessed_and_repaired_in_the_file_is_told_and_long_lists_end_with_their_number() -> None:
    report = outcome("binary").imported.model_copy(
        update={
            "guesses": [
                Guess(name="delimiter", value=";", confidence=0.99, evidence="each line"),
                Guess(name="date_order", value="day_first", confidence=0.5, evidence="both orders fit"),
                Guess(name="missing_markers", value="k.A.", confidence=0.95, evidence="22 times"),
                Guess(name="encoding", value="cp1252", confidence=0.5, evidence="its letters make sense"),
            ],
            "repairs": [f"Repair {number}." for number in range(7)],
        }
    )
    assert reading_lines(report) == [
        "  Read as  date order day first (both orders fit)",
        "  Read as  missing markers k.A. (22 times)",
        "  Read as  encoding cp1252 (its letters make sense)",
        *(f"  Repaired Repair {number}." for number in range(5)),
        "           and 2 more, listed with --json",
    ]
