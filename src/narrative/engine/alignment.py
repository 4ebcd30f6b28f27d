"""Bringing any frame to the types the engine works with, column by column and row by row.

Every conversion is elementwise, so a row reads the same alone and among a million others. Values that cannot be
carried over become missing here; telling a person about them is the business of the ``Predictor``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from narrative.engine.steps._columns import DTYPES, dtype_name, is_time
from narrative.engine.steps.base import NoRowPathError
from narrative.engine.types import ColumnKind

_TIME_FORMATS = (
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
)
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
_YES, _NO = pl.lit(value=True), pl.lit(value=False)
_EXACT_INTEGERS = 2.0**53
_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e15
"""Sizes between which every program writes a decimal in the same way: without an exponent."""


def input_types(frame: pl.DataFrame) -> dict[str, str]:
    """Column -> name of the engine type it is brought to."""
    return {name: dtype_name(dtype) for name, dtype in frame.schema.items()}


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in engine types (text, numbers, booleans, dates, naive UTC times); NaN and infinity are missing."""
    return aligned(frame, input_types(frame)).collect()


def aligned(frame: pl.DataFrame, types: Mapping[str, str]) -> pl.LazyFrame:
    """Exactly the named columns in engine types; columns the frame lacks are missing in every row, others are left out.

    Numbers stay the numbers they are: a decimal in a column that held integers before is not cut.
    """
    schema = dict(frame.schema)  # asked once: each look at a frame's schema costs as much as it has columns
    present = [brought(name, schema[name], types[name]) for name in types if name in schema]
    absent = [pl.lit(None, dtype=DTYPES[dtype]).alias(name) for name, dtype in types.items() if name not in schema]
    return frame.lazy().with_columns(*present, *absent).select(list(types))


def kinds_of(schema: Mapping[str, pl.DataType]) -> dict[str, ColumnKind]:
    """Column kinds as far as types alone tell; text counts as category."""
    return {name: _KINDS[dtype_name(dtype)] for name, dtype in schema.items()}


_KINDS: dict[str, ColumnKind] = {
    "String": "category",
    "Int64": "integer",
    "Float64": "decimal",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "datetime",
}


def brought(name: str, given: pl.DataType, wanted: str) -> pl.Expr:
    """The column in an engine type; what cannot be carried over is missing."""
    column = pl.col(name)
    if isinstance(given, pl.Datetime) and given.time_zone is not None:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    if wanted == "String":
        return as_text(column, given).alias(name)
    if wanted in {"Int64", "Float64"}:
        return _as_number(column, given).alias(name)
    if wanted == "Boolean":
        return _as_boolean(column, given).alias(name)
    return _as_time(column, given, wanted).alias(name)


def as_text(column: pl.Expr, given: pl.DataType) -> pl.Expr:
    """A column as text; whole decimals lose their ``.0`` so that 3 and 3.0 are one category."""
    if given == pl.String:
        return column
    if given.is_numeric():
        number = column.cast(pl.Float64)
        whole = (number == number.round()) & (number.abs() < _EXACT_INTEGERS)
        text = (
            pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
        )
        return pl.when(number.is_finite()).then(text)
    if given.is_nested() or given in (pl.Binary, pl.Object):
        return pl.lit(None, dtype=pl.String)
    return column.cast(pl.String)


def cell_text(cell: Any) -> str | None:
    """The same as :func:`as_text` for one cell in an engine type.

    Raises:
        NoRowPathError: a decimal so large or small that it is written with an exponent, which has several notations.
    """
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < _EXACT_INTEGERS:
            return str(int(cell))
        if not _PLAIN_FROM <= abs(cell) < _PLAIN_BELOW:
            raise NoRowPathError
        return repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "microseconds")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _as_number(column: pl.Expr, given: pl.DataType) -> pl.Expr:
    if given.is_float():
        number = column.cast(pl.Float64)
        return pl.when(number.is_finite()).then(number)
    if given.is_integer() and given not in (pl.UInt64, pl.Int128):
        return column.cast(pl.Int64)
    if isinstance(given, pl.Duration | pl.Time):
        seconds = column.dt.total_microseconds() / 1e6 if isinstance(given, pl.Duration) else column.to_physical() / 1e9
        return seconds.cast(pl.Float64)
    if given == pl.String:
        number = column.str.strip_chars().cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number)
    if given.is_numeric() or given in (pl.Boolean, pl.Null):
        return column.cast(pl.Float64)
    return pl.lit(None, dtype=pl.Float64)


def _as_boolean(column: pl.Expr, given: pl.DataType) -> pl.Expr:
    if given in (pl.Boolean, pl.Null):
        return column.cast(pl.Boolean)
    if given.is_numeric():
        return pl.when(column == 1).then(_YES).when(column == 0).then(_NO)
    if given == pl.String:
        word = column.str.strip_chars().str.to_lowercase()
        return pl.when(word.is_in(list(_TRUE))).then(_YES).when(word.is_in(list(_FALSE))).then(_NO)
    return pl.lit(None, dtype=pl.Boolean)


def cell_boolean(cell: Any) -> bool | None:
    """A cell in an engine type as yes or no; None where it is neither."""
    if isinstance(cell, str):
        word = cell.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return bool(cell) if isinstance(cell, int | float) and cell in (0, 1) else None


def _as_time(column: pl.Expr, given: pl.DataType, wanted: str) -> pl.Expr:
    if is_time(given) or given == pl.Null:
        return column.cast(DTYPES[wanted])
    if given == pl.String:
        return read_iso_time(column).cast(DTYPES[wanted])
    return pl.lit(None, dtype=DTYPES[wanted])


def read_iso_time(column: pl.Expr) -> pl.Expr:
    """ISO 8601 text as Datetime; anything else is missing.

    Formats are tried one by one per value, because a format guessed from the first row would make a row's value
    depend on its neighbours.
    """
    text = column.str.strip_chars()
    days = text.str.strptime(pl.Date, "%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    times = [text.str.strptime(pl.Datetime("us"), pattern, strict=False) for pattern in _TIME_FORMATS]
    return pl.coalesce(*times, days)
