"""Dates and times written like 2025-01-31T09:05:00.25, read by arithmetic on their bytes: faster than a parser."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.engine.types import IntArray

CHUNK_ROWS: Final = 16_384
"""Fits the processor's second cache."""
DATE_LENGTH: Final = 10
MINUTE_LENGTH: Final = 16
SECOND_LENGTH: Final = 19
LONGEST: Final = 26
EARLIEST_YEAR: Final = 1000
_SEPARATORS: Final = {4: b"-", 7: b"-", 10: b"T ", 13: b":", 16: b":", 19: b"."}
DAY_MICROSECONDS: Final = 86_400_000_000
Digits = npt.NDArray[np.uint8]


ANY_LENGTH: Final = range(DATE_LENGTH, LONGEST + 1)


def read_iso(series: pl.Series, lengths: range = ANY_LENGTH) -> pl.Series | None:
    """The moments (Datetime in microseconds) of a text column, or None unless every cell is an ISO date or time.

    All cells must have one length, four digits of the year (1000 or later), no zone, and exist in the calendar; then
    the result is what any parser gives.

    Args:
        lengths: characters that the cells may have.

    >>> read_iso(pl.Series(["2024-02-29", None])).to_list()
    [datetime.datetime(2024, 2, 29, 0, 0), None]
    >>> read_iso(pl.Series(["2023-02-29"])) is None
    True
    """
    present = series.drop_nulls()
    sizes = present.str.len_bytes()
    length = sizes.min()
    if not isinstance(length, int) or length != sizes.max() or length not in lengths or not _is_length(length):
        return None
    moments = np.empty(len(present), dtype=np.int64)
    for start in range(0, len(present), CHUNK_ROWS):
        data = str(present.slice(start, CHUNK_ROWS).str.join("").item()).encode("utf-8")
        read = _moments(np.ascontiguousarray(np.frombuffer(data, dtype=np.uint8).reshape(-1, length).T))
        if read is None:
            return None
        moments[start : start + CHUNK_ROWS] = read
    if len(present) == len(series):
        whole = pl.Series(series.name, moments)
    else:
        filled = np.zeros(len(series), dtype=np.int64)
        filled[series.is_not_null().to_numpy()] = moments
        whole = pl.Series(series.name, filled).set(series.is_null(), None)
    return whole.cast(pl.Datetime("us"))


def _is_length(length: int) -> bool:
    return length in {DATE_LENGTH, MINUTE_LENGTH, SECOND_LENGTH} or SECOND_LENGTH + 1 < length <= LONGEST


def _moments(rows: Digits) -> IntArray | None:
    """Microseconds since 1970 from cells that stand in the columns of a matrix, one row per character."""
    for place, allowed in _SEPARATORS.items():
        if place >= len(rows):
            break
        if not (rows[place] == rows[place, 0]).all() or rows[place, 0] not in allowed:
            return None
    digits = rows - 48
    if any((digits[place] > 9).any() for place in range(len(rows)) if place not in _SEPARATORS):
        return None
    days = _days(digits)
    if days is None:
        return None
    moments = days * DAY_MICROSECONDS
    if len(rows) == DATE_LENGTH:
        return moments
    hours, minutes = number_at(digits, 11, 13), number_at(digits, 14, 16)
    seconds = number_at(digits, 17, 19) if len(rows) >= SECOND_LENGTH else np.zeros_like(hours)
    if (hours > 23).any() or (minutes > 59).any() or (seconds > 59).any():
        return None
    moments += ((hours * 60 + minutes) * 60 + seconds).astype(np.int64) * 1_000_000
    if len(rows) > SECOND_LENGTH:
        moments += number_at(digits, SECOND_LENGTH + 1, len(rows)).astype(np.int64) * 10 ** (LONGEST - len(rows))
    return moments


def _days(digits: Digits) -> IntArray | None:
    """Days since 1970, None where a date does not exist."""
    years, months, days = number_at(digits, 0, 4), number_at(digits, 5, 7), number_at(digits, 8, 10)
    if (years < EARLIEST_YEAR).any() or (months < 1).any() or (months > 12).any() or (days < 1).any():
        return None
    places = years * 12 + months - 1
    low, high = int(places.min()), int(places.max())
    first_days = np.arange(low - 1970 * 12, high - 1970 * 12 + 2).astype("M8[M]").astype("M8[D]").astype(np.int64)
    places -= low
    firsts: IntArray = first_days[places]
    if (days > (first_days[1:] - first_days[:-1])[places]).any():
        return None
    firsts += days - 1
    return firsts


def number_at(digits: Digits, start: int, stop: int) -> npt.NDArray[np.int32]:
    """The numbers that the digits from ``start`` to ``stop`` make."""
    number: npt.NDArray[np.int32] = digits[start].astype(np.int32)
    for place in range(start + 1, stop):
        number *= 10
        number += digits[place]
    return number
