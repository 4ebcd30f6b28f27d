"""What to expect of the next 1,000 rows: counts with their 95 % range, beside what one answer to all would give."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.telling import Named, among, tell
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
    answers = decide(rows.predictions, rows.threshold)
    right = answers == rows.target
    commonest = int(np.bincount(rows.target.astype(np.int64)).argmax())
    lines = [_line("Right answers", right.sum(), rows, np.sum(rows.target == commonest))]
    if rows.problem == "binary":
        flagged, true = answers == 1, rows.target == 1
        whole = float(true.sum()) if commonest == 1 else 0.0
        lines += [
            _line("Get a yes", flagged.sum(), rows, float(rows.size) if commonest == 1 else 0.0),
            _line("Of these rightly", (flagged & true).sum(), rows, whole),
            _line("Yes in truth, missed", (~flagged & true).sum(), rows, float(true.sum()) - whole),
        ]
    return lines


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
        "baseline": Named(first.baseline, "with one answer to all", "integer"),
        "near": Named(NEAR[0], "how near", "percent"),
    }
    what = "answers within {near} of the truth" if rows.problem == "regression" else "right answers"
    inside = among("number", "low", "high")
    text = "Of {cases} new rows like these, expect {number} ({low} to {high}) " + what
    return tell(
        account,
        (f"{text}; the same answer to every row gives {{baseline}}.", inside, "interval"),
        (f"{text}.", inside, "interval"),
    )
