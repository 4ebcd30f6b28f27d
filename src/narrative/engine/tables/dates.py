"""Dates and time stamps: which notation a column uses, and the Polars expression that reads it."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from narrative.engine.tables.iso_times import DATE_LENGTH, LONGEST, MINUTE_LENGTH, SECOND_LENGTH, read_iso
from narrative.engine.tables.months import MONTH_NUMBERS, MONTH_WORD
from narrative.engine.tables.numeric_dates import read_numeric
from narrative.engine.tables.values import counted

DateOrder = Literal["day_first", "month_first"]
EARLIEST: Final = dt.datetime(1000, 1, 1)  # noqa: DTZ001 - columns hold UTC without a zone
"""Before it, a year was read from two digits."""

_BREAK: Final = "(?:,? +|[Tt])"
_HALF: Final = r" ?[AaPp]\.? ?[Mm]\.?"
_TIMES: Final = (
    (rf"{_BREAK}\d{{1,2}}:\d{{2}}:\d{{2}}(?:[.,]\d+)?", "%H:%M:%S%.f"),
    (rf"{_BREAK}\d{{1,2}}:\d{{2}}", "%H:%M"),
    (rf"{_BREAK}\d{{1,2}}:\d{{2}}:\d{{2}}{_HALF}", "%I:%M:%S %p"),
    (rf"{_BREAK}\d{{1,2}}:\d{{2}}{_HALF}", "%I:%M %p"),
)
_ZONE: Final = r"(?: ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))"
TIME_OF_DAY: Final = re.compile(r"\d{1,3}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.? ?[Mm]\.?)?")
"""A time without a date, or a duration."""


@dataclass(frozen=True)
class DateStyle:
    """A notation: the shape it matches, the chrono format, and the rival reading when day and month could swap."""

    shape: str
    format: str
    order: DateOrder | None = None
    """None where the notation leaves no doubt."""
    spelled: str | None = None
    """Order of the three groups of the shape (d, m, y) where the month is a word."""


def _both_orders(mark: str, year: str, digits: str) -> tuple[DateStyle, DateStyle]:
    between = r"\. ?" if mark == "." else mark
    shape = rf"\d{{1,2}}{between}\d{{1,2}}{between}{digits}" + (r"\.?" if mark == "." else "")
    return (
        DateStyle(shape, f"%d{mark}%m{mark}{year}", "day_first"),
        DateStyle(shape, f"%m{mark}%d{mark}{year}", "month_first"),
    )


_WEEKDAY: Final = r"(?:[^\W\d_]{2,12}\.?,? )?"
_YEAR: Final = r"'?(\d{4}|\d{2})"
_SPELLED: Final = (
    DateStyle(
        rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|er|[.ºª])?[ /-]*(?:de |of )?({MONTH_WORD})\.?,?[ /-]*(?:del? )?{_YEAR}"
        r"(?: ?(?:г|r|р)\.)?",
        "%Y-%m-%d",
        spelled="dmy",
    ),
    DateStyle(
        rf"{_WEEKDAY}({MONTH_WORD})\.?[ /-]*(\d{{1,2}})(?:st|nd|rd|th)?(?:,? +|[,/-]){_YEAR}", "%Y-%m-%d", spelled="mdy"
    ),
    DateStyle(rf"(\d{{4}})[. /-]+({MONTH_WORD})[. /-]+(\d{{1,2}})\.?", "%Y-%m-%d", spelled="ymd"),
)
DATE_STYLES: Final[tuple[DateStyle, ...]] = (
    DateStyle(r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"),
    DateStyle(r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
    DateStyle(r"\d{4}\. ?\d{1,2}\. ?\d{1,2}\.?", "%Y.%m.%d"),
    DateStyle(r"\d{4}年\d{1,2}月\d{1,2}日", "%Y年%m月%d日"),
    *(style for mark in "./-" for style in _both_orders(mark, "%Y", r"\d{4}")),
    *(style for mark in "./-" for style in _both_orders(mark, "%y", r"\d{2}")),
    *_SPELLED,
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


_SHAPES: Final = tuple((re.compile(style.shape, re.IGNORECASE), style) for style in DATE_STYLES)
_REST: Final = tuple(
    (re.compile(shape + zone, re.IGNORECASE), time, bool(zone)) for shape, time in _TIMES for zone in ("", _ZONE)
)
_QUICK: Final = re.compile(rf"\d{{1,4}}[-./年 ]|\d{{1,2}}[^\W\d_]|{_WEEKDAY}(?:{MONTH_WORD}|\d)", re.IGNORECASE)


def styles_of(text: str) -> list[MomentStyle]:
    """The notations a cell could be in; two when day and month could swap, none when it is no date."""
    stripped = text.strip()
    if not 6 <= len(stripped) <= 50 or _QUICK.match(stripped) is None:
        return []
    found = []
    for shape, style in _SHAPES:
        match = shape.match(stripped)
        if match is not None:
            found += _with_time(style, stripped[match.end() :])
    return found


def _with_time(style: DateStyle, rest: str) -> list[MomentStyle]:
    """The notation of a cell by what stands behind its date."""
    if not rest:
        return [MomentStyle(style)]
    return [MomentStyle(style, time, zoned) for pattern, time, zoned in _REST if pattern.fullmatch(rest)]


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
    if style.date.spelled is not None:
        cleaned = _iso_text(cleaned, style.date)
    elif "." in style.date.format:
        cleaned = cleaned.str.replace(r"^(\d+)\. ?(\d+)\. ?(\d+)\.?", "${1}.${2}.${3}")
    if style.time is None:
        return cleaned.str.to_datetime(style.date.format, strict=False, time_unit="us")
    text = cleaned.str.replace(rf"{_BREAK}(\d{{1,2}}:\d{{2}})", " ${1}")
    if "%p" in style.time:
        text = text.str.replace(r"(?i) ?([ap])\.? ?m\.?", " ${1}m")
    if "%S%.f" in style.time:
        text = text.str.replace(",", ".", literal=True)
    chrono = f"{style.date.format} {style.time}"
    if not style.zoned:
        return text.str.to_datetime(chrono, strict=False, time_unit="us")
    text = text.str.replace(r"(?i) ?(?:Z|UTC|GMT)$", "+0000").str.replace(
        r"(:\d{2}(?:\.\d+)?) ?([+-]\d{2})$", "${1}${2}00"
    )
    text = text.str.replace(r" ?([+-]\d{2}):?(\d{2})$", "${1}${2}")
    moments = text.str.to_datetime(f"{chrono}%z", strict=False, time_unit="us", time_zone="UTC")
    return moments.dt.replace_time_zone(None)


def _iso_text(column: pl.Expr, style: DateStyle) -> pl.Expr:
    """A spelled date as 2024-03-05, with what stands behind it; null where the word is no month."""
    pattern, spelled = f"(?i)^{style.shape}", style.spelled or ""
    part = {letter: column.str.extract(pattern, index + 1) for index, letter in enumerate(spelled)}
    month = part["m"].str.to_lowercase().replace_strict(MONTH_NUMBERS, default=None, return_dtype=pl.Int64)
    year = part["y"].cast(pl.Int64)
    full = pl.when(part["y"].str.len_bytes() == 4).then(year).when(year < 70).then(year + 2000).otherwise(year + 1900)
    digits = [number.cast(pl.String).str.zfill(2) for number in (full, month, part["d"])]
    return pl.concat_str([pl.concat_str(digits, separator="-"), column.str.replace(pattern, "")])


_ISO_LENGTHS: Final = {
    None: range(DATE_LENGTH, DATE_LENGTH + 1),
    "%H:%M": range(MINUTE_LENGTH, MINUTE_LENGTH + 1),
    "%H:%M:%S%.f": range(SECOND_LENGTH, LONGEST + 1),
}
"""Characters of a cell in each notation that arithmetic alone can read."""


def read_moments(series: pl.Series, style: MomentStyle) -> pl.Series:
    """A whole text column read in one notation; null where it is in another.

    Where the parser alone reads every cell as a plausible year, the costly look at each shape is not needed.
    """
    if style.date.format == "%Y-%m-%d" and not style.zoned and style.time in _ISO_LENGTHS:
        moments = read_iso(series, _ISO_LENGTHS[style.time])
        if moments is not None:
            return moments
    if style.date.order is not None and style.time is None and style.date.format.endswith("%Y"):
        moments = read_numeric(series, style.date.format[2], style.date.order)
        if moments is not None:
            return moments
    if not style.zoned and style.date.spelled is None and style.time in {None, "%H:%M:%S%.f", "%H:%M"}:
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
    n_differ: int = 0
    """Cells that would be another day in the other order, counted where nothing decides."""


def decide_order(
    readings: dict[DateOrder, pl.Series], habits: Sequence[DateOrder], *, dotted: bool = False
) -> OrderDecision:
    """Which order the cells mean.

    Args:
        readings: the column read both ways (nulls where impossible).
        habits: orders that other columns of the file left no doubt about, or the one a person named.
        dotted: whether points stand between the numbers; nobody writes the month first then.
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
    if dotted:
        return OrderDecision("day_first", 0.95, "with points between the numbers the day comes first", ambiguous=True)
    sorted_ways: list[DateOrder] = [order for order, series in readings.items() if _is_ordered(series)]
    if len(sorted_ways) == 1:
        return OrderDecision(sorted_ways[0], 0.9, "the rows stand in time order when read so", ambiguous=True)
    differ = int((readings["day_first"] != readings["month_first"]).sum())
    return OrderDecision(
        "day_first", 0.5, "no cell has a number above 12; both orders fit", ambiguous=True, n_differ=differ
    )


def _is_ordered(series: pl.Series) -> bool:
    present = series.drop_nulls()
    return present.n_unique() > 2 and (present.is_sorted() or present.is_sorted(descending=True))
