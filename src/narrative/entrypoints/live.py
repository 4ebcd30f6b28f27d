"""Progress of a training run on stderr: a live leaderboard on a terminal, plain lines elsewhere, nothing with --json.

Everything shown comes from the events of the run; nothing here knows the time or makes up a share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from narrative.engine.story.wording import format_score, format_seconds
from narrative.entrypoints.output import Output

if TYPE_CHECKING:
    from rich.console import RenderableType

    from narrative.engine.training.types import CandidateReport, Progress

BAR_CELLS: Final = 36
Show = Callable[["Progress"], None]


@contextmanager
def progress_view(output: Output, title: str) -> Iterator[Show]:
    """A function that shows each event, in the form that suits where stderr goes."""
    if output.as_json:
        yield lambda _: None
        return
    if output.is_watched:
        from rich.console import Console
        from rich.live import Live

        console = Console(file=output.stderr, highlight=False)
        if not console.is_dumb_terminal:
            with Live(console=console, auto_refresh=False, transient=True) as live:
                yield lambda event: live.update(board(event, title), refresh=True)
            return
    yield PlainProgress(output, title)


TRYING: Final = "Trying candidates; each score is from rows held out in training"


def _better(event: Progress) -> str:
    """Which way the scores of an event point; nothing while the score is not known."""
    if not event.metric_title:
        return ""
    return f" ({event.metric_title}: {'higher' if event.higher_is_better else 'lower'} is better)"


class PlainProgress:
    """A line when the phase changes and a line for every candidate that ends; candidates come before a new phase."""

    def __init__(self, output: Output, title: str) -> None:
        self._output = output
        self._phase: str | None = None
        self._told: set[str] = set()
        self._metric = ""
        output.note(title)

    def __call__(self, event: Progress) -> None:
        if event.phase == "done":
            return
        is_new = event.phase != self._phase
        self._metric = event.metric_title or self._metric
        if event.phase == "training" and is_new:
            self._output.note(TRYING + _better(event))
        for candidate in event.candidates:
            if candidate.name not in self._told and candidate.state in ("finished", "failed", "skipped"):
                self._told.add(candidate.name)
                self._output.note(f"  {candidate_line(candidate, self._metric)}")
        if event.phase != "training" and is_new:
            self._output.note(event.message)
        self._phase = event.phase


def candidate_line(candidate: CandidateReport, metric: str) -> str:
    """A finished candidate in one line; ``metric``: name of the score."""
    if candidate.score is None:
        return f"{candidate.title}: {candidate.reason or candidate.state}"
    folds = "1 fold" if candidate.folds_done == 1 else f"{candidate.folds_done} folds"
    score = f"{metric} {format_score(candidate.score)}".strip()
    return f"{candidate.title}: {score} on {folds}, in {format_seconds(candidate.seconds)}"


def board(event: Progress, title: str) -> RenderableType:
    """One picture of the run: what it does, how far it is, and how the candidates stand."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    left = "" if event.seconds_left is None else f"  about {format_seconds(event.seconds_left)} left"
    filled = round(BAR_CELLS * min(max(event.share, 0.0), 1.0))
    bar = Text.assemble(
        ("━" * filled, "blue"), ("━" * (BAR_CELLS - filled), "bright_black"), (f" {event.share:4.0%}", "bold"), left
    )
    parts: list[RenderableType] = [Text(title, style="bold"), Text(event.message, style="bright_black"), bar]
    if event.candidates:
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(width=1)
        table.add_column(no_wrap=True, min_width=20)
        table.add_column(no_wrap=True, min_width=7, justify="right")
        table.add_column(no_wrap=True, overflow="ellipsis")
        for candidate in event.candidates:
            table.add_row(*_row(candidate, is_best=candidate.name == event.best))
        parts += [Text(f"Scores on rows held out in training{_better(event)}", style="bright_black"), Text(""), table]
    return Group(*parts)


def _row(candidate: CandidateReport, *, is_best: bool) -> tuple[RenderableType, ...]:
    from rich.text import Text

    score = "–" if candidate.score is None else format_score(candidate.score)
    done = "●" * candidate.folds_done + "○" * max(candidate.folds - candidate.folds_done, 0)
    words = {
        "waiting": ("waiting", "bright_black"),
        "running": (done if candidate.folds else "running", "blue"),
        "finished": ("leads" if is_best else "done", "green" if is_best else ""),
        "failed": (candidate.reason or "failed", "red"),
        "skipped": (candidate.reason or "skipped", "bright_black"),
    }
    word, style = words[candidate.state]
    return (
        Text("★" if is_best else " ", style="yellow"),
        Text(candidate.title, style="bold" if is_best else ""),
        Text(score, style="bold" if is_best else ""),
        Text(word, style=style),
    )
