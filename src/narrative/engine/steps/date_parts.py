"""Take dates apart into numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field, field_validator

from narrative.engine.alignment import read_iso_time
from narrative.engine.steps._columns import TIMES, ColumnsParams, chosen, free_name, is_time, pairs
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Part = Literal[
    "year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "days_since_epoch", "elapsed"
]
_TITLES: Final[dict[Part, str]] = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "day": "day",
    "weekday": "weekday",
    "day_of_year": "day of year",
    "hour": "hour",
    "minute": "minute",
    "days_since_epoch": "days since 1970",
    "elapsed": "days elapsed",
}
_MICROSECONDS_PER_DAY: Final = 86_400_000_000
_FIRST_LOOKED_AT: Final = 1_000


class DatePartsParams(ColumnsParams):
    parts: list[Part] = Field(
        default=["year", "month", "day", "weekday", "hour", "days_since_epoch"],
        min_length=1,
        title="Parts",
        description="Weekday counts from 1 (Monday) to 7; days may have a fraction; elapsed counts from a start.",
    )
    start: str | None = Field(
        default=None,
        title="Elapsed since",
        description="ISO 8601 date or time from which elapsed days count; empty: the earliest training value.",
    )
    keep_original: bool = Field(
        default=False, title="Keep the date", description="Leaves the date column in the table."
    )
    drop_constant: bool = Field(
        default=True, title="Only parts that vary", description="Leaves out parts with one value in the training rows."
    )

    @field_validator("start")
    @classmethod
    def _start_is_iso(cls, value: str | None) -> str | None:
        if value is not None:
            datetime.fromisoformat(value)
        return value


class DateParts(Step[DatePartsParams]):
    """Numbers a model can use instead of a date. A missing date has missing parts; text is read as ISO 8601."""

    name: ClassVar[str] = "date_parts"
    title: ClassVar[str] = "Take dates apart"
    sentence: ClassVar[str] = "Makes year, month, day, weekday, hour and running days out of a date."
    kinds: ClassVar[frozenset[ColumnKind]] = TIMES | {"constant", "empty"}
    inverse: ClassVar[str] = "None needed when the date is kept; otherwise the version before still has it."
    Params = DatePartsParams

    def columns(self, params: DatePartsParams) -> list[str]:
        return list(params.columns or [])

    def layout(self, params: DatePartsParams, before: Layout) -> Layout:
        columns = params.columns or [name for name, kind in before.kinds.items() if kind in TIMES]
        added: dict[str, ColumnKind] = {
            f"{name} {_TITLES[part]}": "decimal" for name in columns for part in params.parts
        }
        return (before if params.keep_original else before.without(columns)).adding(added)

    def fit(self, frame: pl.DataFrame, params: DatePartsParams, context: FitContext) -> State:
        dtypes, taken = dict(frame.schema), set(frame.columns)
        state: State = {}
        for name in chosen(frame, params.columns, is_time):
            is_date, text = dtypes[name] == pl.Date, not is_time(dtypes[name])
            start = params.start or _earliest(frame.select(_times(name, text=text).min()).item())
            parts: dict[str, str] = {}
            for part in dict.fromkeys(params.parts):
                if is_date and part in {"hour", "minute"}:
                    continue
                if params.drop_constant and _is_constant(frame.get_column(name), part, start, text=text):
                    continue
                parts[part] = free_name(f"{name} {_TITLES[part]}", taken)
                taken.add(parts[part])
            state[name] = {"text": text, "start": start, "parts": pairs(parts)}
        return {"columns": pairs(state)}

    def apply(self, frame: pl.LazyFrame, params: DatePartsParams, state: State) -> pl.LazyFrame:
        made = [
            _part(_times(name, text=learned["text"]), part, learned["start"]).alias(new)
            for name, learned in state["columns"]
            for part, new in learned["parts"]
        ]
        after = frame.with_columns(made)
        return after if params.keep_original else after.drop([name for name, _ in state["columns"]])

    def row(self, params: DatePartsParams, state: State) -> RowFunction | None:
        wanted = [
            (name, part, _microseconds(datetime.fromisoformat(learned["start"])), new)
            for name, learned in state["columns"]
            for part, new in learned["parts"]
        ]
        if any(learned["text"] for _, learned in state["columns"]):
            return None

        def take_apart(row: dict[str, Any]) -> None:
            for name, part, start, new in wanted:
                cell = row[name]
                if cell is None:
                    row[new] = None
                else:
                    time = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
                    row[new] = _part_of(time, part, start)

        return take_apart

    def outputs(self, params: DatePartsParams, state: State) -> dict[str, str]:
        return {new: name for name, learned in state["columns"] for _, new in learned["parts"]}


def _times(name: str, *, text: bool) -> pl.Expr:
    return read_iso_time(pl.col(name).cast(pl.String)) if text else pl.col(name).cast(pl.Datetime("us"))


def _is_constant(column: pl.Series, part: Part, start: str, *, text: bool) -> bool:
    """Whether a part has one value, or none; most that vary do so in the first rows."""
    for few in (column.head(_FIRST_LOOKED_AT), column):
        values = few.to_frame().select(_part(_times(column.name, text=text), part, start)).to_series()
        if values.min() != values.max():
            return False
    return True


def _earliest(first: datetime | None) -> str:
    return first.isoformat() if isinstance(first, datetime) else "1970-01-01"


def _part(time: pl.Expr, part: Part, start: str) -> pl.Expr:
    if part in {"days_since_epoch", "elapsed"}:
        elapsed = time.dt.epoch("us") - (_microseconds(datetime.fromisoformat(start)) if part == "elapsed" else 0)
        # Whole days stay exact: only the fraction is scaled.
        fraction = (elapsed % _MICROSECONDS_PER_DAY).cast(pl.Float64) * (1.0 / _MICROSECONDS_PER_DAY)
        value = (elapsed // _MICROSECONDS_PER_DAY).cast(pl.Float64) + fraction
    elif part == "day_of_year":
        value = time.dt.ordinal_day()
    else:
        value = getattr(time.dt, part)()
    return value.cast(pl.Float64)


def _microseconds(time: datetime) -> int:
    return (time.replace(tzinfo=None) - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 - no zone


def _days(microseconds: int) -> float:
    days, rest = divmod(microseconds, _MICROSECONDS_PER_DAY)
    return float(days) + float(rest) * (1.0 / _MICROSECONDS_PER_DAY)


def _part_of(time: datetime, part: Part, start: int) -> float:
    """The same as :func:`_part` for one time."""
    if part == "days_since_epoch":
        return _days(_microseconds(time))
    if part == "elapsed":
        return _days(_microseconds(time) - start)
    if part == "weekday":
        return float(time.isoweekday())
    if part == "quarter":
        return float((time.month + 2) // 3)
    if part == "day_of_year":
        return float(time.timetuple().tm_yday)
    return float(getattr(time, part))
