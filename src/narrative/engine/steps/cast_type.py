"""Change the type of columns."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field

from narrative.engine.alignment import brought, cell_boolean, cell_text
from narrative.engine.steps._columns import BLANKS, DTYPES, dtype_name, plain_text
from narrative.engine.steps.base import FitContext, Layout, NoRowPathError, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind

Wanted = Literal["integer", "decimal", "boolean", "text", "category", "date", "datetime"]
_TYPES: Final[dict[str, str]] = {
    "integer": "Int64",
    "decimal": "Float64",
    "boolean": "Boolean",
    "text": "String",
    "category": "String",
    "date": "Date",
    "datetime": "Datetime",
}
_PLAIN_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)


class CastTypeParams(StepParams):
    columns: list[str] = Field(title="Columns", description="Columns whose type changes.", min_length=1)
    to: Wanted = Field(title="New type", description="Dates are read from ISO 8601 text (2026-01-31).")


class CastType(Step[CastTypeParams]):
    """Reads every value again as another type.

    What cannot be read becomes missing and is counted in the notes: 'abc' as a number, 3.5 as an integer, 7 as a
    boolean. Whole decimals become text without '.0', so 3.0 reads '3'.
    """

    name: ClassVar[str] = "cast_type"
    title: ClassVar[str] = "Change the type"
    sentence: ClassVar[str] = "Reads the values of a column as numbers, text, dates or yes/no."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Change the type back; values that could not be read stay missing."
    Params = CastTypeParams

    def columns(self, params: CastTypeParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: CastTypeParams, before: Layout) -> Layout:
        kinds: dict[str, ColumnKind] = dict.fromkeys(params.columns, params.to)
        return before.adding(kinds)

    def fit(self, frame: pl.DataFrame, params: CastTypeParams, context: FitContext) -> State:
        return {"from": {name: dtype_name(frame.schema[name]) for name in params.columns}}

    def apply(self, frame: pl.LazyFrame, params: CastTypeParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(_cast(name, given, params.to) for name, given in state["from"].items())

    def row(self, params: CastTypeParams, state: State) -> RowFunction | None:
        def cast(row: dict[str, Any]) -> None:
            for name in state["from"]:
                if row[name] is not None:
                    row[name] = _cast_cell(row[name], params.to)

        return cast

    def notes(self, frame: pl.DataFrame, params: CastTypeParams, state: State) -> list[str]:
        after = self.apply(frame.lazy(), params, state).collect()
        said = []
        for name in state["from"]:
            lost = after[name].null_count() - frame[name].null_count()
            if lost:
                first = frame.filter(frame[name].is_not_null() & after[name].is_null())[name][0]
                noun = "value" if lost == 1 else "values"
                said.append(
                    f"{lost:,} {noun} of '{name}' cannot be read as {params.to} and become missing, e.g. {first!r}."
                )
        return said


def _cast(name: str, given: str, to: Wanted) -> pl.Expr:
    if to != "integer":
        return brought(name, DTYPES[given], _TYPES[to])
    if given == "String":
        # Digits beyond 2^53 survive only when read as integers at once.
        exact = pl.col(name).str.strip_chars().cast(pl.Int64, strict=False)
        return pl.coalesce(exact, _whole(brought(name, pl.String(), "Float64"))).alias(name)
    if given in {"Int64", "Float64"}:
        number = pl.col(name).cast(pl.Float64)
        return pl.when(number == number.round()).then(pl.col(name).cast(pl.Int64, strict=False)).alias(name)
    return _whole(brought(name, DTYPES[given], "Float64")).alias(name)


def _whole(number: pl.Expr) -> pl.Expr:
    return pl.when(number == number.round()).then(number.cast(pl.Int64, strict=False))


def _cast_cell(cell: Any, to: Wanted) -> Any:
    """The same as :func:`_cast` for a cell that is there."""
    if to in {"text", "category"}:
        return cell_text(cell)
    if to == "boolean":
        return cell_boolean(plain_text(cell) if isinstance(cell, str) else cell)
    if to in {"date", "datetime"}:
        return _time_of(cell, to)
    if isinstance(cell, int):
        return int(cell) if to == "integer" else float(cell)
    number = _number_of(cell)
    if to == "decimal" or number is None:
        return number
    return int(number) if number.is_integer() and abs(number) < 2.0**63 else None


def _number_of(cell: Any) -> float | None:
    """The number a cell holds; text with exponents and signs of other kinds is left to the frame path."""
    if not isinstance(cell, str):
        return cell if isinstance(cell, float) else None
    bare = (plain_text(cell) or "").strip(BLANKS)
    if _PLAIN_NUMBER.fullmatch(bare):
        return float(bare)
    if any(letter.isdigit() for letter in bare):
        raise NoRowPathError
    return None


def _time_of(cell: Any, to: Wanted) -> date | None:
    if isinstance(cell, str):
        raise NoRowPathError  # the notations of ISO 8601 are read by the frame path
    if not isinstance(cell, date):
        return None
    if to == "date":
        return cell.date() if isinstance(cell, datetime) else cell
    return cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - no zone
