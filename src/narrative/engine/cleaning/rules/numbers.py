"""Numbers, dates and truth values that stand in text, and numbers that stand for a missing value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.checks._wording import counted, quoted
from narrative.engine.cleaning.rules.base import LEAST_ROWS, found, texts
from narrative.engine.cleaning.types import Found
from narrative.engine.recipe import Recipe
from narrative.engine.step_specs import StepSpec

TRUTHS: Final = (("yes", "no"), ("true", "false"), ("y", "n"), ("t", "f"))
PLACEHOLDERS: Final = (-999.0, -9999.0, -99999.0, 9999.0, 99999.0, 999999.0)
LEAST_PLACEHOLDERS: Final = 3
FAR: Final = 5.0
"""A placeholder lies so many times the range of all other values away from them."""
MOST_PLACEHOLDERS: Final = 0.3


def numbers_in_text(frame: pl.DataFrame) -> Iterator[Found]:
    """Columns in which every cell is a number with marks: currency, percent, one unit, thousands."""
    for column in texts(frame):
        values = column.drop_nulls()
        if len(values) < LEAST_ROWS or not values.str.contains(r"\d").all() or _is_code(values):
            continue
        units = values.str.replace_all(r"[\d\s.,'()+\-\u2212\u00a0]", "").unique().to_list()
        signs = {unit for unit in units if unit}
        if len(signs) > 1 or any(len(sign) > 4 for sign in signs) or not values.str.contains(r"[^\d.\-]").any():
            continue
        if _mark_is_clear(values) and _reads_all(column, "parse_number", {"columns": [column.name]}):
            sign = f", most with {next(iter(signs))!r}" if signs else ""
            said = f"All {counted(len(values), 'cell')} of {quoted(column.name)} are numbers written as text{sign}."
            yield found("numbers_in_text", "parse_number", [column.name], said, examples=values.head(3).to_list())


def _mark_is_clear(values: pl.Series) -> bool:
    """Whether a point or comma cannot mean both: with three digits behind each single mark, 1,234 may be either."""
    bare = values.str.replace_all(r"[^\d.,]", "")
    marked = bare.filter(bare.str.contains(r"[.,]"))
    return len(marked) == 0 or not bool(marked.str.contains(r"^\d{1,3}[.,]\d{3}$").all())


def _is_code(values: pl.Series) -> bool:
    """Numbers that name things: leading zeros, or letters before the digits."""
    leading = values.str.contains(r"^0\d").any()
    named = values.str.contains(r"^[A-Za-z]+[\s\-_]?\d").any() and not values.str.contains(r"^[A-Z]{3}\s").all()
    return bool(leading or named)


def dates_in_text(frame: pl.DataFrame) -> Iterator[Found]:
    """Columns in which every cell is a date whose order of day and month is beyond doubt."""
    for column in texts(frame):
        values = column.drop_nulls()
        if len(values) < LEAST_ROWS or not values.str.contains(r"\d").all() or not _order_is_clear(values):
            continue
        if _reads_all(column, "parse_date", {"columns": [column.name]}):
            said = f"All {counted(len(values), 'cell')} of {quoted(column.name)} are dates written as text."
            yield found("dates_in_text", "parse_date", [column.name], said, examples=values.head(3).to_list())


def _order_is_clear(values: pl.Series) -> bool:
    """Dates like 3/4/2025 are beyond doubt when one of the first two numbers, and only one, passes 12 somewhere."""
    pairs = values.str.extract_groups(r"^(\d{1,2})[./\-](\d{1,2})[./\-]\d{2,4}").struct.unnest()
    first, second = (pairs.to_series(place).cast(pl.Int64, strict=False).drop_nulls() for place in (0, 1))
    if first.is_empty():
        return bool(values.str.contains(r"^\d{4}[./\-]\d|[A-Za-z]{3}").all())
    return bool((first > 12).any()) != bool((second > 12).any())


def truths_in_text(frame: pl.DataFrame) -> Iterator[Found]:
    """Columns of two words that mean yes and no."""
    for column in texts(frame):
        words = set(column.drop_nulls().str.to_lowercase().unique().to_list())
        if len(words) == 2 and any(words == set(pair) for pair in TRUTHS):
            said = f"{quoted(column.name)} holds only {' and '.join(repr(word) for word in sorted(words))}."
            yield found("truths_in_text", "parse_boolean", [column.name], said)


def placeholder_numbers(frame: pl.DataFrame) -> Iterator[Found]:
    """Numbers such as -999 far away from all others, several times: they stand for a missing value."""
    for column in frame:
        if not column.dtype.is_numeric():
            continue
        for value in PLACEHOLDERS:
            cells = int((column == value).sum())
            rest = column.filter(column != value).drop_nulls()
            if not LEAST_PLACEHOLDERS <= cells <= MOST_PLACEHOLDERS * len(column) or len(rest) < LEAST_ROWS:
                continue
            low, high = (float(bound) for bound in (rest.min(), rest.max()) if isinstance(bound, int | float))
            away = low - value if value < low else value - high
            if away > FAR * max(high - low, abs(value) * 0.01) or (value < 0 <= low and away > FAR * abs(high) / 10):
                number: Any = int(value) if column.dtype.is_integer() else value
                said = f"{number:,} stands in {counted(cells, 'cell')} of {quoted(column.name)}, far from all others."
                yield found(
                    "placeholder_number", "replace_values", [column.name], said.replace("-", "\u2212", 1),
                    find=number, replace=None, match="value",
                )  # fmt: skip
                break


def _reads_all(column: pl.Series, step: str, params: dict[str, Any]) -> bool:
    """Whether a step reads every cell, so that nothing is lost."""
    table = column.to_frame()
    try:
        after = Recipe([StepSpec(type=step, params=params)]).fit(table).apply(table)
    except InvalidInput:
        return False
    return bool(after[column.name].null_count() == column.null_count())
