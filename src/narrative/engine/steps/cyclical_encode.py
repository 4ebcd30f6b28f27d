"""Put hours, weekdays and months on a circle."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import (
    NUMERIC,
    TIMES,
    ColumnsParams,
    chosen,
    free_names,
    is_number,
    is_time,
    named,
    unfit,
)
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Cycle = Literal["hour", "weekday", "day", "month", "day_of_year"]
_PERIODS: Final[dict[Cycle, float]] = {"hour": 24.0, "weekday": 7.0, "day": 31.0, "month": 12.0, "day_of_year": 365.25}
_TITLES: Final[dict[Cycle, str]] = {
    "hour": "hour", "weekday": "weekday", "day": "day", "month": "month", "day_of_year": "day of year",
}  # fmt: skip


class CyclicalEncodeParams(ColumnsParams):
    columns: list[str] = Field(title="Columns", description="Dates, or numbers that start over.", min_length=1)
    cycles: list[Cycle] = Field(
        default=["weekday", "month"],
        min_length=1,
        title="Cycles of a date",
        description="Which parts to put on a circle.",
    )
    period: float | None = Field(
        default=None,
        gt=0,
        le=1e9,
        title="Period of a number",
        description="After how much a number starts over, for example 24 for hours; needed for columns of numbers.",
    )
    keep_original: bool = Field(default=True, title="Keep the column", description="Leaves it in the table.")


class CyclicalEncode(Step[CyclicalEncodeParams]):
    """Adds sine and cosine of the angle, so that 23 h and 0 h are as close as 0 h and 1 h. Missing stays missing.

    Hours count with minutes and seconds; months, days and weekdays count from 0.
    """

    name: ClassVar[str] = "cyclical_encode"
    title: ClassVar[str] = "Put time on a circle"
    sentence: ClassVar[str] = (
        "Turns hours, weekdays and months into a place on a circle, where the end meets the start."
    )
    kinds: ClassVar[frozenset[ColumnKind]] = TIMES | NUMERIC | {"constant", "empty"}
    inverse: ClassVar[str] = "Remove the added columns; the angle of sine and cosine gives the place in the cycle back."
    Params = CyclicalEncodeParams

    def says(self, params: CyclicalEncodeParams) -> str:
        if params.period is not None:
            return f"Puts {named(params.columns, '')} on a circle of {params.period:g}."
        return (
            f"Puts {', '.join(_TITLES[cycle] for cycle in params.cycles)} of {named(params.columns, '')} on a circle."
        )

    def columns(self, params: CyclicalEncodeParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: CyclicalEncodeParams, before: Layout) -> Layout:
        rest = before if params.keep_original else before.without(params.columns)
        return rest.adding({}, [f"{name} " for name in params.columns])

    def fit(self, frame: pl.DataFrame, params: CyclicalEncodeParams, context: FitContext) -> State:
        made: list[dict[str, str]] = []
        for name in chosen(frame, params.columns, is_time):
            column = frame[name]
            if is_time(column.dtype):
                made += [{"column": name, "cycle": cycle} for cycle in dict.fromkeys(params.cycles)]
            elif is_number(column.dtype) and params.period is not None:
                made.append({"column": name, "cycle": "number"})
            elif column.null_count() < len(column):
                raise unfit(self, name, column.dtype, "dates" if params.period is None else "dates or numbers")
        wanted = [_name(item, what) for item in made for what in ("sine", "cosine")]
        names = free_names(wanted, frame.columns)
        for index, item in enumerate(made):
            item["sine"], item["cosine"] = names[2 * index], names[2 * index + 1]
        return {"made": made}

    def apply(self, frame: pl.LazyFrame, params: CyclicalEncodeParams, state: State) -> pl.LazyFrame:
        added = []
        for item in state["made"]:
            angle = _turns(pl.col(item["column"]), item["cycle"], params.period) * (2.0 * math.pi)
            added += [angle.sin().alias(item["sine"]), angle.cos().alias(item["cosine"])]
        after = frame.with_columns(added)
        return after if params.keep_original else after.drop(params.columns)

    def row(self, params: CyclicalEncodeParams, state: State) -> RowFunction | None:
        made = [(item["column"], item["cycle"], item["sine"], item["cosine"]) for item in state["made"]]

        def place(row: dict[str, Any]) -> None:
            for name, cycle, sine, cosine in made:
                cell = row[name]
                if cell is None:
                    row[sine] = row[cosine] = None
                else:
                    angle = _turns_of(cell, cycle, params.period) * (2.0 * math.pi)
                    row[sine], row[cosine] = math.sin(angle), math.cos(angle)

        return place

    def outputs(self, params: CyclicalEncodeParams, state: State) -> dict[str, str]:
        return {item[what]: item["column"] for item in state["made"] for what in ("sine", "cosine")}


def _name(item: dict[str, str], what: str) -> str:
    cycle = "" if item["cycle"] == "number" else f"{_TITLES[item['cycle']]} "  # type: ignore[index]  # one of the cycles
    return f"{item['column']} {cycle}{what}"


def _turns(column: pl.Expr, cycle: str, period: float | None) -> pl.Expr:
    """The place in the cycle as a part of a turn, 0 to 1."""
    if cycle == "number":
        place, length = column.cast(pl.Float64), period or 1.0
    else:
        length = _PERIODS[cycle]  # type: ignore[index]  # one of the cycles
        time = column.cast(pl.Datetime("us")).dt
        parts = {
            "weekday": lambda: time.weekday().cast(pl.Float64) - 1.0,
            "day": lambda: time.day().cast(pl.Float64) - 1.0,
            "month": lambda: time.month().cast(pl.Float64) - 1.0,
            "day_of_year": lambda: time.ordinal_day().cast(pl.Float64) - 1.0,
            "hour": lambda: (
                time.hour().cast(pl.Float64)
                + time.minute().cast(pl.Float64) * (1.0 / 60.0)
                + time.second().cast(pl.Float64) * (1.0 / 3600.0)
            ),
        }
        place = parts[cycle]()
    # Products with an inverse and no remainders: division by a scalar rounds differently in long and in short tables.
    turns = place * (1.0 / length)
    return turns - turns.floor()


def _turns_of(cell: Any, cycle: str, period: float | None) -> float:
    """The same as :func:`_turns` for one cell."""
    place, length = (float(cell), period or 1.0) if cycle == "number" else _place_of(cell, cycle)
    turns = place * (1.0 / length)
    return turns - math.floor(turns)


def _place_of(cell: date, cycle: str) -> tuple[float, float]:
    """Where in its cycle a date is, and how long the cycle is."""
    place = {
        "weekday": lambda: cell.isoweekday() - 1.0,
        "day": lambda: cell.day - 1.0,
        "month": lambda: cell.month - 1.0,
        "day_of_year": lambda: cell.timetuple().tm_yday - 1.0,
        "hour": lambda: _hour_of(cell),
    }[cycle]()
    return place, _PERIODS[cycle]  # type: ignore[index]  # one of the cycles


def _hour_of(cell: date) -> float:
    if not isinstance(cell, datetime):
        return 0.0
    return float(cell.hour) + float(cell.minute) * (1.0 / 60.0) + float(cell.second) * (1.0 / 3600.0)
