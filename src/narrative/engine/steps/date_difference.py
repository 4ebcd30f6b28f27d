"""Measure the time between two dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.alignment import read_iso_time
from narrative.engine.steps._columns import TIMES, is_text, is_time, require_free, unfit
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind

Unit = Literal["seconds", "minutes", "hours", "days", "weeks", "years"]
_MICROSECONDS: Final[dict[Unit, int]] = {
    "seconds": 10**6, "minutes": 60 * 10**6, "hours": 3_600 * 10**6, "days": 86_400 * 10**6,
    "weeks": 604_800 * 10**6, "years": 31_556_952 * 10**6,
}  # fmt: skip
"""A year is 365.2425 days, the mean of the Gregorian calendar."""


class DateDifferenceParams(StepParams):
    start: str = Field(title="From", description="Column with the earlier date.")
    end: str | None = Field(default=None, title="To", description="Column with the later date.")
    until: str | None = Field(
        default=None, title="To a fixed time", description="ISO 8601 date or time (UTC), instead of a column."
    )
    unit: Unit = Field(default="days", title="Unit", description="Fractions count; a year is 365.2425 days.")
    name: str | None = Field(
        default=None, min_length=1, title="New column", description="Left empty: '<from> to <to> in <unit>'."
    )

    @model_validator(mode="after")
    def _one_end(self) -> DateDifferenceParams:
        if (self.end is None) == (self.until is None):
            raise ValueError("give either a column or a fixed time to measure to")
        if self.until is not None and datetime.fromisoformat(self.until).tzinfo is not None:
            raise ValueError("give the fixed time in UTC, without a zone")
        return self


class DateDifference(Step[DateDifferenceParams]):
    """Adds the time from one date to another; negative when the second is earlier, missing when one is missing.

    Text is read as ISO 8601.
    """

    name: ClassVar[str] = "date_difference"
    title: ClassVar[str] = "Time between two dates"
    sentence: ClassVar[str] = "Adds the time from one date to another as a number."
    kinds: ClassVar[frozenset[ColumnKind]] = TIMES | {"constant", "empty"}
    inverse: ClassVar[str] = "Remove the new column."
    Params = DateDifferenceParams
    column_params: ClassVar[tuple[str, ...]] = ("start", "end")

    def says(self, params: DateDifferenceParams) -> str:
        end = params.until if params.end is None else f"'{params.end}'"
        return f"Adds the {params.unit} from '{params.start}' to {end} as '{_name(params)}'."

    def columns(self, params: DateDifferenceParams) -> list[str]:
        return [params.start] if params.end is None else [params.start, params.end]

    def layout(self, params: DateDifferenceParams, before: Layout) -> Layout:
        require_free(self, [_name(params)], before.kinds)
        return before.adding({_name(params): "decimal"})

    def fit(self, frame: pl.DataFrame, params: DateDifferenceParams, context: FitContext) -> State:
        require_free(self, [_name(params)], frame.columns)
        for name in self.columns(params):
            dtype = frame.schema[name]
            if not (is_time(dtype) or is_text(dtype)) and frame[name].null_count() < frame.height:
                raise unfit(self, name, dtype, "dates")
        return {"text": [name for name in self.columns(params) if is_text(frame.schema[name])]}

    def apply(self, frame: pl.LazyFrame, params: DateDifferenceParams, state: State) -> pl.LazyFrame:
        times = []
        for name in self.columns(params):
            column = pl.col(name)
            times.append(read_iso_time(column) if name in state["text"] else column.cast(pl.Datetime("us")))
        if params.until is not None:
            times.append(pl.lit(datetime.fromisoformat(params.until)).cast(pl.Datetime("us")))
        size = _MICROSECONDS[params.unit]
        elapsed = times[1].dt.epoch("us") - times[0].dt.epoch("us")
        # Whole units stay exact: only the fraction is scaled.
        number = (elapsed // size).cast(pl.Float64) + (elapsed % size).cast(pl.Float64) * (1.0 / size)
        return frame.with_columns(number.alias(_name(params)))

    def row(self, params: DateDifferenceParams, state: State) -> RowFunction | None:
        if state["text"]:
            return None  # what is written as text is read by the frame path
        until = None if params.until is None else datetime.fromisoformat(params.until)
        size, new = _MICROSECONDS[params.unit], _name(params)

        def measure(row: dict[str, Any]) -> None:
            start, end = row[params.start], until if params.end is None else row[params.end]
            row[new] = None
            if start is not None and end is not None:
                whole, rest = divmod((_moment(end) - _moment(start)) // timedelta(microseconds=1), size)
                row[new] = float(whole) + float(rest) * (1.0 / size)

        return measure

    def outputs(self, params: DateDifferenceParams, state: State) -> dict[str, str]:
        return {_name(params): params.start}

    def inputs(self, params: DateDifferenceParams, state: State) -> dict[str, list[str]]:
        return {_name(params): self.columns(params)}


def _moment(cell: date) -> datetime:
    """A date as its first moment."""
    return cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - no zone


def _name(params: DateDifferenceParams) -> str:
    return params.name or f"{params.start} to {params.end or params.until} in {params.unit}"
