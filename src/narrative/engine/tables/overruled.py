"""Reading a column as the type its user named: what cannot be read so becomes missing, and is listed."""

from __future__ import annotations

from typing import Final

import polars as pl

from narrative.engine.tables.convert import Converted, Habits, as_text, read_column_moments, unread
from narrative.engine.tables.dates import COMPACT, MomentStyle, read_moments
from narrative.engine.tables.numbers import number_text, units_of
from narrative.engine.tables.types import KindChoice

YES_WORDS: Final = frozenset(
    {
        "true", "t", "yes", "y", "1", "x", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "sì", "sim", "tak", "ano",
        "igen", "áno", "da", "evet", "да", "ναι", "是", "はい",
    }
)  # fmt: skip
NO_WORDS: Final = frozenset(
    {
        "false", "f", "no", "n", "0", "nein", "falsch", "non", "faux", "não", "nao", "nie", "ne", "nem", "nu", "hayır",
        "nee", "nej", "nei", "нет", "όχι", "否", "いいえ",
    }
)  # fmt: skip


def read_as(series: pl.Series, sample: list[str], kind: KindChoice, habits: Habits) -> Converted:
    """A text column in the type that was asked for; cells that cannot be read so are missing and listed as odd."""
    if kind == "text":
        return as_text(series, habits)
    if kind == "boolean":
        return _finish(series, _truths(series), habits)
    values = [text for text in sample if not habits.is_missing(text, among_values=True)]
    if kind in {"integer", "decimal"}:
        return _number(series, values, kind, habits)
    return _moment(series, values, kind, habits)


def _finish(series: pl.Series, parsed: pl.Series, habits: Habits) -> Converted:
    markers, odd = unread(series, parsed, habits)
    return Converted(parsed.rename(series.name), markers, odd)


def _truths(series: pl.Series) -> pl.Series:
    words = {text: text.strip().lower() for text in series.drop_nulls().unique().to_list()}
    known = {text: word in YES_WORDS for text, word in words.items() if word in YES_WORDS | NO_WORDS}
    return series.replace_strict(known, default=None, return_dtype=pl.Boolean)


def _number(series: pl.Series, values: list[str], kind: KindChoice, habits: Habits) -> Converted:
    style, _ = habits.style_of(values)
    text = pl.select(number_text(pl.lit(series), style)).to_series()
    numbers = text.cast(pl.Float64, strict=False)
    numbers = numbers.set(~numbers.is_finite().fill_null(value=True), None)
    if kind == "integer":
        whole = text.cast(pl.Int64, strict=False)
        rounded = numbers.set(numbers != numbers.round(), None).cast(pl.Int64, strict=False)
        numbers = pl.select(pl.coalesce(pl.lit(whole), pl.lit(rounded))).to_series()
    converted = _finish(series, numbers, habits)
    converted.style = style
    converted.unit = " ".join(units_of(values)[:1]) if style.decorated else ""
    return converted


def _moment(series: pl.Series, values: list[str], kind: KindChoice, habits: Habits) -> Converted:
    dtype = pl.Date if kind == "date" else pl.Datetime("us")
    parsed, order, _ = read_column_moments(series, values, habits)
    if parsed.null_count() == len(parsed):
        parsed = read_moments(series, MomentStyle(COMPACT))
    converted = _finish(series, parsed.cast(dtype), habits)
    converted.order = order
    return converted
