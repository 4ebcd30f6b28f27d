"""What a column is: a quantity, a category, free text, a date, an identifier, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from narrative.engine.types import ColumnKind

SAMPLE_VALUES: Final = 2_000
UNIQUE_SHARE: Final = 0.95
LEAST_ROWS: Final = 20
"""With fewer rows, values that all differ prove nothing."""
LEAST_ROWS_SEQUENCE: Final = 50
TEXT_WORDS: Final = 4.0
TEXT_LENGTH: Final = 50.0
LONG_NUMBER: Final = 10**7

_BY_TYPE: Final[Mapping[Any, ColumnKind]] = {pl.Boolean: "boolean", pl.Date: "date", pl.Datetime: "datetime"}
_ID_SUFFIX: Final = re.compile(r"[_\s\-.](?:id|ids|uuid|guid|key|identifier|no|nr|ref|number)$", re.IGNORECASE)
_ID_CAMEL: Final = re.compile(r"[a-z0-9](?:Id|ID|Key|Number|No)$")
_ID_WORD: Final = re.compile(r"(?:id|uuid|guid|key|identifier|index|row|rownum|unnamed.*|record)", re.IGNORECASE)
_QUANTITIES: Final = frozenset(
    {
        "year", "month", "week", "day", "date", "time", "age", "rank", "hour", "minute", "second", "temp",
        "temperature", "price", "amount", "count", "total", "size", "value", "salary", "income", "revenue",
        "cost", "distance", "weight",
    }
)  # fmt: skip
"""Words in names of whole numbers that may all differ and still be quantities."""
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True)
class KindGuess:
    """The kind of a column and how sure it is (0 to 1)."""

    kind: ColumnKind
    confidence: float


def infer_kinds(frame: pl.DataFrame) -> dict[str, ColumnKind]:
    """The kind of every column, by all of its values."""
    return {series.name: kind_of(series).kind for series in frame}


def kind_of(series: pl.Series, distinct: int | None = None) -> KindGuess:
    """The kind of a column.

    Args:
        series: a column in one of the six canonical types.
        distinct: different values without missing ones, when already counted.
    """
    present = len(series) - series.null_count()
    if present == 0:
        return KindGuess("empty", 1.0)
    if distinct is None:
        distinct = series.drop_nulls().n_unique()
    if distinct == 1 and present == len(series):
        return KindGuess("constant", 1.0)
    if series.dtype.base_type() in _BY_TYPE:
        return KindGuess(_BY_TYPE[series.dtype.base_type()], 1.0)
    if series.dtype.is_numeric():
        return _number(series, distinct, present)
    return _text(series, distinct, present)


def names_an_identifier(name: str) -> bool:
    """Whether a column's name says that it identifies rows.

    >>> names_an_identifier("customer_id"), names_an_identifier("PassengerId"), names_an_identifier("paid")
    (True, True, False)
    """
    stripped = name.strip()
    return any((_ID_WORD.fullmatch(stripped), _ID_SUFFIX.search(stripped), _ID_CAMEL.search(stripped)))


def _names_a_quantity(name: str) -> bool:
    words = {word.lower() for word in _WORDS.findall(name)}
    return not _QUANTITIES.isdisjoint(words | {word.removesuffix("s") for word in words})


def _number(series: pl.Series, distinct: int, present: int) -> KindGuess:
    is_whole = series.dtype.is_integer()
    kind: ColumnKind = "integer" if is_whole else "decimal"
    if not is_whole:
        return KindGuess(kind, 1.0)
    named = names_an_identifier(series.name)
    if named and distinct > UNIQUE_SHARE * present and present >= LEAST_ROWS:
        return KindGuess("identifier", 0.98)
    if distinct == present and present >= LEAST_ROWS_SEQUENCE and not _names_a_quantity(series.name):
        if _is_sequence(series, present):
            return KindGuess("identifier", 0.95 if named else 0.85)
        if _has_one_length(series):
            return KindGuess("identifier", 0.8)
    return KindGuess(kind, 0.8 if distinct <= 10 else 1.0)


def _is_sequence(series: pl.Series, present: int) -> bool:
    """Different whole numbers without (larger) gaps: a count of rows, in whatever order."""
    low, high = series.min(), series.max()
    return isinstance(low, int) and isinstance(high, int) and high - low + 1 <= 1.05 * present


def _has_one_length(series: pl.Series) -> bool:
    """Large numbers of equally many digits, as account numbers are."""
    low, high = series.min(), series.max()
    if not isinstance(low, int) or not isinstance(high, int) or low < LONG_NUMBER:
        return False
    return len(str(low)) == len(str(high))


def _text(series: pl.Series, distinct: int, present: int) -> KindGuess:
    first = series.drop_nulls().head(10 * SAMPLE_VALUES).alias("text").to_frame()
    sample = first.select(pl.col("text").unique(maintain_order=True).head(SAMPLE_VALUES))
    gaps, length = sample.select(
        pl.col("text").str.count_matches(r"\s+").mean(), pl.col("text").str.len_chars().alias("length").mean()
    ).row(0)
    words = gaps + 1
    share = distinct / present
    if names_an_identifier(series.name) and share > UNIQUE_SHARE and present >= LEAST_ROWS:
        return KindGuess("identifier", 0.98)
    is_wordy = words >= TEXT_WORDS or length >= TEXT_LENGTH
    if is_wordy and distinct > 20 and share > 0.02:
        return KindGuess("text", 0.9)
    if share > UNIQUE_SHARE and present >= LEAST_ROWS:
        return KindGuess("text", 0.7) if words >= 2.5 else KindGuess("identifier", 0.85)
    return KindGuess("category", 0.7 if share > 0.5 and distinct > 50 else 0.95)
