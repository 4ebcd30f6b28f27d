"""Filters of a table's rows as a person sets them: one question per column, all of them have to be met."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from narrative.core.errors import InvalidInput

MOST_FILTERS: Final = 20
MOST_VALUES: Final = 100
SHOWN_CHARACTERS: Final = 80
TRUTHS: Final = {"true": True, "false": False}
_WORDS: Final = ((pl.String, "text"), (pl.Boolean, "yes or no"))
FilterOp = Literal["is", "is_not", "range", "contains", "empty", "filled"]


class Filter(BaseModel):
    """What the cells of one column have to be. Values are text as the table shows them, or numbers.

    ``is`` takes any of the values, ``is_not`` none of them; an empty cell is equal to nothing. A ``range`` goes from
    ``low`` to ``high``, either of which may be open; ``below`` leaves ``high`` itself out, as the bins of a chart do.
    ``contains`` looks for the first of the values, whatever the case of its letters.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    column: str = Field(max_length=1_000)
    op: FilterOp
    values: list[str | int | float | bool] = Field(default=[], max_length=MOST_VALUES)
    low: float | str | None = None
    high: float | str | None = None
    below: bool = False

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Filter:
        if self.op in ("is", "is_not", "contains") and not self.values:
            raise ValueError(f"'{self.op}' needs a value")
        if self.op == "range" and self.low is None and self.high is None:
            raise ValueError("a range needs an end")
        numbers = [value for value in (*self.values, self.low, self.high) if isinstance(value, float)]
        if not all(math.isfinite(value) for value in numbers):
            raise ValueError("values must be finite")
        return self


def is_empty(column: str, dtype: pl.DataType) -> pl.Expr:
    """True for cells without a value: null, or NaN where the type has one."""
    cell = pl.col(column)
    return cell.is_null() | cell.is_nan().fill_null(value=False) if dtype.is_float() else cell.is_null()


def rows_that_fit(filters: Iterable[Filter], schema: pl.Schema) -> pl.Expr | None:
    """True for rows that meet every filter, never missing; None when there is no filter.

    Raises:
        InvalidInput: ``column_not_found``, ``filter_unfit``.
    """
    met = [_met(asked, column_type(asked.column, schema)) for asked in filters]
    return pl.all_horizontal(met) if met else None


def column_type(name: str, schema: pl.Schema) -> pl.DataType:
    """The type of a column. Raises ``InvalidInput('column_not_found')`` naming the nearest columns."""
    if name in schema:
        return schema[name]
    near = difflib.get_close_matches(name, schema.names(), n=3, cutoff=0.5)
    fix = f"Did you mean {' or '.join(repr(column) for column in near)}?" if near else "Choose one of the columns."
    shown = name[:SHOWN_CHARACTERS]
    raise InvalidInput("column_not_found", f"There is no column {shown!r}.", column=shown, fix=fix, nearest=near)


def _met(asked: Filter, dtype: pl.DataType) -> pl.Expr:
    empty = is_empty(asked.column, dtype)
    if asked.op in ("empty", "filled"):
        return empty if asked.op == "empty" else ~empty
    if asked.op == "contains":
        return _contains(asked)
    if asked.op == "range":
        return ~empty & _in_range(asked, dtype).fill_null(value=False)
    among = ~empty & _among(asked, dtype)
    return among if asked.op == "is" else ~among


def _contains(asked: Filter) -> pl.Expr:
    part = str(asked.values[0]).lower()
    text = pl.col(asked.column).cast(pl.String).str.to_lowercase()
    return text.str.contains(part, literal=True).fill_null(value=False)


def _among(asked: Filter, dtype: pl.DataType) -> pl.Expr:
    values: Sequence[Any] = [_value(asked, value, dtype) for value in asked.values]
    whole = dtype.is_integer() and all(isinstance(value, int) for value in values)
    kind = pl.Float64() if dtype.is_integer() and not whole else dtype
    cell = pl.col(asked.column).cast(kind)
    return pl.any_horizontal([cell == pl.lit(value, dtype=kind) for value in values]).fill_null(value=False)


def _in_range(asked: Filter, dtype: pl.DataType) -> pl.Expr:
    if dtype in (pl.String, pl.Boolean):
        raise _unfit(asked, "a range", dtype, "Choose values, or ask for a part of the text.")
    cell, ends = pl.col(asked.column), []
    if asked.low is not None:
        ends.append(cell >= _value(asked, asked.low, dtype))
    if asked.high is not None:
        high = _value(asked, asked.high, dtype)
        ends.append(cell < high if asked.below else cell <= high)
    return pl.all_horizontal(ends)


def _value(asked: Filter, given: str | float | bool, dtype: pl.DataType) -> Any:
    """What was given, as a cell of the column holds it."""
    try:
        return _typed(str(given).lower() if isinstance(given, bool) else given, dtype)
    except (KeyError, ValueError, OverflowError) as error:
        raise _unfit(asked, repr(given)[:SHOWN_CHARACTERS], dtype, "Give a value as the column shows them.") from error


def _typed(given: str | float, dtype: pl.DataType) -> Any:
    if dtype == pl.Boolean:
        return TRUTHS[str(given).strip().lower()]
    if dtype.is_numeric():
        text = str(given).strip().replace("\N{MINUS SIGN}", "-")
        if dtype.is_integer() and text.lstrip("+-").isdecimal():
            number = int(text)
            return number if abs(number) < 2**63 else float(number)
        if not math.isfinite(value := float(text)):
            raise ValueError(text)
        return value
    if dtype == pl.Date:
        return date.fromisoformat(str(given).strip()[:10])
    if dtype.is_temporal():
        moment = datetime.fromisoformat(str(given).strip())
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return str(given)


def _unfit(asked: Filter, what: str, dtype: pl.DataType, fix: str) -> InvalidInput:
    words = next((words for kind, words in _WORDS if dtype == kind), "dates" if dtype.is_temporal() else "numbers")
    message = f"The column {asked.column[:SHOWN_CHARACTERS]!r} cannot be asked for {what}: it holds {words}."
    return InvalidInput("filter_unfit", message, column=asked.column, fix=fix)
