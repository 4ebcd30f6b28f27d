"""The last words of ``narrative model``: the score against guessing, where the files are, what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from narrative.engine.story.wording import format_score, format_seconds, interval_text

if TYPE_CHECKING:
    from narrative.engine.story.types import Story
    from narrative.engine.training.types import Evaluation, TrainingResult

CELLS: Final = 46
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


def model_summary(result: TrainingResult, stories: dict[str, Story], bundle: Path, report: Path, seconds: float) -> str:
    """A dozen lines for a person."""
    evaluation = result.evaluation
    story = stories["model_evaluation"]
    low, high = evaluation.interval
    lines = [story.headline.text, ""]
    lines += [f"  {line}" for line in interval_plot(evaluation)]
    lines.append("")
    if max(abs(low), abs(high)) <= UNSAID:
        lines.append(f"  Range    {interval_text(low, high)}: where it lands on new rows in 95 of 100 cases")
    titles = {candidate.name: candidate.title for candidate in result.candidates}
    shares: dict[str, float] = {}
    for member in result.model.members:
        shares[member.candidate] = shares.get(member.candidate, 0.0) + member.weight
    named = ", ".join(
        f"{titles.get(name, name)} {share:.0%}" if len(shares) > 1 else titles.get(name, name)
        for name, share in sorted(shares.items(), key=lambda item: -item[1])
    )
    lines.append(f"  Model    {named}, after {format_seconds(seconds)}")
    strongest = sorted(result.importances, key=lambda item: -item.loss)[:3]
    if strongest and strongest[0].loss > 0:
        lines.append(f"  Relies   on {', '.join(item.column for item in strongest if item.loss > 0)}")
    lines += [f"  Note     {warning}" for warning in result.warnings[:4]]
    lines += [
        "",
        f"  Report   {report}",
        f"  Bundle   {bundle}",
        f"  Next     narrative predict {shlex.quote(str(bundle))} NEW_ROWS.csv",
    ]
    return "\n".join(lines)
