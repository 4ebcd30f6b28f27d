"""Facts that compare the rows a filter keeps with the rest of the table."""

from __future__ import annotations

from typing import Any

import polars as pl

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources
from narrative.engine.tables.filters import Filter, rows_that_fit

Filters = list[dict[str, Any]]


def rows_of(sources: Sources, filters: Filters, rest: bool) -> pl.DataFrame:
    """The rows that fit, or all others."""
    table = sources.need_table()
    fit = rows_that_fit([Filter.model_validate(item) for item in filters], table.schema)
    if fit is None:
        return table.clear() if rest else table
    return table.filter(~fit if rest else fit)


def _values(sources: Sources, column: str, filters: Filters, rest: bool) -> pl.Series:
    series = rows_of(sources, filters, rest)[column]
    return series.drop_nans().drop_nulls() if series.dtype.is_float() else series.drop_nulls()


@formula("comparison.rows", "rows that fit the filter, or the rest of the rows", "table")
def rows(sources: Sources, filters: Filters, rest: bool) -> Value:
    return rows_of(sources, filters, rest).height


@formula("comparison.rows_share", "rows that fit the filter / all rows", "table")
def rows_share(sources: Sources, filters: Filters) -> Value:
    height = sources.need_table().height
    return rows_of(sources, filters, rest=False).height / height if height else None


@formula("comparison.mean", "sum of the column / cells that are filled, in these rows", "table")
def mean(sources: Sources, column: str, filters: Filters, rest: bool) -> Value:
    value: Any = _values(sources, column, filters, rest).cast(pl.Float64).mean()
    return None if value is None else float(value)


@formula("comparison.share", "cells with the value / cells that are filled, in these rows", "table")
def share(sources: Sources, column: str, value: str, filters: Filters, rest: bool) -> Value:
    values = _values(sources, column, filters, rest).cast(pl.String)
    return int((values == value).sum()) / len(values) if len(values) else None
