"""Dates and time stamps: which notation a column uses, and the Polars expression that reads it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from narrative.engine.tables.values import counted

DateOrder = Literal["day_first", "month_first"]
EARLIEST: Final = dt.datetime(1000, 1, 1)  # noqa: DTZ001 - columns hold UTC without a zone
"""Before it, a year was read from two digits."""

_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIMES: Final = (
    (r"[ T]\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?", "%H:%M:%S%.f"),
    (r"[ T]\d{1,2}:\d{2}", "%H:%M"),
    (r" \d{1,2}:\d{2}:\d{2} ?[AaPp][Mm]", "%I:%M:%S %p"),
    (r" \d{1,2}:\d{2} ?[AaPp][Mm]", "%I:%M %p"),
)
_ZONE: Final = r"(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))"


@dataclass(frozen=True)
class DateStyle:
    """A notation: the shape it matches, the chrono format, and the rival reading when day and month could swap."""

    shape: str
    format: str
    order: DateOrder | None = None
    """None where the notation leaves no doubt."""


def _both_orders(mark: str, year: str, digits: str) -> tuple[DateStyle, DateStyle]:
    shape = rf"\d{{1,2}}{re.escape(mark)}\d{{1,2}}{re.escape(mark)}{digits}"
    return (
        DateStyle(shape, f"%d{mark}%m{mark}{year}", "day_first"),
        DateStyle(shape, f"%m{mark}%d{mark}{year}", "month_first"),
    )


DATE_STYLES: Final[tuple[DateStyle, ...]] = (
    DateStyle(r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"),
    DateStyle(r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
    DateStyle(r"\d{4}\.\d{1,2}\.\d{1,2}", "%Y.%m.%d"),
    *(style for mark in "./-" for style in _both_orders(mark, "%Y", r"\d{4}")),
    *(style for mark in "./-" for style in _both_orders(mark, "%y", r"\d{2}")),
    DateStyle(rf"\d{{1,2}} {_MONTH} \d{{4}}", "%d %B %Y"),
    DateStyle(rf"\d{{1,2}}-{_MONTH}-\d{{4}}", "%d-%B-%Y"),
    DateStyle(rf"\d{{1,2}}-{_MONTH}-\d{{2}}", "%d-%B-%y"),
    DateStyle(rf"{_MONTH} \d{{1,2}},? \d{{4}}", "%B %d %Y"),
)
COMPACT: Final = DateStyle(r"\d{8}", "%Y%m%d")
"""Eight digits: only believed where the column's name speaks of a date."""
_DATE_NAME: Final = re.compile(
    r"(?:^|[_\s.-])(?:date|datum|day|dt|fecha|data)(?:$|[_\s.-])|date$|datum$", re.IGNORECASE
)


@dataclass(frozen=True)
class MomentStyle:
    """A date notation with an optional time of day and zone."""

    date: DateStyle
    time: str | None = None
    zoned: bool = False

    @property
    def has_time(self) -> bool:
        return self.time is not None


_STYLES: Final[tuple[tuple[re.Pattern[str], MomentStyle], ...]] = tuple(
    (re.compile(style.shape + time_shape + zone_shape, re.IGNORECASE), MomentStyle(style, time, bool(zone_shape)))
    for style in DATE_STYLES
    for time_shape, time in (("", None), *_TIMES)
    for zone_shape in (("", _ZONE) if time is not None else ("",))
)
_QUICK: Final = re.compile(r"[\d.:/\-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)


def styles_of(text: str) -> list[MomentStyle]:
    """The notations a cell could be in; two when day and month could swap, none when it is no date."""
    stripped = text.strip()
    if not 6 <= len(stripped) <= 40 or _QUICK.match(stripped) is None:
        return []
    return [style for pattern, style in _STYLES if pattern.fullmatch(stripped)]


def speaks_of_a_date(name: str) -> bool:
    """Whether a column's name says that it holds dates."""
    return _DATE_NAME.search(name) is not None


def candidate_styles(sample: Iterable[str]) -> list[MomentStyle]:
    """Notations seen in a sample, most frequent first (ties in the order of the list above)."""
    counts: Counter[MomentStyle] = Counter()
    for text in sample:
        counts.update(styles_of(text))
    return [style for style, _ in counts.most_common()]


def moment_expr(column: pl.Expr, style: MomentStyle) -> pl.Expr:
    """Datetime (microseconds, no zone; zoned values become UTC), null where the cell is not in this notation.

    The shape is checked as well as parsed: the parser alone would take "20-01-05" for the year 20.
    """
    cleaned = column.str.strip_chars()
    pattern = f"(?i)^{style.date.shape}"
    if style.time is not None:
        pattern += {time: shape for shape, time in _TIMES}[style.time]
    if style.zoned:
        pattern += _ZONE
    cleaned = pl.when(cleaned.str.contains(f"{pattern}$")).then(cleaned)
    if "%B" in style.date.format:
        cleaned = cleaned.str.replace_all(r"[,.]", "")
    if style.time is None:
        return cleaned.str.to_datetime(style.date.format, strict=False, time_unit="us")
    text = cleaned.str.replace(r"(\d)[Tt](\d)", "${1} ${2}")
    if "%p" in style.time:
        text = text.str.replace(r"(?i)\s?([ap])\.?m", " ${1}m")
    if "%S%.f" in style.time:
        text = text.str.replace(",", ".", literal=True)
    chrono = f"{style.date.format} {style.time}"
    if not style.zoned:
        return text.str.to_datetime(chrono, strict=False, time_unit="us")
    text = text.str.replace(r"(?i) ?(?:Z|UTC)$", "+0000").str.replace(r" ?([+-]\d{2}):?(\d{2})$", "${1}${2}")
    moments = text.str.to_datetime(f"{chrono}%z", strict=False, time_unit="us", time_zone="UTC")
    return moments.dt.replace_time_zone(None)


def read_moments(series: pl.Series, style: MomentStyle) -> pl.Series:
    """A whole text column read in one notation; null where it is in another.

    Where the parser alone reads every cell as a plausible year, the costly look at each shape is not needed.
    """
    if not style.zoned and "%B" not in style.date.format and style.time in {None, "%H:%M:%S%.f", "%H:%M"}:
        mark = "T" if series.str.slice(10, 1).head(1).item() == "T" else " "
        chrono = style.date.format if style.time is None else f"{style.date.format}{mark}{style.time}"
        # Time stamps seldom repeat: without the cache of parsed texts this takes half the time.
        parsed = series.str.to_datetime(chrono, strict=False, time_unit="us", cache=style.time is None)
        if parsed.null_count() == series.null_count() and not (parsed < EARLIEST).any():
            return parsed
    moments = pl.select(moment_expr(pl.lit(series), style)).to_series()
    return moments if not (moments < EARLIEST).any() else moments.set(moments < EARLIEST, None)


@dataclass(frozen=True)
class OrderDecision:
    """Day first or month first, how sure (0 to 1), and why. ``ambiguous`` when both read every cell."""

    order: DateOrder
    confidence: float
    evidence: str
    ambiguous: bool = False


def decide_order(readings: dict[DateOrder, pl.Series], habits: Sequence[DateOrder]) -> OrderDecision:
    """Which order the cells mean.

    Args:
        readings: the column read both ways (nulls where impossible).
        habits: orders that other columns of the file left no doubt about.
    """
    read = {order: len(series) - series.null_count() for order, series in readings.items()}
    day, month = read["day_first"], read["month_first"]
    if day != month:
        best: DateOrder = "day_first" if day > month else "month_first"
        part = "first" if best == "day_first" else "second"
        evidence = f"a number above 12 stands in the {part} place of {counted(abs(day - month), 'cell')}"
        return OrderDecision(best, 1.0, evidence)
    if habits:
        return OrderDecision(habits[0], 0.9, "another column of the file leaves no doubt", ambiguous=True)
    sorted_ways: list[DateOrder] = [order for order, series in readings.items() if _is_ordered(series)]
    if len(sorted_ways) == 1:
        return OrderDecision(sorted_ways[0], 0.9, "the rows stand in time order when read so", ambiguous=True)
    return OrderDecision("day_first", 0.5, "no cell has a number above 12; both orders fit", ambiguous=True)


def _is_ordered(series: pl.Series) -> bool:
    present = series.drop_nulls()
    return present.n_unique() > 2 and (present.is_sorted() or present.is_sorted(descending=True))
