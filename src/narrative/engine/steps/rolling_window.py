"""Summarize the rows just before."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar, Final, Literal

import numpy as np
import polars as pl
from pydantic import Field, field_validator, model_validator

from narrative.engine.steps._columns import distinct, is_number, require_free, unfit
from narrative.engine.steps._history import History, Places, by_history, learn, moment_of, within_words
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind, FloatArray, IntArray

Statistic = Literal["mean", "sum", "min", "max", "std", "count"]
MOST_ROWS: Final = 1_000
_DAY: Final = 86_400_000_000


class RollingWindowParams(StepParams):
    column: str = Field(title="Column", description="Numbers that are summarized.")
    order: str = Field(title="In the order of", description="Date, time or number that says what came first.")
    by: list[str] = Field(
        default=[], title="Within", description="Only rows that are equal here; left empty: all rows.", max_length=5
    )
    statistic: Statistic = Field(
        default="mean", title="Statistic", description="std is that of a sample; count counts values that are there."
    )
    rows: int | None = Field(
        default=None, ge=1, le=MOST_ROWS, title="Rows back", description="How many earlier rows count, or:"
    )
    days: float | None = Field(
        default=None,
        gt=0,
        le=36_525,
        title="Days back",
        description="How far back rows count; at most the last 1,000 of them. For an order of numbers: how much less.",
    )
    name: str | None = Field(
        default=None, min_length=1, title="New column", description="Left empty: '<statistic> of <column> in ...'."
    )

    _distinct = field_validator("by")(distinct)

    @model_validator(mode="after")
    def _rows_or_days(self) -> RollingWindowParams:
        if (self.rows is None) == (self.days is None):
            raise ValueError("give either rows or days")
        return self


class RollingWindow(Step[RollingWindowParams]):
    """Adds a statistic of a column over earlier rows, in time order and within a group.

    Earlier rows are training rows at an earlier moment; the row itself and rows of the same moment do not count, so
    nothing of a row leaks into its own window. A row to predict looks into that history, never at its neighbours.
    Missing values do not count; a window without any is missing (count: 0).
    """

    name: ClassVar[str] = "rolling_window"
    title: ClassVar[str] = "Summarize earlier rows"
    sentence: ClassVar[str] = "Adds the mean, sum or another statistic of a column over the rows before."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the new column."
    Params = RollingWindowParams
    column_params: ClassVar[tuple[str, ...]] = ("column", "order", "by")

    def says(self, params: RollingWindowParams) -> str:
        within = within_words(params.by)
        return (
            f"Adds the {params.statistic} of '{params.column}' over {_window(params)} before each row by "
            f"'{params.order}'{within}, looked up among training rows."
        )

    def columns(self, params: RollingWindowParams) -> list[str]:
        return list(dict.fromkeys([params.column, params.order, *params.by]))

    def layout(self, params: RollingWindowParams, before: Layout) -> Layout:
        require_free(self, [_name(params)], before.kinds)
        return before.adding({_name(params): "decimal"})

    def fit(self, frame: pl.DataFrame, params: RollingWindowParams, context: FitContext) -> State:
        require_free(self, [_name(params)], frame.columns)
        dtype = frame.schema[params.column]
        blank = frame[params.column].null_count() == frame.height
        if not blank and not is_number(dtype):
            raise unfit(self, params.column, dtype, "numbers")
        numbers = pl.lit(None, dtype=pl.Float64) if blank else pl.col(params.column).cast(pl.Float64)
        return learn(self, frame, params.order, params.by, params.column, values=numbers)

    def apply(self, frame: pl.LazyFrame, params: RollingWindowParams, state: State) -> pl.LazyFrame:
        history = History(state)
        values = np.array([math.nan if value is None else value for value in state["values"]], dtype=np.float64)
        moments = np.array(state["moments"], dtype=np.float64 if history.form in {"number", "blank"} else np.int64)

        def windows(order: pl.Series, by: list[pl.Series]) -> pl.Series:
            places = history.places(order, by)
            starts = _starts(params, history, order, places, moments)
            found = _summarized(values, starts, places.before, params.statistic)
            known = places.end > 0
            return pl.Series(np.where(known, found, np.nan), nan_to_null=True)

        new = by_history(params.order, params.by, windows, pl.Float64())
        return frame.with_columns(new.alias(_name(params)))

    def row(self, params: RollingWindowParams, state: State) -> RowFunction | None:
        history, values, moments, new = History(state), state["values"], state["moments"], _name(params)

        def look(row: dict[str, Any]) -> None:
            order = row[params.order]
            start, before, _, end = history.place(order, [row[name] for name in params.by])
            row[new] = None
            if not end:
                return
            first = max(start, before - (params.rows or MOST_ROWS))
            if params.days is not None:
                limit = moment_of(order) - _span(params.days, history.form)
                first = next((place for place in range(first, before) if moments[place] >= limit), before)
            row[new] = _summary([value for value in values[first:before] if value is not None], params.statistic)

        return look

    def outputs(self, params: RollingWindowParams, state: State) -> dict[str, str]:
        return {_name(params): params.order}

    def inputs(self, params: RollingWindowParams, state: State) -> dict[str, list[str]]:
        return {_name(params): [params.order, *(name for name in params.by if name != params.order)]}


def _span(days: float, form: str) -> float:
    """How far back, in what rows are ordered by; whole microseconds for times."""
    return round(days * _DAY) if form == "Datetime" else math.floor(days) if form == "Date" else days


def _starts(params: RollingWindowParams, history: History, order: pl.Series, places: Places, moments: Any) -> IntArray:
    """First entry of each row's window."""
    first = np.maximum(places.start, places.before - (params.rows or MOST_ROWS))
    if params.days is None:
        return first
    wanted = order.cast(pl.Float64) if history.form in {"number", "blank"} else order.to_physical().cast(pl.Int64)
    if history.form == "Datetime":
        wanted = order.cast(pl.Datetime("us")).to_physical()
    limit = wanted.fill_null(0).to_numpy() - _span(params.days, history.form)
    # The window's first entry lies among at most 1,000: move there, all rows at once.
    low, high = first.copy(), places.before.copy()
    while (open_ := low < high).any():
        middle = (low + high) // 2
        early = open_ & (moments[np.minimum(middle, max(0, len(moments) - 1))] < limit)
        low = np.where(early, middle + 1, low)
        high = np.where(open_ & ~early, middle, high)
    return low


def _summarized(values: FloatArray, starts: IntArray, ends: IntArray, statistic: Statistic) -> FloatArray:
    """The statistic of ``values[start:end]`` for each row, added up from the oldest entry on as :func:`_summary`."""
    longest = int((ends - starts).max(initial=0))
    count, total = np.zeros(len(starts)), np.zeros(len(starts))
    low, high = np.full(len(starts), np.inf), np.full(len(starts), -np.inf)
    for entries in _entries(values, starts, ends, longest):
        there = ~np.isnan(entries)
        count += there
        total = np.where(there, total + entries, total)
        low, high = np.fmin(low, entries), np.fmax(high, entries)
    if statistic == "count":
        return count
    with np.errstate(all="ignore"):
        mean = total / count
        if statistic == "std":
            squares = np.zeros(len(starts))
            for entries in _entries(values, starts, ends, longest):
                squares = np.where(np.isnan(entries), squares, squares + (entries - mean) * (entries - mean))
            found = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
        else:
            found = {"mean": mean, "sum": total, "min": low, "max": high}[statistic]
    return np.where((count > 0) & np.isfinite(found), found, np.nan)


def _entries(values: FloatArray, starts: IntArray, ends: IntArray, longest: int) -> Iterable[FloatArray]:
    """The first entry of each row's window, then the second, ...; NaN where a window has ended."""
    for step in range(longest):
        place = starts + step
        inside = place < ends
        yield np.where(inside, values[np.where(inside, place, 0)], np.nan)


def _summary(values: list[float], statistic: Statistic) -> float | None:
    if statistic == "count":
        return float(len(values))
    if not values:
        return None
    total = 0.0
    for value in values:
        total += value
    if statistic == "std":
        if len(values) < 2:
            return None
        mean, squares = total / len(values), 0.0
        for value in values:
            squares += (value - mean) * (value - mean)
        found = math.sqrt(squares / (len(values) - 1)) if math.isfinite(squares) else math.inf
    else:
        found = {"mean": total / len(values), "sum": total, "min": min(values), "max": max(values)}[statistic]
    return found if math.isfinite(found) else None


def _window(params: RollingWindowParams) -> str:
    if params.rows is not None:
        return "1 row" if params.rows == 1 else f"{params.rows} rows"
    return "1 day" if params.days == 1 else f"{params.days:g} days"


def _name(params: RollingWindowParams) -> str:
    return params.name or f"{params.statistic} of {params.column} in {_window(params)} before"
