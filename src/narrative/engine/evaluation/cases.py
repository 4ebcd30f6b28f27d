"""Single rows: those most like a case, and those the model missed by most."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.space import Space
from narrative.engine.evaluation.telling import Named, among, tell
from narrative.engine.evaluation.uncertainty import mean_bounds, score_bounds, wilson
from narrative.engine.scores.base import decide
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray, IntArray, Label

NEAREST: Final = 5
SHOWN_COLUMNS: Final = 3
WORST: Final = 20
WORST_SHARE: Final = 0.05


class Neighbour(BaseModel):
    """A row like the case. ``row`` is its position in the given table; ``words`` say how alike it is."""

    model_config = ConfigDict(frozen=True)
    row: int
    distance: float
    words: str
    actual: Label
    prediction: float
    """Value, or probability of the class that is told of the case."""
    differs: dict[str, tuple[Any, Any]]
    """Columns in which it is another: (of the case, of this row); at most three."""


class NearestCases(BaseModel):
    """The rows most like a case, and what came of them.

    ``outcome`` is the share of them with the answer of the case, or their mean; ``baseline`` is that of all rows.
    """

    model_config = ConfigDict(frozen=True)
    prediction: float
    answer: Label
    neighbours: list[Neighbour]
    outcome: float
    interval: tuple[float, float]
    baseline: float
    words: ChartStory


class WorstError(BaseModel):
    """A row the model missed. ``prediction`` is the value, or the probability it gave the true class."""

    model_config = ConfigDict(frozen=True)
    row: int
    actual: Label
    answer: Label
    prediction: float
    loss: float
    times_the_mean: float


class WorstErrors(BaseModel):
    """The largest losses; ``share_of_loss`` is what the worst 5 % of rows carry (the baseline is 5 %)."""

    model_config = ConfigDict(frozen=True)
    rows: list[WorstError]
    mean_loss: float
    share_of_loss: float
    interval: tuple[float, float]
    baseline: float = WORST_SHARE
    words: ChartStory


def nearest_cases(space: Space, rows: Rows, case: pl.DataFrame, *, count: int = NEAREST) -> NearestCases:
    """The rows most like a case; the case itself is left out when it is among them.

    Args:
        space: learned from the cells of ``rows``.
        case: one row in the types of the model.

    Raises:
        NotApplicable: ``too_few_rows``.
    """
    if rows.size <= count:
        raise NotApplicable("too_few_rows", f"It takes more than {count} rows to find {count} like a case.")
    places, distances = space.nearest(space.place(case), count + 1)
    own, away = places[0], distances[0]
    columns = space.subject.columns
    if rows.cells[int(own[0])].select(columns).rows() == case.select(columns).rows():
        own, away = own[1:], away[1:]
    own, away = own[:count], away[:count]
    predictions = space.subject.predict(case.select(columns))
    told = None if rows.problem == "regression" else int(decide(predictions, rows.threshold)[0])
    classes = space.subject.classes
    prediction = float(predictions[0] if told is None else predictions[0, told])
    outcomes = rows.target if told is None else (rows.target == told).astype(np.float64)
    hits = outcomes[own]
    bounds = mean_bounds(hits) if told is None else wilson(float(hits.sum()), hits.size)
    return NearestCases(
        prediction=prediction,
        answer=prediction if told is None else classes[told],
        neighbours=[
            _neighbour(space, rows, case, (int(at), float(far)), told) for at, far in zip(own, away, strict=True)
        ],
        outcome=float(hits.mean()),
        interval=bounds,
        baseline=float(outcomes.mean()),
        words=_case_words(hits, bounds, float(outcomes.mean()), space.words(float(away[0])), is_number=told is None),
    )


def _neighbour(space: Space, rows: Rows, case: pl.DataFrame, found: tuple[int, float], told: int | None) -> Neighbour:
    at, far = found
    columns, cells = space.subject.columns, rows.cells
    other = cells[at].select(columns)
    gaps = {name: _gap(cells[name], case[name][0], other[name][0]) for name in columns}
    differing = sorted((name for name in columns if gaps[name] > 0), key=lambda name: -gaps[name])[:SHOWN_COLUMNS]
    actual = rows.target[at]
    return Neighbour(
        row=int(rows.positions[at]),
        distance=far,
        words=space.words(far),
        actual=float(actual) if told is None else space.subject.classes[int(actual)],
        prediction=float(rows.predictions[at] if told is None else rows.predictions[at, told]),
        differs={name: (_plain(case[name][0]), _plain(other[name][0])) for name in differing},
    )


def _gap(column: pl.Series, one: Any, other: Any) -> float:
    """How far two cells are apart: in standard deviations for numbers, 1 for other values."""
    if one == other or (one is None and other is None):
        return 0.0
    if one is None or other is None or not column.dtype.is_numeric():
        return 1.0
    spread = float(column.cast(pl.Float64).std() or 0.0)  # type: ignore[arg-type]  # of numbers it is one
    return abs(float(one) - float(other)) / spread if spread > 0 else 1.0


def worst_errors(rows: Rows, classes: list[Label], *, count: int = WORST, seed: int = 42) -> WorstErrors:
    """The rows with the largest losses.

    Raises:
        NotApplicable: ``too_few_rows``; ``no_errors`` when no row has a loss.
    """
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"{rows.size:,} rows say too little; it takes {LEAST_ROWS}.")
    losses = rows.losses()
    if not losses.sum() > 0:
        raise NotApplicable("no_errors", "Every row was predicted without any error.")
    order = np.argsort(-losses, kind="stable")[:count]
    mean = float(losses.mean())
    share = _carried(losses)
    bounds = score_bounds(lambda picked: _carried(losses[picked]), rows.size, share, seed=seed)
    found = [_error(rows, classes, int(at), float(losses[at]), mean) for at in order]
    return WorstErrors(
        rows=found, mean_loss=mean, share_of_loss=share, interval=bounds, words=_error_words(share, bounds, len(found))
    )


def _carried(losses: FloatArray) -> float:
    """Share of all loss that the worst 5 % of rows carry."""
    count = max(round(WORST_SHARE * losses.size), 1)
    return float(np.partition(losses, losses.size - count)[-count:].sum() / max(losses.sum(), 1e-300))


def _error(rows: Rows, classes: list[Label], at: int, loss: float, mean: float) -> WorstError:
    if rows.problem == "regression":
        actual: Label = float(rows.target[at])
        answer: Label = float(rows.predictions[at])
        prediction = float(rows.predictions[at])
    else:
        actual = classes[int(rows.target[at])]
        answer = classes[int(decide(rows.predictions[[at]], rows.threshold)[0])]
        prediction = float(rows.predictions[at, int(rows.target[at])])
    return WorstError(
        row=int(rows.positions[at]),
        actual=actual,
        answer=answer,
        prediction=prediction,
        loss=loss,
        times_the_mean=loss / mean,
    )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _case_words(
    hits: FloatArray, bounds: tuple[float, float], baseline: float, alike: str, *, is_number: bool
) -> ChartStory:
    form: Any = "decimal" if is_number else "percent"
    account = {
        "count": Named(int(hits.size), "rows most like the case", "integer", "rows"),
        "alike": Named(alike, "how alike the nearest is", "text"),
        "outcome": Named(float(hits.mean()), "what came of them", form),
        "low": Named(bounds[0], "lower end of its interval", form),
        "high": Named(bounds[1], "upper end of its interval", form),
        "baseline": Named(baseline, "what came of all rows", form),
    }
    what = "had a mean of {outcome}" if is_number else "turned out as answered in {outcome} of cases"
    text = (
        f"The nearest is {{alike}}; the {{count:unit}} like this case {what} ({{low}} to {{high}}), all {{baseline}}."
    )
    return tell(account, (text, among("outcome", "low", "high"), "interval"))


def _error_words(share: float, bounds: tuple[float, float], count: int) -> ChartStory:
    account = {
        "part": Named(WORST_SHARE, "the rows with the largest losses", "percent"),
        "share": Named(share, "their share of all loss", "percent"),
        "low": Named(bounds[0], "lower end of its interval", "percent"),
        "high": Named(bounds[1], "upper end of its interval", "percent"),
        "count": Named(count, "rows listed", "integer", "rows"),
    }
    text = "The {part} of rows it misses by far carry {share} ({low} to {high}) of all loss."
    return tell(account, (text, among("share", "low", "high"), "interval"))


def rows_of_places(rows: Rows, places: IntArray) -> list[int]:
    """Positions in the given table, sorted, at most 200."""
    return [int(row) for row in np.sort(rows.positions[places])[:200]]
