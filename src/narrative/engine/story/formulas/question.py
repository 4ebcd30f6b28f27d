"""Facts that answer questions: counts, shares and statistics of any rows of a table."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.formulas.table import is_missing
from narrative.engine.story.sources import Sources

Condition = Mapping[str, Any]
"""``{"column": …, "op": …, "value": …}``; ops are ``= != < <= > >= in missing present``. A text value is compared with
the value as text, a number with the number, an ISO date with the day."""
_COMPARE: Final[Mapping[str, Callable[[Any, Any], pl.Expr]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def rows_with(frame: pl.DataFrame, conditions: Sequence[Condition]) -> pl.DataFrame:
    """Rows for which every condition is true; a missing value fulfils none but ``missing``."""
    expression = pl.lit(value=True)
    for condition in conditions:
        expression = expression & _expression(frame, condition).fill_null(value=False)
    return frame.filter(expression) if conditions else frame


def _expression(frame: pl.DataFrame, condition: Condition) -> pl.Expr:
    name, op, value = condition["column"], condition["op"], condition["value"]
    dtype = frame.schema[name]
    empty = is_missing(name, dtype)
    if op in ("missing", "present"):
        return empty if op == "missing" else ~empty
    if op == "in":
        return ~empty & pl.col(name).cast(pl.String).is_in([str(item) for item in value])
    if dtype.is_temporal():
        return ~empty & _COMPARE[op](pl.col(name).cast(pl.Date).cast(pl.String), str(value))
    if isinstance(value, str):
        return ~empty & _COMPARE[op](pl.col(name).cast(pl.String), value)
    return ~empty & _COMPARE[op](pl.col(name).cast(pl.Float64), float(value))


def _present(sources: Sources, column: str, conditions: Sequence[Condition]) -> pl.Series:
    series = rows_with(sources.need_table(), conditions)[column]
    return series.drop_nans().drop_nulls() if series.dtype.is_float() else series.drop_nulls()


@formula("question.rows", "rows that fulfil the conditions", "table")
def rows(sources: Sources, conditions: list[Condition]) -> Value:
    return rows_with(sources.need_table(), conditions).height


@formula("question.share", "rows that fulfil all conditions / rows that fulfil those of the group", "table")
def share(sources: Sources, conditions: list[Condition], among: list[Condition]) -> Value:
    group = rows_with(sources.need_table(), among)
    return rows_with(group, conditions).height / group.height if group.height else None


@formula("question.values", "filled cells of the column in these rows", "table")
def values(sources: Sources, column: str, conditions: list[Condition]) -> Value:
    return len(_present(sources, column, conditions))


_STATISTICS: Final[Mapping[str, Callable[[pl.Series], Any]]] = {
    "mean": lambda series: series.cast(pl.Float64).mean(),
    "median": lambda series: series.cast(pl.Float64).median(),
    "sum": lambda series: series.cast(pl.Float64).sum() if len(series) else None,
    "spread": lambda series: series.cast(pl.Float64).std(),
    "minimum": lambda series: series.min(),
    "maximum": lambda series: series.max(),
    "distinct": lambda series: series.n_unique(),
}


@formula("question.statistic", "mean, median, sum, standard deviation, smallest, largest or different values", "table")
def statistic(sources: Sources, column: str, statistic: str, conditions: list[Condition]) -> Value:
    value = _STATISTICS[statistic](_present(sources, column, conditions))
    if value is None or isinstance(value, int | float | str):
        return value
    return str(value.isoformat()[:10])


@formula("question.quantile", "value below which the given share of the column lies, interpolated", "table")
def quantile(sources: Sources, column: str, share: float, conditions: list[Condition]) -> Value:
    value = _present(sources, column, conditions).cast(pl.Float64).quantile(share, interpolation="linear")
    return None if value is None else float(value)


@formula("question.missing", "empty cells of the column in these rows", "table")
def missing(sources: Sources, column: str, conditions: list[Condition]) -> Value:
    return rows_with(sources.need_table(), [*conditions, {"column": column, "op": "missing", "value": None}]).height


@formula("question.value", "a value of the column, as it stands in the table", "table")
def value(sources: Sources, column: str, value: str) -> Value:
    texts = sources.need_table()[column].cast(pl.String)
    return value if bool((texts == value).any()) else None


@formula("question.value_at", "value of the column by frequency in these rows, position 0 the most frequent", "table")
def value_at(sources: Sources, column: str, position: int, conditions: list[Condition]) -> Value:
    return frequent_values(sources.need_table(), column, conditions)[position]


@formula("question.correlation", "strength of the relation of two columns, by the method named", "table")
def correlation(sources: Sources, column: str, other: str, method: str, conditions: list[Condition]) -> Value:
    from narrative.engine.story.questions.relation import related

    table = rows_with(sources.need_table(), conditions).select(column, other).drop_nulls()
    return related(table[column], table[other], method)


@formula("question.pairs", "rows in which both columns are filled", "table")
def pairs(sources: Sources, column: str, other: str, conditions: list[Condition]) -> Value:
    return rows_with(sources.need_table(), conditions).select(column, other).drop_nulls().height


@formula("question.text", "words of the question, as they were given", "definition")
def text(sources: Sources, value: str) -> Value:  # noqa: ARG001 - formulas share one call
    return value


def frequent_values(frame: pl.DataFrame, column: str, conditions: Sequence[Condition]) -> list[str]:
    """Values of a column as text, most frequent first, ties in alphabetical order; gaps left out."""
    counts = (
        rows_with(frame, conditions)
        .select(pl.col(column).cast(pl.String).alias("value"))
        .drop_nulls()
        .group_by("value")
        .len(name="rows")
        .sort(["rows", "value"], descending=[True, False])
    )
    return [str(item) for item in counts["value"].to_list()]
