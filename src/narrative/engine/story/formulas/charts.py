"""Facts that charts of a profile show: statistics of one column, and the closest pairs of a table of relations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from narrative.engine.profile.types import ColumnProfile, TableProfile
from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources

NUMBERS: Final = frozenset({
    "count", "missing", "distinct", "mean", "outliers", "min_length", "max_length", "median_length", "minimum",
    "maximum",
})  # fmt: skip
"""Statistics of a column a chart may quote."""
Pair = tuple[float, str, str]


@formula("profile.column_name", "name of the column", "profile")
def column_name(sources: Sources, column: str) -> Value:
    return _column(sources, column).name


@formula("profile.column_number", "a statistic of the column, over its filled rows", "profile", recorded=True)
def column_number(sources: Sources, column: str, statistic: str) -> Value:
    if statistic not in NUMBERS:
        raise ValueError(f"No statistic {statistic!r}.")
    value = getattr(_column(sources, column), statistic)
    return value if value is None or isinstance(value, int | float) else str(value)[:10]


@formula("profile.column_missing_share", "empty cells of the column / rows", "profile", recorded=True)
def column_missing_share(sources: Sources, column: str) -> Value:
    return _column(sources, column).missing_share


@formula("profile.column_quantile", "value below which the given share of the column lies", "profile", recorded=True)
def column_quantile(sources: Sources, column: str, share: str) -> Value:
    return (_column(sources, column).quantiles or {})[share]


@formula(
    "profile.column_value", "value of the column by frequency, 0 being the most frequent", "profile", recorded=True
)
def column_value(sources: Sources, column: str, position: int) -> Value:
    own = _column(sources, column)
    value = own.top_values[position].value
    return float(value) if own.kind == "decimal" else int(value) if own.kind == "integer" else value


@formula("profile.column_value_share", "rows with that value / filled rows", "profile", recorded=True)
def column_value_share(sources: Sources, column: str, position: int) -> Value:
    return _column(sources, column).top_values[position].share


@formula("profile.column_gaps", "holes in a column of times that keep a step", "profile", recorded=True)
def column_gaps(sources: Sources, column: str) -> Value:
    gaps = _column(sources, column).gaps
    return None if gaps is None else gaps.n_gaps


@formula("profile.column_steps_missing", "steps without a value, over all holes", "profile", recorded=True)
def column_steps_missing(sources: Sources, column: str) -> Value:
    gaps = _column(sources, column).gaps
    return None if gaps is None else gaps.n_missing


@formula("profile.columns_with_gaps", "columns with at least one empty cell", "profile", recorded=True)
def columns_with_gaps(sources: Sources) -> Value:
    return sum(column.missing > 0 for column in sources.need_profile().columns)


@formula("profile.columns", "number of columns", "profile", recorded=True)
def columns(sources: Sources) -> Value:
    return sources.need_profile().n_columns


@formula("profile.empty_share", "empty cells / (rows x columns)", "profile", recorded=True)
def empty_share(sources: Sources) -> Value:
    profile = sources.need_profile()
    return sum(column.missing for column in profile.columns) / (profile.n_rows * profile.n_columns)


@formula("profile.most_empty", "column with the most empty cells", "profile", recorded=True)
def most_empty(sources: Sources) -> Value:
    return min(sources.need_profile().columns, key=lambda column: (-column.missing, column.name)).name


@formula("profile.closest_to_target", "column by strength of its relation to the target", "profile", recorded=True)
def closest_to_target(sources: Sources, position: int) -> Value:
    return related(sources.need_profile())[position].name


@formula("profile.related_columns", "columns related to the target at the strength or beyond", "profile", recorded=True)
def related_columns(sources: Sources, strength: float) -> Value:
    return sum((column.target_association or 0.0) >= strength for column in related(sources.need_profile()))


@formula("profile.columns_compared", "columns compared with the target", "profile", recorded=True)
def columns_compared(sources: Sources) -> Value:
    return len(related(sources.need_profile()))


@formula("profile.closest_pair", "one side of the pair with the strongest relation", "profile", recorded=True)
def closest_pair(sources: Sources, measure: str, side: int) -> Value:
    return (pairs(sources.need_profile(), measure)[0][1:])[side]


@formula("profile.pair_value", "measure of the pair with the strongest relation", "profile", recorded=True)
def pair_value(sources: Sources, measure: str) -> Value:
    return pairs(sources.need_profile(), measure)[0][0]


@formula("profile.pair_strength", "the same without its sign", "profile", recorded=True)
def pair_strength(sources: Sources, measure: str) -> Value:
    return abs(pairs(sources.need_profile(), measure)[0][0])


@formula("profile.pairs", "pairs of columns that could be compared", "profile", recorded=True)
def n_pairs(sources: Sources, measure: str) -> Value:
    return len(pairs(sources.need_profile(), measure))


@formula("profile.pairs_beyond", "pairs at the strength or beyond, whatever the sign", "profile", recorded=True)
def pairs_beyond(sources: Sources, measure: str, strength: float) -> Value:
    return sum(abs(value) >= strength for value, _, _ in pairs(sources.need_profile(), measure))


def related(profile: TableProfile) -> list[ColumnProfile]:
    """Columns with a measured relation to the target, strongest first."""
    known = [item for item in profile.columns if item.target_association is not None and item.name != profile.target]
    return sorted(known, key=lambda item: (-(item.target_association or 0.0), item.name))


def pairs(profile: TableProfile, measure: str) -> list[Pair]:
    """Measured pairs of one table of relations, strongest first: ``(value, row, column)``.

    Args:
        measure: ``pearson``, ``spearman``, ``categories`` or ``ratios``.
    """
    relations = profile.relations
    if measure == "ratios":
        table = None if relations is None else relations.ratios
        return [] if table is None else _ranked(_cells(table.rows, table.columns, table.matrix))
    square = profile.correlation if measure == "pearson" else getattr(relations, measure, None)
    if square is None:
        return []
    triangle = [row[:i] for i, row in enumerate(square.matrix)]
    return _ranked(_cells(square.columns, square.columns, triangle))


def _cells(rows: Sequence[str], names: Sequence[str], matrix: Sequence[Sequence[float | None]]) -> list[Pair]:
    return [
        (value, names[j], rows[i]) if rows is names else (value, rows[i], names[j])
        for i, row in enumerate(matrix)
        for j, value in enumerate(row)
        if value is not None
    ]


def _ranked(found: list[Pair]) -> list[Pair]:
    return sorted(found, key=lambda pair: (-abs(pair[0]), pair[1], pair[2]))


def _column(sources: Sources, name: str) -> ColumnProfile:
    return sources.need_profile().column(name)
