"""Columns whose values are spread otherwise at the end of the time than at its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from narrative.engine.checks._wording import counted, drop, quoted
from narrative.engine.checks.base import Check, Finding
from narrative.engine.tables.stored import StoredTable, every_row
from narrative.engine.types import NUMERIC_KINDS, TIME_KINDS, IntArray

if TYPE_CHECKING:
    from narrative.engine.profile.types import ColumnProfile, TableProfile

STRONG: Final = 0.25
"""A population stability index that calls for action. Source: N. Siddiqi, "Credit Risk Scorecards" (2006)."""
LEAST_ROWS: Final = 200
"""In each of the two parts."""
MOST_ROWS: Final = 40_000
"""Of a longer table every second, third … row is looked at, about so many in all."""
BINS: Final = 10
MOST_CATEGORIES: Final = 50
PART: Final = 0.25


class ChangeOverTime(Check):
    """Change over time."""

    name: ClassVar[str] = "change_over_time"
    title: ClassVar[str] = "Change over time"

    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        time = _time_column(profile)
        if time is None:
            return []
        step = max(1, profile.n_rows // MOST_ROWS)
        chosen = [column for column in profile.columns if column.kind in NUMERIC_KINDS or _is_small_category(column)]
        names = dict.fromkeys([time.name, *(column.name for column in chosen)])
        rows, step = _at_hand(frame, step, list(names))
        moments = rows[time.name].gather_every(step)
        order = moments.arg_sort(nulls_last=True).head(len(moments) - moments.null_count()) * step
        size = int(PART * len(order))
        if size < LEAST_ROWS:
            return []
        cells = pl.col([column.name for column in chosen])
        early, late = (rows.select(cells.gather(places)) for places in (order.head(size), order.tail(size)))
        found = []
        for column in chosen:
            is_number = column.kind in NUMERIC_KINDS
            index = _stability(early[column.name], late[column.name], is_number=is_number)
            noise = (BINS - 1) * 2 / size
            if index >= STRONG + noise:
                found.append((index, column.name))
        return [] if not found else [_finding(self.name, sorted(found, reverse=True), time.name, size)]


def _at_hand(table: pl.DataFrame | StoredTable, step: int, names: list[str]) -> tuple[pl.DataFrame, int]:
    """Rows in memory, and the step at which those to look at stand among them."""
    return (every_row(table, step, names), 1) if isinstance(table, StoredTable) else (table, step)


def _time_column(profile: TableProfile) -> ColumnProfile | None:
    """The fullest column of times that moves."""
    times = [column for column in profile.columns if column.kind in TIME_KINDS and column.distinct >= BINS]
    return max(times, key=lambda column: (column.count, column.distinct), default=None)


def _is_small_category(column: ColumnProfile) -> bool:
    return column.kind in ("category", "boolean") and 2 <= column.distinct <= MOST_CATEGORIES


def _stability(first: pl.Series, last: pl.Series, *, is_number: bool) -> float:
    """Population stability index of the late rows against the early ones: sum of (q - p) · ln(q / p) over bins.

    Shares of empty bins count as half a row, so that the index stays finite.
    """
    from narrative.engine.profile.association import category_codes

    if is_number:
        first, last = (part.drop_nulls().cast(pl.Float64) for part in (first, last))
        if min(len(first), len(last)) < LEAST_ROWS // 2:
            return 0.0
        counts = _binned(first, last)
    else:
        codes = category_codes(pl.concat([first, last]))
        n_codes = int(codes.max()) + 1
        counts = [np.bincount(part, minlength=n_codes) for part in (codes[: len(first)], codes[len(first) :])]
    p, q = (np.maximum(part, 0.5) / part.sum() for part in counts)
    return float(((q - p) * np.log(q / p)).sum())


def _binned(first: pl.Series, last: pl.Series) -> list[IntArray]:
    """How many numbers of each part lie in ten bins that share the first part evenly."""
    from narrative.engine.profile.numbers import quantile
    from narrative.engine.profile.ordering import runs, sorted_array

    ordered = sorted_array(first)
    edges, _ = runs(np.array([quantile(ordered, part / BINS) for part in range(1, BINS)]))
    counts = []
    for values in (ordered, last.to_numpy()):
        below = [np.count_nonzero(values < edge) for edge in edges]  # for ten bins faster than a search per number
        counts.append(np.diff([0, *below, len(values)]))
    return counts


def _finding(code: str, found: list[tuple[float, str]], time: str, size: int) -> Finding:
    index, worst = found[0]
    more = f" and {counted(len(found) - 1, 'more column')}" if len(found) > 1 else ""
    return Finding(
        code=code,
        severity="decide",
        columns=[name for _, name in found],
        headline=f"{quoted(worst)}{more} changed over time (PSI {index:.2f})",
        reason=f"The last quarter by {quoted(time)} is spread unlike the first; test a model on the latest rows.",
        actions=[drop([worst])],
        facts={"psi": index, "n_columns": len(found), "limit": STRONG, "time_column": time, "rows_in_each_part": size},
    )
