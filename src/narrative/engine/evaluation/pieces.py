"""Groups of rows by one column: its values, or ranges of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.evaluation.telling import Named
from narrative.engine.story.wording import clean_name, format_decimal

MOST_LEVELS: Final = 30
FEW_NUMBERS: Final = 10
RANGES: Final = 5

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Piece:
    """A group of rows: what it is called, the conditions that make it, and which rows are in it."""

    name: str
    column: str
    conditions: list[dict[str, Any]]
    mask: Mask

    def and_(self, other: Piece) -> Piece:
        """The rows that are in both."""
        return Piece(
            f"{self.name} and {other.name}",
            self.column,
            [*self.conditions, *other.conditions],
            self.mask & other.mask,
        )


def pieces_of(frame: pl.DataFrame, columns: list[str] | None = None, *, least: int = 1) -> list[Piece]:
    """The groups of every column, one after the other, those with at least ``least`` rows.

    Words and yes/no: each of at most 30 commonest values. Numbers and times: fifths, or values when there are few.
    Empty cells are a group of their own. Columns with nearly as many values as rows have no groups.
    """
    names = frame.columns if columns is None else columns
    found = [piece for name in names for piece in _of_column(frame[name])]
    return [piece for piece in found if least <= int(piece.mask.sum()) <= frame.height - least]


def _of_column(series: pl.Series) -> list[Piece]:
    missing = series.is_null().to_numpy()
    present = series.drop_nulls()
    pieces = []
    if missing.any():
        pieces.append(_piece(series.name, "is missing", "is_null", None, missing))
    if present.is_empty():
        return pieces
    if (series.dtype.is_numeric() or series.dtype.is_temporal()) and present.n_unique() > FEW_NUMBERS:
        return pieces + _ranges(series)
    levels = present.alias("value").value_counts(sort=True).sort("count", "value", descending=[True, False])
    for value in levels["value"][:MOST_LEVELS].to_list():
        mask = (series == value).fill_null(value=False).to_numpy()
        pieces.append(_piece(series.name, f"is {_shown(value)}", "=", _plain(value), mask))
    return pieces


def _ranges(series: pl.Series) -> list[Piece]:
    """Fifths of the numbers, cut where values change."""
    numbers = series.cast(pl.Float64) if series.dtype.is_numeric() else series.to_physical().cast(pl.Float64)
    values = numbers.to_numpy()
    known = values[np.isfinite(values)]
    if not known.size:
        return []
    edges = np.unique(np.quantile(known, np.linspace(0, 1, RANGES + 1)[1:-1], method="inverted_cdf"))
    edges = edges[edges < known.max()]
    originals = [_at(series, values, edge) for edge in edges]
    pieces = []
    for place in range(edges.size + 1):
        low = -np.inf if place == 0 else edges[place - 1]
        high = np.inf if place == edges.size else edges[place]
        mask = (values > low) & (values <= high)
        conditions, words = [], []
        if place > 0:
            conditions.append({"column": series.name, "op": ">", "value": _plain(originals[place - 1])})
            words.append(f"over {_shown(originals[place - 1])}")
        if place < edges.size:
            conditions.append({"column": series.name, "op": "<=", "value": _plain(originals[place])})
            words.append(f"up to {_shown(originals[place])}")
        if conditions:
            name = f"{clean_name(series.name)} {' and '.join(words)}"
            pieces.append(Piece(name, series.name, conditions, np.asarray(mask, dtype=np.bool_)))
    return pieces


def _at(series: pl.Series, values: np.ndarray[Any, np.dtype[np.float64]], edge: float) -> Any:
    """The value of the column that an edge was taken from."""
    return series[int(np.flatnonzero(values == edge)[0])]


def _piece(column: str, words: str, op: str, value: Any, mask: Mask) -> Piece:
    condition = {"column": column, "op": op, "value": value}
    return Piece(f"{clean_name(column)} {words}", column, [condition], np.asarray(mask, dtype=np.bool_))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return format_decimal(float(value))
    return clean_name(str(_plain(value)))


_WORDS: Final = {"=": "is", ">": "over", "<=": "up to", "is_null": "is missing"}


def told_conditions(conditions: list[dict[str, Any]]) -> tuple[str, dict[str, Named]]:
    """A template of the conditions ("{column_a} is {value_a}"), and the facts it refers to."""
    parts: list[str] = []
    account: dict[str, Named] = {}
    before = None
    for letter, condition in zip("abcdefgh", conditions, strict=False):
        text = _WORDS[condition["op"]]
        if condition["op"] != "is_null":
            value = condition["value"]
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            shown = value if is_number else _shown(value)
            account[f"value_{letter}"] = Named(shown, "a value of it", "decimal" if is_number else "text")
            text += f" {{value_{letter}}}"
        if condition["column"] == before:
            parts[-1] += f" and {text}"
            continue
        before = condition["column"]
        account[f"column_{letter}"] = Named(before, "name of a column", "text")
        parts.append(f"{{column_{letter}}} {text}")
    return " and ".join(parts), account
