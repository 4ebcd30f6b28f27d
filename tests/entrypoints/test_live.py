"""Progress on stderr: real events, told once, in the form that suits the place."""

from __future__ import annotations

import io

from rich.console import Console

from narrative.engine.training.types import CandidateReport, Progress
from narrative.entrypoints.live import board, progress_view
from narrative.entrypoints.output import Output
from narrative.entrypoints.styled import styled
from narrative.entrypoints.summary import interval_plot, model_summary
from tests.fixtures.outcomes import outcome


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
        candidates=[_candidate("finished", score=0.8, seconds=2.0)],
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
    assert stream.getvalue().splitlines() == ["Learning", "Reading the table", "Trying Ridge", "  Ridge: 0.800 in 2 s"]


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


def test_the_summary_says_what_where_and_what_next() -> None:
    from pathlib import Path

    from narrative.engine.story import tell_pipeline

    made = outcome("binary")
    stories = {str(story.stage): story for story in tell_pipeline(made.result, made.frame)}
    text = model_summary(made.result, stories, Path("out dir/model.narrative"), Path("out dir/report.html"), 41.5)
    assert text.splitlines()[0] == stories["model_evaluation"].headline.text
    assert "LightGBM 70%, Logistic regression 30%" in text
    assert "narrative predict 'out dir/model.narrative' NEW_ROWS.csv" in text
