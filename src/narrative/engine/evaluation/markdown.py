"""The evaluation as a document: Markdown, the same bytes for the same evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from narrative.engine.evaluation.figures import Figure
from narrative.engine.evaluation.whole import Evaluation
from narrative.engine.story.wording import clean_name, format_percent, format_score, interval_text


def evaluation_markdown(evaluation: Evaluation, *, name: str, version: str = "") -> str:
    """Sentences, scores with intervals and baselines, weak groups, worst rows, and what was left out."""
    lines = [f"# How good is the model of {_plain(evaluation.target)}?", ""]
    lines += [f"Evaluated on {_plain(name)}: {evaluation.n_scored:,} of {evaluation.n_given:,} rows.", ""]
    lines += [f"- {sentence.text}" for sentence in evaluation.sentences]
    lines += ["", "## Scores", "", *_scores(evaluation.figures.scores)]
    lines += _slices(evaluation) + _groups(evaluation) + _importance(evaluation) + _worst(evaluation)
    if evaluation.left_out:
        lines += ["", "## Left out", ""]
        lines += [f"- {each.part.replace('_', ' ').capitalize()}: {each.reason}" for each in evaluation.left_out]
    if evaluation.notes:
        lines += ["", "## Notes on the rows", "", *[f"- {note}" for note in evaluation.notes]]
    made = f"Narrative {version}, " if version else ""
    return "\n".join([*lines, "", f"{made}seed {evaluation.seed}. Intervals hold in 95 of 100 cases.", ""])


def _scores(figures: Sequence[Figure]) -> list[str]:
    rows = []
    for figure in figures:
        if figure.value is None:
            rows.append((figure.title, "does not apply", figure.not_applicable or "", ""))
            continue
        between = interval_text(*figure.interval) if figure.interval else figure.interval_not_applicable or ""
        baseline = "" if figure.baseline is None else format_score(figure.baseline)
        rows.append((figure.title, format_score(figure.value), between, baseline))
    return _table(("Score", "Value", "95 % interval", "One answer to all"), rows)


def _slices(evaluation: Evaluation) -> list[str]:
    if evaluation.slices is None or not evaluation.slices.found:
        return []
    rows = [
        (each.name, f"{each.n_rows:,}", format_score(each.loss), format_score(each.loss_outside),
         interval_text(*each.interval))
        for each in evaluation.slices.found
    ]  # fmt: skip
    titles = ("Where", "Rows", "Loss there", "Elsewhere", "Difference, 95 %")
    return ["", "## Weak groups", "", evaluation.slices.method, "", *_table(titles, rows)]


def _groups(evaluation: Evaluation) -> list[str]:
    lines: list[str] = []
    for fair in evaluation.fairness:
        rows = [
            (group.group, f"{group.n_rows:,}", rate.title, format_percent(rate.value), format_percent(rate.others),
             "yes" if rate.differs else "no")
            for group in fair.groups
            for rate in group.rates
            if rate.value is not None and rate.others is not None
        ]  # fmt: skip
        titles = ("Group", "Rows", "Rate", "In the group", "In the others", "Beyond luck")
        lines += ["", f"## Groups of {_plain(fair.column)}", "", *_table(titles, rows)]
    return lines


def _importance(evaluation: Evaluation) -> list[str]:
    if not evaluation.importance:
        return []
    rows = [(i.column, format_score(i.loss), interval_text(i.low, i.high)) for i in evaluation.importance[:20]]
    return ["", "## What it relies on", "", *_table(("Column", "Score lost when shuffled", "95 % interval"), rows)]


def _worst(evaluation: Evaluation) -> list[str]:
    if evaluation.worst_errors is None:
        return []
    rows = [
        (f"{each.row + 1:,}", str(each.actual), str(each.answer), f"{each.times_the_mean:,.1f}")
        for each in evaluation.worst_errors.rows[:10]
    ]
    return ["", "## Worst errors", "", *_table(("Row", "Truth", "Answer", "Times the mean loss"), rows)]


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    return [*lines, *(f"| {' | '.join(_plain(cell) for cell in row)} |" for row in rows)]


def _plain(text: Any) -> str:
    """A text on one line that cannot end a cell or begin markup."""
    line = " ".join(str(text).split()) or clean_name("")
    return "".join(f"\\{letter}" if letter in "\\|`*_<>[]#" else letter for letter in line)
