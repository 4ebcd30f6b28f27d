"""What a report says of a model beyond its score: every score with interval and baseline, weak groups, fairness, how
answers move with a column. All on the rows that gave the score, with the predictions that gave it.

Scores, curves and what to expect are always told. What costs more is done on a fair sample of bounded size, so that its
time does not grow with the table, and only while there is time; what was left out is listed with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.curves import Band
from narrative.engine.evaluation.dependence import Dependence, partial_dependence
from narrative.engine.evaluation.figures import Figures, measure
from narrative.engine.evaluation.groups import Fairness, fairness
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.slices import Slices, weakest
from narrative.engine.evaluation.subject import Subject, subject_of
from narrative.engine.evaluation.whole import LeftOut
from narrative.engine.report.charts.drawn import bands_of, scored_rows
from narrative.engine.report.outlook import Outlook, outlook, weak_words
from narrative.engine.story.formulas.training import only_guesses
from narrative.engine.story.types import ChartStory
from narrative.engine.training.types import TrainingResult
from narrative.engine.types import IntArray

SAMPLE_ROWS: Final = 3_000
"""Rows that weak groups, fairness and dependence are told from."""
DEPENDENCES: Final = 4
SECONDS: Final = 4.0
GROUP_WORDS: Final = re.compile(
    r"(?:^|[_\W])(?:sex|gender|race|ethnicity|ethnic_group|nationality|citizenship|religion|disability|disabled|"
    r"marital_status|married|senior(?:_?citizen)?|age_group|age_band)(?:$|[_\W])",
    re.IGNORECASE,
)
"""Columns whose groups the law of many countries protects, by the names they usually have."""
T = TypeVar("T")


class Assessment(BaseModel):
    """The account of the rows that gave the score; a part that does not suit is empty and stands in ``left_out``."""

    model_config = ConfigDict(frozen=True)
    n_rows: int
    n_sampled: int
    """Rows that weak groups, fairness and dependence were told from."""
    figures: Figures
    outlook: Outlook | None = None
    bands: dict[str, Band] = {}
    slices: Slices | None = None
    fairness: list[Fairness] = []
    dependence: list[Dependence] = []
    left_out: list[LeftOut] = []


def assess(
    result: TrainingResult, frame: pl.DataFrame, *, seconds: float = SECONDS, clock: Clock | None = None
) -> Assessment:
    """Assess a result on the rows that gave its score.

    Args:
        frame: the table it learned from, target included.
        seconds: no dear part is begun later than this.

    Raises:
        NotApplicable: none; parts that do not suit are listed.
    """
    deadline = Deadline(clock or SystemClock(), seconds)
    whole = scored_rows(result)
    left_out: list[LeftOut] = []

    def part(name: str, make: Callable[[], T]) -> T | None:
        if deadline.passed():
            left_out.append(LeftOut(part=name, reason="The time was over before it began."))
            return None
        try:
            return make()
        except NotApplicable as reason:
            left_out.append(LeftOut(part=name, reason=reason.message))
            return None

    seed = result.options.seed
    sample = _with_cells(whole, frame.drop(result.model.target), seed)
    subject = subject_of(result.model)
    guesses = only_guesses(result)
    names = [] if guesses else [item.column for item in result.importances if item.loss > 0][:DEPENDENCES]
    intervals = result.model.intervals
    # The cheapest first: what a short time leaves out is the dearest and the least needed.
    fair = [
        part(f"fairness by {name}", partial(fairness, sample, name, intervals=intervals))
        for name in ([] if guesses else _group_columns(sample.cells))
    ]
    slices = None if guesses else part("weak groups", lambda: _weak(sample, subject, seed))
    dependence = [
        part(f"dependence on {name}", partial(partial_dependence, subject, sample, name, seed=seed)) for name in names
    ]
    return Assessment(
        n_rows=whole.size,
        n_sampled=sample.size,
        figures=measure(whole, seed=seed),
        outlook=outlook(whole, intervals) if whole.size >= LEAST_ROWS else None,
        bands={name: _light(band) for name, band in bands_of(result).items()},
        slices=slices,
        fairness=[each for each in fair if each is not None],
        dependence=[each for each in dependence if each is not None],
        left_out=left_out,
    )


def _light(band: Band) -> Band:
    """A band as fine as paper shows it, without the words and counts that its chart has from elsewhere."""
    points = {
        name: [round(value, 5) for value in getattr(band, name)] for name in ("x", "y", "low", "high", "baseline")
    }
    return band.model_copy(update={**points, "rows": [], "words": ChartStory()})


def untold(part: LeftOut) -> str:
    """What was not told, and why, as a sentence."""
    verb = "were" if part.part.startswith("weak groups") else "was"
    return f"{part.part[0].upper()}{part.part[1:]} {verb} not told: {part.reason}"


def _with_cells(whole: Rows, cells: pl.DataFrame, seed: int) -> Rows:
    """A fair sample of the rows with their cells."""
    picked: IntArray = np.arange(whole.size)
    if whole.size > SAMPLE_ROWS:
        picked = np.sort(np.random.default_rng(seed).permutation(whole.size)[:SAMPLE_ROWS])
    some = whole.at(picked)
    return Rows(some.problem, some.target, some.predictions, some.positions, some.threshold, cells[some.positions])


def _weak(rows: Rows, subject: Subject, seed: int) -> Slices:
    """Weak groups made of the columns that the model reads."""
    found = weakest(rows, columns=subject.columns, seed=seed)
    # Which rows they are is of no use on paper, and the file that keeps this should hold no more than it must.
    bare = found.model_copy(update={"found": [each.model_copy(update={"rows": []}) for each in found.found]})
    return bare.model_copy(update={"words": weak_words(bare)}) if rows.problem == "regression" else bare


def _group_columns(cells: pl.DataFrame) -> list[str]:
    """Columns that tell protected groups apart, by their names, at most three; numbers are no groups."""
    fit = [name for name in cells.columns if GROUP_WORDS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name))]
    return [name for name in fit if 2 <= cells[name].n_unique() <= 12][:3]
