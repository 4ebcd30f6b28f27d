"""Facts of single rows: a cell, and what is typical of some rows."""

from __future__ import annotations

from typing import Final

import polars as pl

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources

EMPTY: Final = "empty"


@formula("exploration.cell", "the cell of the row, as it stands in the table", "table")
def cell(sources: Sources, column: str, row: int) -> Value:
    return _plain(sources.need_table()[column][row])


@formula("exploration.typical", "median of the column in these rows, or its most frequent value there", "table")
def typical(sources: Sources, column: str, alike: list[int]) -> Value:
    series = sources.need_table()[column][alike]
    if series.dtype.is_numeric():
        middle = series.drop_nulls().cast(pl.Float64).median()
        return EMPTY if middle is None else float(str(middle))
    counts = series.cast(pl.String).fill_null(EMPTY).alias("value").to_frame().group_by("value").len(name="n")
    return str(counts.sort(["n", "value"], descending=[True, False])["value"][0])


def _plain(value: object) -> Value:
    if value is None:
        return EMPTY
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else str(value).lower()
