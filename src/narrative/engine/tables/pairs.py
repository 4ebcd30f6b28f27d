"""Columns of two tables that mean the same: found by name, and given one type without losing a digit."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

_SEPARATORS: Final = re.compile(r"[\s_\-.]+")
_EXACT_INTEGER: Final = 2**53
_NAMES: Final = {
    pl.String: "text", pl.Boolean: "yes or no", pl.Date: "dates", pl.Float64: "decimals", pl.Int64: "integers",
}  # fmt: skip


class ColumnPair(BaseModel):
    """A column of each table, what each holds, and what both become together."""

    model_config = ConfigDict(frozen=True)
    first: str
    second: str
    type_first: str
    type_second: str
    type_common: str

    @classmethod
    def of(cls, first: pl.Series, second: pl.Series) -> Self:
        """The pair of two columns."""
        common = common_type(first, second)
        return cls(
            first=first.name,
            second=second.name,
            type_first=type_name(first.dtype),
            type_second=type_name(second.dtype),
            type_common=type_name(common),
        )


def match_columns(first: pl.DataFrame, second: pl.DataFrame) -> tuple[list[ColumnPair], list[str], list[str]]:
    """Columns matched by name, then those that only the first and only the second table has.

    Names match when they are equal, or equal but for case, spaces and dashes and then only one way.
    """
    partner = {name: name for name in first.columns if name in second.columns}
    open_first = {_key(name): name for name in _unambiguous(first.columns) if name not in partner}
    open_second = {_key(name): name for name in _unambiguous(second.columns) if name not in partner}
    partner |= {name: open_second[key] for key, name in open_first.items() if key in open_second}
    matched = [ColumnPair.of(first[name], second[partner[name]]) for name in first.columns if name in partner]
    used = set(partner.values())
    return (
        matched,
        [name for name in first.columns if name not in partner],
        [name for name in second.columns if name not in used],
    )


def common_type(first: pl.Series, second: pl.Series) -> pl.DataType:
    """The type that holds the values of both columns; text when no other does without loss."""
    one, two = first.dtype, second.dtype
    if one == two:
        return one
    if pl.Null in {one.base_type(), two.base_type()}:
        return two if one == pl.Null else one
    if one.is_integer() and two.is_integer():
        return pl.Int64()
    if one.is_numeric() and two.is_numeric():
        integers = first if one.is_integer() else second
        largest = 0 if integers.len() == integers.null_count() else max(abs(int(x)) for x in _extremes(integers))
        return pl.Float64() if largest <= _EXACT_INTEGER else pl.String()
    if {one.base_type(), two.base_type()} == {pl.Date, pl.Datetime}:
        return one if one.base_type() == pl.Datetime else two
    return pl.String()


def as_common(column: pl.Series, pair: ColumnPair) -> pl.Series:
    """A column of a pair in the common type; decimals without a fraction become text without one."""
    if type_name(column.dtype) == pair.type_common:
        return column
    for dtype in (pl.Int64, pl.Float64, pl.String):
        if type_name(dtype()) == pair.type_common:
            return _text(column) if dtype == pl.String else column.cast(dtype)
    return column.cast(pl.Datetime("us"))


def type_name(dtype: pl.DataType) -> str:
    """What a storage type is called for people.

    >>> type_name(pl.Int64()), type_name(pl.Datetime())
    ('integers', 'dates with time')
    """
    if dtype.is_integer():
        return "integers"
    if dtype.is_float():
        return "decimals"
    if dtype.base_type() == pl.Datetime:
        return "dates with time"
    return _NAMES.get(dtype.base_type(), "text" if dtype == pl.Categorical else str(dtype))


def _extremes(column: pl.Series) -> tuple[int, int]:
    return column.min(), column.max()  # type: ignore[return-value]  # integers, and not all missing


def _text(column: pl.Series) -> pl.Series:
    """Each value as text; 7.0 as "7", so that an identifier that one reader took for a decimal finds its like."""
    if not column.dtype.is_float():
        return column.cast(pl.String)
    value = pl.col("value")
    whole = value.is_finite() & (value.round(0) == value) & (value.abs() <= _EXACT_INTEGER)
    text = pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
    return column.alias("value").to_frame().select(text).to_series().alias(column.name)


def _key(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()


def _unambiguous(names: list[str]) -> list[str]:
    times = Counter(map(_key, names))
    return [name for name in names if times[_key(name)] == 1]
