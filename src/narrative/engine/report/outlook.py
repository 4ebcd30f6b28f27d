"""What to expect of the next 1,000 rows: counts with their 95 % range, beside what one answer to all would give."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.pieces import told_conditions
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.slices import Slices
from narrative.engine.evaluation.telling import Named, among, more, tell
from narrative.engine.evaluation.uncertainty import wilson
from narrative.engine.model import Intervals
from narrative.engine.scores.base import decide
from narrative.engine.story.types import ChartStory

CASES: Final = 1_000
NEAR: Final = (0.1, 0.2)
"""How near to the truth a predicted number is asked to be."""


class Expected(BaseModel):
    """How many of 1,000 rows like those scored: the number, its 95 % range and that of one answer to all rows."""

    model_config = ConfigDict(frozen=True)
    what: str
    number: int
    low: int
    high: int
    baseline: int | None = None


class Outlook(BaseModel):
    """What to expect of 1,000 rows, with a proven sentence on the first line."""

    model_config = ConfigDict(frozen=True)
    n_rows: int
    lines: list[Expected]
    words: ChartStory


def outlook(rows: Rows, intervals: Intervals | None = None) -> Outlook:
    """What 1,000 new rows will likely give, from the rows that were scored.

    The range is that of the share (Wilson), from the number of rows scored; 1,000 rows scatter on top of it.

    Raises:
        NotApplicable: ``too_few_rows``.
    """
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"{rows.size:,} rows say too little; it takes {LEAST_ROWS}.")
    lines = _of_numbers(rows, intervals) if rows.problem == "regression" else _of_classes(rows)
    return Outlook(n_rows=rows.size, lines=lines, words=_words(rows, lines[0]))


def _line(what: str, hits: float, rows: Rows, baseline: float | None = None) -> Expected:
    low, high = wilson(hits, rows.size)
    return Expected(
        what=what,
        number=_of_cases(hits / rows.size),
        low=_of_cases(low),
        high=_of_cases(high),
        baseline=None if baseline is None else _of_cases(baseline / rows.size),
    )


def _of_cases(share: float) -> int:
    return round(CASES * share)


def _of_classes(rows: Rows) -> list[Expected]:
    """For two classes those flagged come first: of a rare class, right answers say little."""
    answers = decide(rows.predictions, rows.threshold)
    commonest = int(np.bincount(rows.target.astype(np.int64)).argmax())
    right = _line("Right answers", np.sum(answers == rows.target), rows, np.sum(rows.target == commonest))
    if rows.problem != "binary":
        return [right]
    flagged, true = answers == 1, rows.target == 1
    n_true, everything = float(true.sum()), commonest == 1
    found = float((flagged & true).sum())
    return [
        _line("Flagged, and rightly", found, rows, n_true if everything else 0.0),
        _line("Flagged, but wrongly", float(flagged.sum()) - found, rows, rows.size - n_true if everything else 0.0),
        _line("Not flagged, but should be", n_true - found, rows, 0.0 if everything else n_true),
        right,
    ]


def _of_numbers(rows: Rows, intervals: Intervals | None) -> list[Expected]:
    miss, blind = np.abs(rows.target - rows.predictions), np.abs(rows.target - rows.naive)
    lines = [
        _line(
            f"Within {share:.0%} of the truth",
            float(np.sum(miss <= share * np.abs(rows.target))),
            rows,
            float(np.sum(blind <= share * np.abs(rows.target))),
        )
        for share in NEAR
    ]
    lines.append(_line("Nearer to the truth than the mean is", float(np.sum(miss < blind)), rows))
    if intervals is not None:
        lower, upper = intervals.bounds(rows.predictions)
        inside = float(np.sum((lower <= rows.target) & (rows.target <= upper)))
        lines.append(_line(f"Inside their own {intervals.coverage:.0%} range", inside, rows))
    return lines


def _words(rows: Rows, first: Expected) -> ChartStory:
    account = {
        "cases": Named(CASES, "rows to come", "integer", "rows"),
        "number": Named(first.number, "expected among them", "integer"),
        "low": Named(first.low, "lower end of its range", "integer"),
        "high": Named(first.high, "upper end of its range", "integer"),
        "baseline": Named(first.baseline, "with the same answer to every row", "integer"),
        "near": Named(NEAR[0], "how near", "percent"),
    }
    inside = among("number", "low", "high")
    if rows.problem == "binary":
        flagged = decide(rows.predictions, rows.threshold) == 1
        n_true = float(np.sum(rows.target == 1))
        account["flagged"] = Named(_of_cases(float(flagged.mean())), "flagged among them", "integer")
        account["drawn"] = Named(
            _of_cases(float(flagged.mean()) * n_true / rows.size), "right among as many drawn at random", "integer"
        )
        text = (
            "Of {cases} new rows like these, expect {flagged} to be flagged, {number} ({low} to {high}) of them rightly"
        )
        return tell(
            account,
            (f"{text}; as many rows drawn at random hold {{drawn}}.", inside, "interval"),
            (f"{text}.", inside, "interval"),
        )
    what = "answers within {near} of the truth" if rows.problem == "regression" else "right answers"
    text = "Of {cases} new rows like these, expect {number} ({low} to {high}) " + what
    return tell(
        account,
        (f"{text}; the same answer to every row gives {{baseline}}.", inside, "interval"),
        (f"{text}.", inside, "interval"),
    )


def weak_words(slices: Slices) -> ChartStory:
    """The weakest group of a model of numbers in the score that ranks, in the unit of the target: people read that
    more easily than squared errors. The words of the search where that score cannot be told."""
    if not slices.found:
        return slices.words
    worst = slices.found[0]
    where, account = told_conditions(worst.conditions)
    account |= {
        "metric": Named(worst.score.title, "the score", "text"),
        "inside": Named(worst.score.value, "score in the group", "score"),
        "outside": Named(worst.outside.value, "score of all other rows", "score"),
        "n": Named(worst.n_rows, "rows in the group", "integer", "rows"),
    }
    text = "Where " + where + ", {metric} is {inside}, above {outside} elsewhere, beyond luck ({n:unit})."
    told = tell(account, (text, more("inside", "outside"), "order"))
    return slices.words if told.sentence is None else told
