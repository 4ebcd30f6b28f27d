"""Facts of a table, computed over all of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources
from narrative.engine.story.wording import clean_name, format_value

Condition = dict[str, Any]
"""``{"column": …, "op": "==" | "<=" | ">", "value": …}``; values of ``==`` are compared as text."""


def is_missing(column: str, dtype: pl.DataType) -> pl.Expr:
    """Null, or NaN where the type has one."""
    expression = pl.col(column).is_null()
    return expression | pl.col(column).is_nan().fill_null(value=False) if dtype.is_float() else expression


def matches(conditions: Sequence[Condition]) -> pl.Expr:
    """Rows for which every condition is true; missing values match none."""
    expression = pl.lit(value=True)
    for condition in conditions:
        column = pl.col(condition["column"])
        if condition["op"] == "==":
            own = column.cast(pl.String) == str(condition["value"])
        elif condition["op"] in ("<=", ">"):
            # Polars holds NaN to be the largest number; here it is missing and matches nothing.
            numbers = column.cast(pl.Float64).fill_nan(None)
            own = numbers <= condition["value"] if condition["op"] == "<=" else numbers > condition["value"]
        else:
            raise ValueError(f"Unknown condition {condition['op']!r}.")
        expression = expression & own.fill_null(value=False)
    return expression


def _values(sources: Sources, column: str) -> pl.Series:
    series = sources.need_table()[column]
    return series.drop_nans().drop_nulls() if series.dtype.is_float() else series.drop_nulls()


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


@formula("table.rows", "number of rows", "table")
def rows(sources: Sources) -> Value:
    return sources.need_table().height


@formula("table.columns", "number of columns", "table")
def columns(sources: Sources) -> Value:
    return sources.need_table().width


@formula("table.column_name", "name of the column", "table")
def column_name(sources: Sources, column: str) -> Value:
    return sources.need_table().get_column(column).name


@formula("table.missing", "number of empty cells in the column", "table")
def missing(sources: Sources, column: str) -> Value:
    frame = sources.need_table()
    return int(frame.select(is_missing(column, frame.schema[column]).sum()).item() or 0)


@formula("table.filled", "rows with a value in the column", "table")
def filled(sources: Sources, column: str) -> Value:
    return sources.need_table().height - int(missing(sources, column) or 0)


@formula("table.missing_share", "empty cells of the column / rows", "table")
def missing_share(sources: Sources, column: str) -> Value:
    height = sources.need_table().height
    return int(missing(sources, column) or 0) / height if height else None


@formula("table.missing_cells", "empty cells of all columns", "table")
def missing_cells(sources: Sources) -> Value:
    frame = sources.need_table()
    if frame.width == 0:
        return 0
    counts = frame.select(is_missing(name, dtype).sum().alias(str(i)) for i, (name, dtype) in _schema(frame))
    return int(counts.sum_horizontal().item() or 0)


@formula("table.missing_cells_share", "empty cells / (rows x columns)", "table")
def missing_cells_share(sources: Sources) -> Value:
    frame = sources.need_table()
    cells = frame.height * frame.width
    return int(missing_cells(sources) or 0) / cells if cells else None


@formula("table.columns_with_gaps", "columns with at least one empty cell", "table")
def columns_with_gaps(sources: Sources) -> Value:
    frame = sources.need_table()
    flags = frame.select(is_missing(name, dtype).any().alias(str(i)) for i, (name, dtype) in _schema(frame))
    return sum(bool(value) for value in flags.row(0)) if frame.width and frame.height else 0


@formula("table.distinct", "number of different values in the column, gaps left out", "table")
def distinct(sources: Sources, column: str) -> Value:
    return _values(sources, column).n_unique()


@formula("table.mean", "sum of the column / cells that are filled", "table")
def mean(sources: Sources, column: str) -> Value:
    return _number(_values(sources, column).mean())


@formula("table.minimum", "smallest value of the column", "table")
def minimum(sources: Sources, column: str) -> Value:
    return _number(_values(sources, column).min())


@formula("table.maximum", "largest value of the column", "table")
def maximum(sources: Sources, column: str) -> Value:
    return _number(_values(sources, column).max())


@formula("table.quantile", "value below which the given share of the column lies, interpolated", "table")
def quantile(sources: Sources, column: str, share: float) -> Value:
    return _number(_values(sources, column).cast(pl.Float64).quantile(share, interpolation="linear"))


@formula("table.time_span_start", "earliest date of the column", "table")
def time_span_start(sources: Sources, column: str) -> Value:
    value: Any = _values(sources, column).min()
    return None if value is None else value.isoformat()[:10]


@formula("table.time_span_end", "latest date of the column", "table")
def time_span_end(sources: Sources, column: str) -> Value:
    value: Any = _values(sources, column).max()
    return None if value is None else value.isoformat()[:10]


@formula("table.value_at", "value of the column by frequency, position 0 being the most frequent", "table")
def value_at(sources: Sources, column: str, position: int) -> Value:
    return ranked_values(sources.need_table(), column)[position]


@formula("table.count", "rows that fulfil the conditions", "table")
def count(sources: Sources, conditions: list[Condition]) -> Value:
    return int(sources.need_table().select(matches(conditions).sum()).item() or 0)


@formula("table.share", "rows that fulfil the conditions / all rows", "table")
def share(sources: Sources, conditions: list[Condition]) -> Value:
    height = sources.need_table().height
    return int(count(sources, conditions) or 0) / height if height else None


@formula("table.group_share", "rows of the group with the value / rows of the group with a value", "table")
def group_share(sources: Sources, column: str, value: str, conditions: list[Condition]) -> Value:
    group = sources.need_table().filter(matches(conditions) & pl.col(column).is_not_null())
    if group.height == 0:
        return None
    return int(group.select((pl.col(column).cast(pl.String) == value).sum()).item()) / group.height


@formula("table.group_median", "middle value of the column over the rows of the group", "table")
def group_median(sources: Sources, column: str, conditions: list[Condition]) -> Value:
    group = sources.need_table().filter(matches(conditions))
    return _number(group[column].cast(pl.Float64).drop_nulls().drop_nans().median())


@formula("table.group_rows", "rows that fulfil the conditions", "table")
def group_rows(sources: Sources, conditions: list[Condition]) -> Value:
    return count(sources, conditions)


@formula("table.group_name", "the conditions in words", "table")
def group_name(sources: Sources, conditions: list[Condition]) -> Value:
    frame = sources.need_table()
    words = {"==": "=", "<=": "up to", ">": "over"}
    texts = []
    for condition in conditions:
        name = clean_name(frame.get_column(condition["column"]).name)
        texts.append(f"{name} {words[condition['op']]} {format_value(condition['value'], 'decimal')}")
    return " and ".join(texts)


def ranked_values(frame: pl.DataFrame, column: str) -> list[str]:
    """Values of a column as text, most frequent first, ties in alphabetical order; gaps left out."""
    counts = (
        frame.lazy()
        .select(pl.col(column).cast(pl.String).alias("value"))
        .drop_nulls()
        .group_by("value")
        .agg(pl.len().alias("rows"))
        .sort(["rows", "value"], descending=[True, False])
        .collect()
    )
    return [str(value) for value in counts["value"].to_list()]


def _schema(frame: pl.DataFrame) -> list[tuple[int, tuple[str, pl.DataType]]]:
    """Columns with their position, so that no column name can clash in a select."""
    return list(enumerate(frame.schema.items()))
