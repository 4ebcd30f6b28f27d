"""How a value becomes a category: what is equal, what was seen, what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import polars as pl

from narrative.engine.steps._columns import is_number
from narrative.engine.steps.base import NoRowPathError

KeyType = Literal["number", "text"]
_ENUMERABLE: Final = 1_000
Level = str | float
"""A category as a step remembers it: text, or a number for numeric and boolean columns."""


def key_type(dtype: pl.DataType) -> KeyType:
    """How categories of a column are compared: numbers by value (3 equals 3.0), everything else as text."""
    return "number" if is_number(dtype) else "text"


def key(column: str, form: KeyType) -> pl.Expr:
    """The category of each row; null where the value is missing."""
    if form == "number":
        return pl.col(column).cast(pl.Float64).fill_nan(None)
    return pl.col(column).cast(pl.String)


def levels_series(levels: Sequence[Level], form: KeyType) -> pl.Series:
    """Levels as a typed series, also when there are none."""
    return pl.Series(levels, dtype=pl.Float64 if form == "number" else pl.String)


def level_counts(frame: pl.DataFrame, column: str) -> tuple[KeyType, list[Level], list[int], int]:
    """Key type, levels by falling count (ties in order of the level), their counts, and the number of missing cells."""
    form = key_type(frame.get_column(column).dtype)
    counts = frame.select(key(column, form).alias("level")).group_by("level").len(name="n")
    missing = counts.filter(pl.col("level").is_null())["n"].sum()
    counts = counts.drop_nulls("level").sort(["n", "level"], descending=[True, False])
    return form, counts["level"].to_list(), counts["n"].to_list(), int(missing)


def level_text(level: Level) -> str:
    """A level for people: ``3.0`` reads 3.

    >>> level_text(3.0), level_text(2.5), level_text("Paris")
    ('3', '2.5', 'Paris')
    """
    if isinstance(level, float) and level.is_integer() and abs(level) < 2**53:
        return str(int(level))
    return str(level)


def lookup(
    column: str, form: KeyType, levels: Sequence[Level], values: Sequence[float], *, missing: float | None
) -> pl.Expr:
    """The value that belongs to each row's category; missing and unseen categories both get ``missing``."""
    return key(column, form).replace_strict(
        levels_series(levels, form),
        pl.Series(values, dtype=pl.Float64),
        default=missing,
        return_dtype=pl.Float64,
    )


def is_known(category: pl.Expr, levels: Sequence[Level], form: KeyType) -> pl.Expr:
    """Whether :func:`key` of a row is one of the levels; a missing category never is."""
    if form == "text" and 0 < len(levels) <= _ENUMERABLE:
        # Twice as fast as looking them up in a list.
        return category.cast(pl.Enum(levels_series(levels, form)), strict=False).is_not_null()
    return category.is_in(levels_series(levels, form).implode())


def count_unseen(frame: pl.DataFrame, column: str, form: KeyType, levels: Sequence[Level]) -> int:
    """Rows whose category was not there when the step was fitted (missing cells do not count)."""
    if column not in frame.columns:
        return 0
    values = frame.select(key(column, form).alias("level")).drop_nulls()
    return values.height - int(values.select(is_known(pl.col("level"), levels, form)).to_series().sum())


def unseen_note(column: str, count: int) -> str:
    """One sentence about categories the step had not met."""
    if count == 1:
        return f"1 row has a category of '{column}' that was not there before; it counts as missing."
    return f"{count:,} rows have categories of '{column}' that were not there before; they count as missing."


def row_key(value: Any, form: str) -> Level | None:
    """The category of one cell, as :func:`key` gives it for a column."""
    if value is None:
        return None
    if form == "number":
        return float(value)
    if isinstance(value, str):
        return value
    raise NoRowPathError
