"""One column of text to the narrowest type that keeps every cell; what does not fit is listed, never lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.tables.dates import (
    COMPACT,
    TIME_OF_DAY,
    DateOrder,
    MomentStyle,
    OrderDecision,
    candidate_styles,
    decide_order,
    moment_expr,
    read_moments,
    speaks_of_a_date,
)
from narrative.engine.tables.numbers import NumberReading, best_style, read_numbers, units_of
from narrative.engine.tables.types import ReadOptions
from narrative.engine.tables.values import TRUE_WORDS, NumberStyle, is_boolean, is_marker

SAMPLE_ROWS: Final = 1_000
MOST_SHARE: Final = 0.9
"""Share of different sampled cells that must fit before a type is tried on the whole column."""
ODD_SHARE: Final = 0.02
"""Share of cells that may be odd in a column of measurements; with more, it stays text."""
WORD_SHARE: Final = 0.3
"""Share of cells that may hold one and the same word in a column of values: it then means that there is none."""
LONGEST_WORD: Final = 30
LONGEST_MARKER: Final = 8
"""Bytes of the longest marker in a column of text, with a blank or two around it."""
TIMES: Final = "\0times"
"""How often a value occurs; no column is called so, because names hold no NUL."""


@dataclass(frozen=True)
class Habits:
    """What the file as a whole says about its notation, and what the user said."""

    decimal: str
    orders: tuple[DateOrder, ...]
    options: ReadOptions

    def style_of(self, values: list[str]) -> tuple[NumberStyle, float]:
        """The notation of numbers that reads most of the values, and the share it reads."""
        own = self.options
        return best_style(values, self.decimal, thousands=own.thousands, is_given=own.decimal is not None)

    def is_missing(self, text: str, *, among_values: bool) -> bool:
        """Whether a cell says "no value"."""
        own = self.options.missing_markers
        if own is None:
            return is_marker(text, among_values=among_values)
        stripped = text.strip().lower()
        return not stripped or stripped in {marker.strip().lower() for marker in own}


@dataclass
class Converted:
    """A typed column and what was decided on the way."""

    series: pl.Series
    markers: Counter[str] = field(default_factory=Counter)
    odd: list[tuple[int, str]] = field(default_factory=list)
    """0-based row and original text of cells read as missing though they are no marker."""
    note: str | None = None
    warning: str | None = None
    order: OrderDecision | None = None
    style: NumberStyle | None = None
    """Notation of its numbers, where it is not plain."""
    example: str = ""
    """A cell that shows the thousands mark."""
    unit: str = ""
    """Currency or percent sign around its numbers."""


def convert_column(series: pl.Series, sample: list[str], habits: Habits) -> Converted:
    """The column with the narrowest type that keeps every cell, and an account of what was read as missing."""
    values = [text for text in sample if not habits.is_missing(text, among_values=True)]
    if not values and series.null_count() < len(series):
        # The sample holds only markers; look at what else there is before calling the column empty.
        different = series.drop_nulls().unique(maintain_order=True).head(100_000).to_list()
        values = [text for text in different if not habits.is_missing(text, among_values=True)][:SAMPLE_ROWS]
    if values:
        readers: tuple[Callable[[pl.Series, list[str], Habits], Converted | None], ...]
        readers = (_as_boolean, _as_compact_date, _as_number, _as_moment)
        for reader in readers:
            converted = reader(series, values, habits)
            if converted is not None:
                return converted
    return as_text(series, habits)


def _as_boolean(series: pl.Series, values: list[str], habits: Habits) -> Converted | None:
    if not all(is_boolean(text) for text in values):
        return None
    words = [text for text in series.drop_nulls().unique().to_list() if is_boolean(text)]
    meaning = {text: text.strip().lower() in TRUE_WORDS for text in words}
    parsed = series.replace_strict(meaning, default=None, return_dtype=pl.Boolean)
    markers, odd = unread(series, parsed, habits)
    return None if odd else Converted(parsed.rename(series.name), markers)


def _as_compact_date(series: pl.Series, values: list[str], habits: Habits) -> Converted | None:
    if not speaks_of_a_date(series.name) or not all(len(text) == 8 and text.isdigit() for text in values):
        return None
    parsed = pl.select(moment_expr(pl.lit(series), MomentStyle(COMPACT)).cast(pl.Date)).to_series().rename(series.name)
    markers, odd = unread(series, parsed, habits)
    return None if odd or not _plausible_years(parsed) else Converted(parsed, markers)


def _plausible_years(parsed: pl.Series) -> bool:
    years = parsed.dt.year()
    low, high = years.min(), years.max()
    return isinstance(low, int) and isinstance(high, int) and low >= 1900 and high <= 2100


def _as_number(series: pl.Series, values: list[str], habits: Habits) -> Converted | None:
    style, share = habits.style_of(values)
    if share < MOST_SHARE:
        return None
    likely_whole = not any(style.decimal in text for text in values)
    reading = read_numbers(series, style, likely_whole=likely_whole)
    unknown = [text for text in reading.unread if not habits.is_missing(text, among_values=True)]
    if unknown:
        # Cells beyond the sample (or blanks around digits): look for a notation that reads them as well.
        wider, wider_share = habits.style_of([*values, *unknown])
        if wider_share >= MOST_SHARE:
            reading = read_numbers(series, wider, strip=True)
            style = wider
    if reading.codes:
        example = reading.codes[0]
        text = as_text(series, habits)
        text.note = f"Column {series.name!r} stays text: cells like {example!r} are codes, not quantities."
        return text
    units = units_of(values) if style.decorated else []
    if len(units) > 1:
        text = as_text(series, habits)
        text.warning = f"Column {series.name!r} stays text: its numbers have several units, {' and '.join(units[:3])}."
        return text
    unit = "".join(units)
    if unit and habits.options.units == "keep":
        return as_text(series, habits)
    converted = _settle(series, reading, habits, "number")
    if converted.series.dtype != pl.String:
        converted.style, converted.unit = style, unit
        converted.example = next((text for text in values if style.group and _shows(text, style.group)), "")
    return converted


def _shows(text: str, group: str) -> bool:
    """Whether the thousands mark stands between digits of a cell."""
    marks = " \u00a0\u202f\u2009" if group == " " else "'’" if group == "'" else group
    return any(mark in text.strip()[1:-3] for mark in marks) and sum(char.isdigit() for char in text) > 3


def _settle(series: pl.Series, reading: NumberReading, habits: Habits, what: str) -> Converted:
    markers, odd = unread(series, reading.values, habits)
    if _is_measure(reading.values):
        odd = _word_for_none(series, odd, markers, habits)
    if odd and not _may_be_odd(series, odd, habits, _is_measure(reading.values)):
        text = as_text(series, habits)
        text.warning = _mixed_warning(series, odd, what)
        return text
    return Converted(reading.values, markers, odd)


def _word_for_none(
    series: pl.Series, odd: list[tuple[int, str]], markers: Counter[str], habits: Habits
) -> list[tuple[int, str]]:
    """A word without digits that alone stands again and again among values means that there is none."""
    words = {text.strip().lower() for _, text in odd}
    if len(words) != 1 or len(odd) < 2 or len(odd) > WORD_SHARE * (len(series) - series.null_count()):
        return odd
    word = odd[0][1].strip()
    own = habits.options
    if own.missing_markers is not None or own.odd_cells == "keep" or len(word) > LONGEST_WORD:
        return odd
    if any(char.isdigit() for char in word):
        return odd
    markers[word] += len(odd)
    return []


def _is_measure(values: pl.Series) -> bool:
    """Measurements or counts, rather than codes of which a few happen to contain letters."""
    if values.dtype == pl.Float64:
        return True
    digits = values.abs().cast(pl.String).str.len_bytes()
    return values.n_unique() > 100 or (values.n_unique() > 20 and digits.n_unique() > 2)


def _may_be_odd(series: pl.Series, odd: list[tuple[int, str]], habits: Habits, is_measure: bool) -> bool:
    present = len(series) - series.null_count()
    few = len(odd) <= ODD_SHARE * present or (len(odd) == 1 and present >= 20)
    return habits.options.odd_cells == "missing" and is_measure and few


def _mixed_warning(series: pl.Series, odd: list[tuple[int, str]], what: str) -> str:
    examples = ", ".join(repr(text[:30]) for text in dict.fromkeys(text for _, text in odd[:50]))[:120]
    cells = "1 cell is" if len(odd) == 1 else f"{len(odd):,} cells are"
    return f"Column {series.name!r} stays text: {cells} no {what}, for example {examples}."


def _as_moment(series: pl.Series, values: list[str], habits: Habits) -> Converted | None:
    if not candidate_styles(values[:25]):
        return None
    parsed, order, has_time = read_column_moments(series, values, habits)
    markers, odd = unread(series, parsed, habits)
    odd = _word_for_none(series, odd, markers, habits)
    present = len(series) - series.null_count() - sum(markers.values())
    if not present or len(odd) > (1 - MOST_SHARE) * present:
        return None
    if odd and not _may_be_odd(series, odd, habits, is_measure=True):
        text = as_text(series, habits)
        text.warning = _mixed_warning(series, odd, "date")
        return text
    return Converted(parsed if has_time else parsed.cast(pl.Date), markers, odd, order=order)


def read_column_moments(
    series: pl.Series, values: list[str], habits: Habits
) -> tuple[pl.Series, OrderDecision | None, bool]:  # fmt: skip
    """A column read in every date notation its sample shows, the order of day and month, and whether times occur."""
    styles = candidate_styles(values)
    order: OrderDecision | None = None
    parsed: pl.Series | None = None
    has_time = False
    for style in styles:
        if style.date.order is not None and order is not None and style.date.order != order.order:
            continue
        reading = read_moments(series, style)
        if style.date.order is not None and order is None:
            rival = next(s for s in styles if _is_rival(s, style))
            order = decide_order(
                {_order(style): reading, _order(rival): read_moments(series, rival)},
                habits.orders,
                dotted="." in style.date.format,
            )
            if order.order != style.date.order:
                continue
        gained = reading.null_count() < len(reading)
        has_time = has_time or (style.has_time and gained)
        parsed = (reading if parsed is None else _filled(parsed, reading)).rename(series.name)
    if parsed is None:
        parsed = pl.Series(series.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(series))
    if order is not None:
        parsed = _fill_order(series, parsed, styles, order)
    return parsed, order, has_time


def _order(style: MomentStyle) -> DateOrder:
    assert style.date.order is not None  # noqa: S101 - narrowed by every caller
    return style.date.order


def _is_rival(one: MomentStyle, other: MomentStyle) -> bool:
    return (
        one.date.shape == other.date.shape
        and one.date.order != other.date.order
        and (one.time, one.zoned) == (other.time, other.zoned)
    )


def _fill_order(series: pl.Series, parsed: pl.Series, styles: list[MomentStyle], order: OrderDecision) -> pl.Series:
    """Styles in the decided order that stood before the decision in the list."""
    for style in styles:
        if style.date.order == order.order and parsed.null_count() > series.null_count():
            parsed = _filled(parsed, read_moments(series, style))
    return parsed.rename(series.name)


def _filled(parsed: pl.Series, reading: pl.Series) -> pl.Series:
    """A column with its gaps filled from another reading of the same cells."""
    return pl.select(pl.coalesce(pl.lit(parsed), pl.lit(reading))).to_series()


def as_text(series: pl.Series, habits: Habits) -> Converted:
    """The column as text: markers become missing; what stands around every cell alike is taken off and told."""
    bare, note = _bare(series)
    converted = _without_markers(bare, habits)
    converted.note = note or converted.note
    return converted


def _bare(series: pl.Series) -> tuple[pl.Series, str | None]:
    """The cells without the blanks or the ``="..."`` that stand around every one of them, and what to tell."""
    present = series.drop_nulls()
    if present.is_empty():
        return series, None
    first = present[0]
    if first.startswith('="') and present.str.contains('^="[^"]*"$').all():
        note = (
            f'Column {series.name!r}: the form ="…" that keeps spreadsheet programs from changing cells was taken off.'
        )
        return series.str.slice(2).str.head(-1), note
    if first.startswith(" ") and present.str.starts_with(" ").all():
        return series.str.strip_chars(" "), f"Column {series.name!r}: blanks around the cells were taken off."
    return series, None


def _without_markers(series: pl.Series, habits: Habits) -> Converted:
    longest = max([LONGEST_MARKER, *(len(marker.encode()) + 2 for marker in habits.options.missing_markers or [])])
    is_short = series.str.len_bytes() <= longest
    all_short = bool(is_short.all())
    counts = (series if all_short else series.filter(is_short)).drop_nulls().value_counts(name=TIMES)
    found = {
        text: count for text, count in counts.iter_rows() if habits.is_missing(text, among_values=False)
    }  # fmt: skip
    wide_blanks = [] if all_short else _wide_blanks(series.filter(~is_short))
    if habits.options.missing_markers is None:
        found = _keep_meant(series, found)
    words = [*found, *wide_blanks]
    if not words:
        return Converted(series, note=_time_note(series))
    cleaned = pl.select(
        pl.when(pl.lit(series).is_in(words)).then(None).otherwise(pl.lit(series)).alias(series.name)
    ).to_series()
    return Converted(cleaned, Counter({text.strip(): n for text, n in found.items() if text.strip()}))


def _time_note(series: pl.Series) -> str | None:
    """What to tell about a column of times without dates."""
    first = series.drop_nulls().head(100).to_list()
    if not first or not all(TIME_OF_DAY.fullmatch(text.strip()) for text in first):
        return None
    return f"Column {series.name!r} holds times without a date; they stay as written."


def _wide_blanks(cells: pl.Series) -> list[str]:
    """Cells of nothing but blanks: whatever begins with a blank comes before "!", or is no ASCII."""
    likely = cells.filter((cells < "!") | (cells >= "\x80"))
    return likely.filter(likely.str.strip_chars() == "").unique().to_list()


def _keep_meant(series: pl.Series, found: dict[str, int]) -> dict[str, int]:
    """Leave words that mean something here: "NA" among two-letter codes, "None" beside truly empty cells."""
    kept = dict(found)
    if "NA" in kept:
        codes = series.drop_nulls().unique().head(1_000).to_list()
        two_letters = [text for text in codes if len(text) == 2 and text.isalpha() and text.isupper()]
        if len(two_letters) >= 10 and len(two_letters) >= MOST_SHARE * len(codes):
            del kept["NA"]
    nones = [text for text in kept if text.strip().lower() == "none"]
    others = series.null_count() + sum(count for text, count in kept.items() if text not in nones)
    if others:
        for text in nones:
            del kept[text]
    return kept


def unread(series: pl.Series, parsed: pl.Series, habits: Habits) -> tuple[Counter[str], list[tuple[int, str]]]:
    """Cells that were not read: markers with counts, and odd ones with their rows."""
    mask = parsed.is_null() & series.is_not_null()
    if not mask.any():
        return Counter(), []
    counts = series.filter(mask).value_counts(name=TIMES)
    markers: Counter[str] = Counter()
    odd_words = set()
    for text, count in counts.iter_rows():
        if habits.is_missing(text, among_values=True):
            if text.strip():
                markers[text.strip()] += count
        else:
            odd_words.add(text)
    if not odd_words:
        return markers, []
    rows = np.flatnonzero(mask.to_numpy())
    cells = series.filter(mask).to_list()
    return markers, [(int(row), text) for row, text in zip(rows, cells, strict=True) if text in odd_words]
