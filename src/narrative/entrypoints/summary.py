"""The last words of ``narrative model``: the score against guessing, where the files are, what to do next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from narrative.engine.story.formulas.training import only_guesses, seconds_needed
from narrative.engine.story.wording import format_percent, format_score, format_seconds, interval_text
from narrative.entrypoints.lines import labelled, reading_lines

if TYPE_CHECKING:
    from narrative.engine.pipeline import PipelineOutcome
    from narrative.engine.training.types import Evaluation, TrainingResult

CELLS: Final = 46
GUESSING_SENTENCES: Final = 2
"""Sentences of the story that say what a model that only guesses does, and what would work."""
UNSAID: Final = 1e100
"""Ends of an interval beyond this say that nothing could be said."""


def interval_plot(evaluation: Evaluation, cells: int = CELLS) -> list[str]:
    """Guessing (┆), the range (━) and the score (●) on one line, with their values below."""
    low, high = evaluation.interval
    if max(abs(low), abs(high)) > UNSAID:
        low = high = evaluation.score
    values = [low, high, evaluation.score, evaluation.baseline_score]
    start, end = min(values), max(values)
    if end == start:
        end = start + 1.0

    def at(value: float) -> int:
        return round((value - start) / (end - start) * (cells - 1))

    line = ["─"] * cells
    for place in range(at(low), at(high) + 1):
        line[place] = "━"
    line[at(evaluation.baseline_score)] = "┆"
    line[at(evaluation.score)] = "●"
    guessing, score = f"guessing {format_score(evaluation.baseline_score)}", format_score(evaluation.score)
    below = [" "] * (cells + 30)
    for text, place in ((guessing, at(evaluation.baseline_score)), (score, at(evaluation.score))):
        begin = min(max(place - len(text) // 2, 0), len(below) - len(text))
        if all(letter == " " for letter in below[max(begin - 2, 0) : begin + len(text) + 2]):
            below[begin : begin + len(text)] = text
    return ["".join(line), "".join(below).rstrip()]


def model_summary(outcome: PipelineOutcome) -> str:
    """A dozen lines for a person."""
    result, evaluation = outcome.result, outcome.result.evaluation
    story = next(story for story in outcome.stories if story.stage == "model_evaluation")
    guesses = only_guesses(result)
    low, high = evaluation.interval
    lines = [story.headline.text, ""]
    if guesses:
        lines += labelled("Caution", [sentence.text for sentence in story.meaning[:GUESSING_SENTENCES]])
    else:
        lines += [*(f"  {line}" for line in interval_plot(evaluation)), ""]
        if max(abs(low), abs(high)) <= UNSAID:
            lines += labelled("Range", [f"{interval_text(low, high)}: where it lands on new rows in 95 of 100 cases"])
        lines += labelled("Model", [_members(result)])
    lines += labelled("Rare", rare_lines(result)) + labelled("Costs", cost_lines(evaluation))
    lines += labelled("Time", [_times(outcome)])
    strongest = [item for item in sorted(result.importances, key=lambda item: -item.loss)[:3] if item.loss > 0]
    if strongest:
        lines += labelled("Relies", [f"on {', '.join(item.column for item in strongest)}"])
    if outcome.imported is not None:
        lines += reading_lines(outcome.imported)
    lines += [*labelled("Note", outcome.warnings), ""]
    lines += [*labelled("Report", [str(outcome.report_html)]), *labelled("Bundle", [str(outcome.bundle.path)])]
    if result.twin is not None:
        lines += labelled(
            "Twin", [result.twin.report.sentence, *([] if outcome.twin is None else [str(outcome.twin.path)])]
        )
    return "\n".join([*lines, *labelled("Next", [_next(outcome)])])


def _members(result: TrainingResult) -> str:
    """What the model is made of, the largest share first."""
    titles = {candidate.name: candidate.title for candidate in result.candidates}
    shares: dict[str, float] = {}
    for member in result.model.members:
        shares[member.candidate] = shares.get(member.candidate, 0.0) + member.weight
    if len(shares) == 1:
        return titles.get(*shares, *shares)
    parts = sorted(shares.items(), key=lambda item: -item[1])
    return "Ensemble of " + ", ".join(f"{titles.get(name, name)} {format_percent(share)}" for name, share in parts)


def rare_lines(result: TrainingResult) -> list[str]:
    """How a rare class was dealt with, and how each way compares with doing nothing; none when no class is rare."""
    report = result.imbalance
    if report is None:
        return []
    lines = [report.sentence]
    by_precision = report.decided_by == "average_precision"
    what = "average precision" if by_precision else result.evaluation.metric_title
    for line in report.methods:
        own = line.average_precision_difference if by_precision else line.score_difference
        if own is not None:
            gain = ("+" if own.value > 0 else "") + format_score(own.value)
            lines.append(f"{line.title}: {gain} in {what} ({interval_text(own.low, own.high)}) against doing nothing")
    return lines


def cost_lines(evaluation: Evaluation) -> list[str]:
    """What answers cost on untouched rows; none when no costs were stated."""
    costs = evaluation.costs
    if costs is None:
        return []
    low, high = costs.saved_interval
    return [
        f"{format_score(costs.cost)} on {costs.rows:,} untouched rows with the cut at {format_score(costs.threshold)}, "
        f"{format_score(costs.cost_at_half)} with the cut at 0.5: {format_score(costs.saved)} saved "
        f"({interval_text(low, high)})"
    ]


def _times(outcome: PipelineOutcome) -> str:
    """How long it took, and for what."""
    parts = ", ".join(f"{part} {format_seconds(seconds)}" for part, seconds in outcome.timings.items())
    return f"{format_seconds(outcome.seconds)}: {parts}"


def _next(outcome: PipelineOutcome) -> str:
    """The command to go on with."""
    needed = seconds_needed(outcome.result) if only_guesses(outcome.result) else None
    if needed is not None:
        return f"run it again with --budget {needed:g}"
    return f"narrative predict {shlex.quote(str(outcome.bundle.path))} NEW_ROWS.csv"
