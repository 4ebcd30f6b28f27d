"""Cells of a sheet: what they say as text, and columns in the narrowest type that keeps them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import polars as pl

from narrative.engine.tables.dates import speaks_of_a_date

EXACT: Final = 1e15
"""Spreadsheets keep 15 digits; whole numbers below are exact."""
_FIRST_SERIAL: Final = 29_221
_LAST_SERIAL: Final = 54_788
"""Day numbers of 1 January 1980 and 31 December 2049 when counted from 30 December 1899."""
_EPOCH: Final = dt.date(1899, 12, 30)


def is_blank(value: Any) -> bool:
    """Whether a cell holds nothing, or nothing but spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def cell_text(value: Any) -> str | None:
    """A cell as text: whole numbers without a point, times in ISO form; None when blank.

    >>> cell_text(2.0), cell_text(True), cell_text(dt.date(2024, 1, 31)), cell_text(" ")
    ('2', 'true', '2024-01-31', None)
    """
    if is_blank(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)


def column_of(name: str, values: list[Any]) -> pl.Series:
    """A column in the narrowest common type of its cells; mixed cells become text, to be typed like a text file's."""
    kinds = {type(value) for value in values if not is_blank(value)}
    clean = [None if is_blank(value) else value for value in values]
    if kinds and kinds <= {int, float}:
        return _numbers(name, clean)
    if kinds == {bool}:
        return pl.Series(name, clean, dtype=pl.Boolean)
    if kinds == {dt.date}:
        return pl.Series(name, clean, dtype=pl.Date)
    if kinds and kinds <= {dt.date, dt.datetime}:
        return pl.Series(name, [_moment(value) for value in clean], dtype=pl.Datetime("us"))
    if kinds == {dt.timedelta}:
        return pl.Series(name, [None if v is None else v.total_seconds() for v in clean], dtype=pl.Float64)
    return pl.Series(name, [cell_text(value) for value in values], dtype=pl.String)


def _numbers(name: str, values: list[float | None]) -> pl.Series:
    if all(value is None or (float(value).is_integer() and abs(value) < EXACT) for value in values):
        return pl.Series(name, [None if value is None else int(value) for value in values], dtype=pl.Int64)
    return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)


def _moment(value: dt.date | None) -> dt.datetime | None:
    return value if value is None or isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())


def read_serials(columns: dict[str, pl.Series]) -> list[str]:
    """Turn columns of bare day numbers into dates, in place, where the name speaks of a date; returns what was done.

    A date whose cell lost its format shows as its number, such as 45,322 for 31 January 2024.
    """
    notes = []
    for name, series in columns.items():
        low, high = (series.min(), series.max()) if series.dtype == pl.Int64 else (None, None)
        if not (isinstance(low, int) and isinstance(high, int) and speaks_of_a_date(name)):
            continue
        if low >= _FIRST_SERIAL and high <= _LAST_SERIAL:
            columns[name] = pl.Series(name, [None if v is None else _EPOCH + dt.timedelta(v) for v in series], pl.Date)
            notes.append(f"Column {name!r} holds day numbers of the spreadsheet ({low:,} …); they were read as dates.")
    return notes
