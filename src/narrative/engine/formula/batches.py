"""What the functions do to a batch of rows, with the bits that :mod:`narrative.engine.formula.cells` has for one.

Numbers are numpy arrays in which NaN is missing (a number of the engine is always finite); everything else is a
Polars series. Nothing is shorter than the batch: Polars divides by a single value as it multiplies by one over it,
which gives other bits than a division.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.formula import cells
from narrative.engine.types import FloatArray

Batch = Any
"""``FloatArray`` for numbers, else ``pl.Series``."""
_DTYPES: Final[dict[str, pl.DataType]] = {
    "number": pl.Float64(), "text": pl.String(), "boolean": pl.Boolean(), "date": pl.Date(), "datetime":
    pl.Datetime("us"),
}  # fmt: skip


def dtype_of(kind: str) -> pl.DataType:
    """The type of a column of this kind; the kind of *missing* alone is text."""
    return _DTYPES.get(kind, pl.String())


def from_series(column: pl.Series, kind: str) -> Batch:
    """A column as the functions take it."""
    if kind == "number":
        return finite(column.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    return column.cast(dtype_of(kind))


def to_series(batch: Batch, kind: str) -> pl.Series:
    """What a formula gives as a column."""
    return pl.Series(batch, dtype=pl.Float64, nan_to_null=True) if kind == "number" else batch


def constant(value: Any, kind: str, n_rows: int) -> Batch:
    """A value in each row."""
    if kind == "number":
        return np.full(n_rows, np.nan if value is None else value)
    return pl.repeat(value, n_rows, dtype=dtype_of(kind), eager=True)


def finite(numbers: FloatArray) -> FloatArray:
    """Infinite numbers missing, zeros without a sign."""
    return np.where(np.isfinite(numbers), numbers, np.nan) + 0.0


def quiet(function: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
    """The function of numbers, with what it makes beyond the range of numbers missing."""

    @functools.wraps(function)
    def asked(*numbers: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            return finite(function(*numbers))

    return asked


def by_cell(function: Callable[..., float | None]) -> Callable[..., FloatArray]:
    """A function of numbers, called for each row."""

    def asked(*numbers: FloatArray) -> FloatArray:
        there = ~functools.reduce(operator.or_, (np.isnan(array) for array in numbers))
        found = np.full(len(there), np.nan)
        rows = zip(*(array[there].tolist() for array in numbers), strict=True)
        found[there] = [np.nan if (value := function(*row)) is None else value for row in rows]
        return found

    return asked


@quiet
def divided(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.where(right == 0, np.nan, left / right)


@quiet
def whole_divided(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.floor(divided(left, right))


@quiet
def remainder(left: FloatArray, right: FloatArray) -> FloatArray:
    return left - right * whole_divided(left, right)


@quiet
def rounded(numbers: FloatArray, digits: FloatArray) -> FloatArray:
    exact = np.array([10.0**n for n in range(16)])
    allowed = (np.abs(digits) <= 15) & (digits == np.floor(digits))
    factor = exact[np.where(allowed, np.abs(digits), 0).astype(np.int64)]
    moved = np.where(digits >= 0, numbers * factor, numbers / factor)
    size = np.abs(moved)
    whole = np.floor(size)
    near = np.copysign(whole + (size - whole >= 0.5), moved)
    back = np.where(digits >= 0, near / factor, near * factor)
    return np.where(allowed, np.where(size >= cells.EXACT, numbers, back), np.nan)


@quiet
def added(*numbers: FloatArray) -> FloatArray:
    total, seen = np.zeros(len(numbers[0])), np.zeros(len(numbers[0]), dtype=bool)
    for array in numbers:
        there = ~np.isnan(array)
        total, seen = np.where(there, total + array, total), seen | there
    return np.where(seen, total, np.nan)


@quiet
def averaged(*numbers: FloatArray) -> FloatArray:
    counts = np.sum([~np.isnan(array) for array in numbers], axis=0)
    mean: FloatArray = added(*numbers) / counts
    return mean


@quiet
def smallest(*numbers: FloatArray) -> FloatArray:
    return functools.reduce(np.fmin, numbers)


@quiet
def largest(*numbers: FloatArray) -> FloatArray:
    return functools.reduce(np.fmax, numbers)


def clipped(numbers: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    return np.minimum(np.maximum(numbers, low), high)


def compared(function: Callable[[FloatArray, FloatArray], Any]) -> Callable[[FloatArray, FloatArray], pl.Series]:
    """A comparison of numbers: missing where one of them is."""

    def asked(left: FloatArray, right: FloatArray) -> pl.Series:
        known = ~(np.isnan(left) | np.isnan(right))
        return answers(function(left, right), known)

    return asked


def answers(met: Any, known: Any) -> pl.Series:
    """Yes or no where it is known, else missing."""
    frame = pl.DataFrame({"met": met, "known": known}, schema={"met": pl.Boolean, "known": pl.Boolean})
    return frame.select(pl.when("known").then("met")).to_series()


def of_columns(function: Callable[..., pl.Expr]) -> Callable[..., pl.Series]:
    """A Polars expression over whole columns as a function of series."""

    def asked(*columns: pl.Series) -> pl.Series:
        frame = pl.DataFrame([column.alias(str(i)) for i, column in enumerate(columns)])
        return frame.select(function(*(pl.col(name) for name in frame.columns))).to_series()

    return asked


def of_texts(function: Callable[[str], str | None]) -> Callable[[pl.Series], pl.Series]:
    """A function of one text, called once for each text that there is."""

    def asked(texts: pl.Series) -> pl.Series:
        known = {text: function(text) for text in texts.unique().to_list() if text is not None}
        return pl.Series([known.get(text) for text in texts.to_list()], dtype=pl.String)

    return asked


def read_numbers(texts: pl.Series) -> FloatArray:
    found = [None if text is None else cells.read_number(text) for text in texts.to_list()]
    return np.array([np.nan if number is None else number for number in found], dtype=np.float64)


def number_texts(numbers: FloatArray) -> pl.Series:
    texts = [None if math.isnan(number) else cells.number_text(number) for number in numbers.tolist()]
    return pl.Series(texts, dtype=pl.String)


def moment_texts(moments: pl.Series) -> pl.Series:
    texts = [None if moment is None else cells.moment_text(moment) for moment in moments.to_list()]
    return pl.Series(texts, dtype=pl.String)


def chosen(kind: str) -> Callable[..., Batch]:
    """``if`` for values of a kind."""

    def asked(condition: pl.Series, met: Batch, otherwise: Batch) -> Batch:
        mask = condition.fill_null(value=False)
        return np.where(mask.to_numpy(), met, otherwise) if kind == "number" else met.zip_with(mask, otherwise)

    return asked


def first_there(kind: str) -> Callable[..., Batch]:
    """``coalesce`` for values of a kind."""

    def asked(*columns: Batch) -> Batch:
        if kind == "number":
            return functools.reduce(lambda left, right: np.where(np.isnan(left), right, left), columns)
        return functools.reduce(lambda left, right: left.zip_with(left.is_not_null(), right), columns)

    return asked


def is_missing(column: Batch) -> pl.Series:
    return pl.Series(np.isnan(column)) if isinstance(column, np.ndarray) else column.is_null()


def joined(*texts: pl.Series) -> pl.Series:
    frame = pl.DataFrame([text.alias(str(i)) for i, text in enumerate(texts)])
    some = pl.any_horizontal(pl.all().is_not_null())
    return frame.select(pl.when(some).then(pl.concat_str(pl.all(), ignore_nulls=True))).to_series()


def slices(function: Callable[[str, float], str | None]) -> Callable[[pl.Series, FloatArray], pl.Series]:
    """``left`` and ``right``."""

    def asked(texts: pl.Series, counts: FloatArray) -> pl.Series:
        found = [
            None if text is None or math.isnan(count) else function(text, count)
            for text, count in zip(texts.to_list(), counts.tolist(), strict=True)
        ]
        return pl.Series(found, dtype=pl.String)

    return asked


def replaced(texts: pl.Series, finds: pl.Series, bys: pl.Series) -> pl.Series:
    found = [
        None if None in cells_ else cells.replaced(*cells_)
        for cells_ in zip(texts.to_list(), finds.to_list(), bys.to_list(), strict=True)
    ]
    return pl.Series(found, dtype=pl.String)


def part(function: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.Series], FloatArray]:
    """A part of a date as a number."""

    def asked(moments: pl.Series) -> FloatArray:
        found: FloatArray = from_series(of_columns(function)(moments), "number")
        return found

    return asked


def days_between(start: pl.Series, end: pl.Series) -> FloatArray:
    first, last = (series.cast(pl.Datetime("us")).to_physical() for series in (start, end))
    elapsed: FloatArray = from_series(last - first, "number") / cells.MICROSECONDS_PER_DAY
    return elapsed + 0.0
