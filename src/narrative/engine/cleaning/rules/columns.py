"""Columns that say nothing, or nothing that another does not say."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from narrative.engine.checks._wording import quoted
from narrative.engine.cleaning.rules.base import LEAST_ROWS, found
from narrative.engine.cleaning.types import Found


def empty_columns(frame: pl.DataFrame) -> Iterator[Found]:
    """Columns without any value."""
    columns = [column.name for column in frame if column.null_count() == len(column)]
    if columns and len(columns) < frame.width:
        yield found("empty_column", "drop_columns", columns, f"{_named(columns)} without any value.")


def constant_columns(frame: pl.DataFrame) -> Iterator[Found]:
    """Columns with the same value in every row, none missing."""
    if frame.height < LEAST_ROWS:
        return
    columns = [column.name for column in frame if column.null_count() == 0 and column.n_unique() == 1]
    if columns and len(columns) < frame.width:
        yield found("constant_column", "drop_columns", columns, f"{_named(columns)} the same in every row.")


def repeated_columns(frame: pl.DataFrame) -> Iterator[Found]:
    """Columns that hold in every row what an earlier column holds; two values are too few to tell."""
    kept: dict[int, list[str]] = {}
    repeated = []
    for column in frame:
        if len(column) < LEAST_ROWS or column.n_unique() < 3:
            continue
        mark = int(pl.Series(column.hash(seed=1)).sum() or 0)
        if any(frame[name].equals(column) for name in kept.get(mark, [])):
            repeated.append(column.name)
        else:
            kept.setdefault(mark, []).append(column.name)
    if repeated:
        yield found("repeated_column", "drop_columns", repeated, f"{_named(repeated)} what an earlier column says.")


def _named(columns: list[str]) -> str:
    if len(columns) == 1:
        return f"{quoted(columns[0])} is"
    return f"{len(columns):,} columns, such as {quoted(columns[0])}, are"
