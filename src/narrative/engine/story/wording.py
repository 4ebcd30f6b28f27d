"""How a value reads: one rule per format, honest when rounding would lie (99.96 % is never "100%")."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from narrative.engine.story.types import Fact, FactFormat

NAME_LIMIT: Final = 28
"""Longest name of a column or label in a sentence; longer ones are cut with an ellipsis."""

_SINGULAR: Final = {
    "rows": "row", "columns": "column", "folds": "fold", "models": "model", "classes": "class", "cells": "cell",
    "values": "value", "points": "point", "features": "feature", "repairs": "repair", "calls": "call", "bins": "bin",
    "guesses": "guess", "candidates": "candidate", "findings": "finding", "warnings": "warning", "inputs": "input",
    "texts": "text", "gaps": "gap", "pairs": "pair", "characters": "character", "steps": "step", "ideas": "idea",
    "suspects": "suspect", "experiments": "experiment",
}  # fmt: skip
MINUS: Final = "\N{MINUS SIGN}"
UNIT_WORDS: Final = frozenset(_SINGULAR) | frozenset(_SINGULAR.values())
"""Nouns that are counted: after a reference they must fit the unit of the fact."""


def format_fact(fact: Fact, *, with_unit: bool = False) -> str:
    """The text of a fact; with its unit in singular or plural when asked ("1 row", "2 rows")."""
    text = format_value(fact.value, fact.format)
    if not with_unit or not fact.unit:
        return text
    unit = _SINGULAR.get(fact.unit, fact.unit) if fact.value == 1 else fact.unit
    return f"{text} {unit}"


def format_value(value: float | int | str | bool | None, form: FactFormat) -> str:
    """A value as people read it.

    >>> format_value(0.9996, "percent"), format_value(0.041, "percent"), format_value(0.27, "percent")
    ('99.96%', '4.1%', '27%')
    >>> format_value(112, "seconds"), format_value(18823.0, "decimal"), format_value(0.99996, "score")
    ('1 min 52 s', '18,823', '0.99996')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if form == "text" or isinstance(value, str | bool):
        return clean_name(str(int(value) if isinstance(value, float) and value.is_integer() else value))
    return _NUMBERS[form](float(value) + 0.0)  # A negative zero becomes zero.


def clean_name(text: str) -> str:
    """A name from the data on one line, without control characters, cut at :data:`NAME_LIMIT` characters."""
    line = re.sub(r"\s+", " ", "".join(letter if letter.isprintable() else " " for letter in text)).strip()
    if not line:
        return "(blank)"
    return line if len(line) <= NAME_LIMIT else line[: NAME_LIMIT - 1].rstrip() + "…"


def format_percent(share: float) -> str:
    """Whole percents from 10 %, one decimal below; more decimals where rounding would claim none or all."""
    percent = share * 100
    decimals = 0 if abs(percent) >= 10 else 1
    text = f"{percent:.{decimals}f}"
    while decimals < 6 and percent not in (0.0, 100.0) and float(text) in (0.0, 100.0):
        decimals += 1
        text = f"{percent:.{decimals}f}"
    if decimals == 1 and text.endswith(".0"):
        text = text[:-2]
    return f"{text}%"


def format_score(value: float) -> str:
    """Three decimals for small numbers, fewer for large ones; never rounded to a perfect 1 or 0 that it is not."""
    size = abs(value)
    if size >= 1e15:
        return f"{value:.3g}".replace("-", MINUS)
    decimals = 3 if size < 10 else 2 if size < 100 else 1 if size < 1_000 else 0
    # Beyond nine decimals there is only what rounding left behind.
    exact = round(value, 9) in (0.0, 1.0, -1.0)
    while not exact and float(f"{value:.{decimals}f}") in (0.0, 1.0, -1.0):
        decimals += 1
    text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS)


def interval_text(low: float, high: float) -> str:
    """Both ends of an interval of a score."""
    return f"{format_score(low)} to {format_score(high)}"


def format_decimal(value: float) -> str:
    """About four significant digits, thousands separated, no trailing zeros."""
    size = abs(value)
    if value == round(value) and size < 1e15:
        return f"{value:,.0f}".replace("-", MINUS)
    if size >= 1e15:
        text = f"{value:.3g}"
    elif size >= 1_000:
        text = f"{value:,.0f}"
    elif size >= 1e-3:
        decimals = max(0, 3 - math.floor(math.log10(size)))
        text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    else:
        text = f"{value:.3g}"
    return text.replace("-", MINUS)


def format_seconds(seconds: float) -> str:
    """``4.5 ms``, ``0.4 s``, ``8 s``, ``1 min 52 s``, ``2 h 5 min``."""
    if seconds < 0.0995:
        return f"{max(seconds, 0.0) * 1_000:.{1 if seconds < 0.00995 else 0}f} ms"
    if seconds < 0.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3_600} h {whole % 3_600 // 60} min"


_NUMBERS: Final[dict[FactFormat, Callable[[float], str]]] = {
    "integer": lambda value: f"{round(value):,}".replace("-", MINUS),
    "percent": format_percent,
    "score": format_score,
    "seconds": format_seconds,
    "decimal": format_decimal,
    "money": format_decimal,
}
