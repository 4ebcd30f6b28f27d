"""What was there before: training rows in order, so that a new row finds what came before it.

A row looks only into the history that was learned, never at the rows around it, so it has the same value alone, in a
batch and in the preview. A row of the training table finds itself there, and what it may use of the same moment is for
the caller to say.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.steps._categories import key, key_type, row_key
from narrative.engine.steps._columns import DTYPES, dtype_name, enumerated, is_quantity, is_time, to_json
from narrative.engine.steps.base import Step
from narrative.engine.types import IntArray

MOST_HISTORY: Final = 200_000
"""Training rows that are remembered; more would make a model file of nothing but history."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - times of the engine have no zone
_MICROSECOND: Final = timedelta(microseconds=1)


def learn(
    step: Step[Any],
    frame: pl.DataFrame,
    order: str,
    by: Sequence[str],
    column: str,
    *,
    only_present: bool = False,
    values: pl.Expr | None = None,
) -> dict[str, Any]:
    """The history of a column as JSON: per group in order, rows of one moment in the order of the table.

    Args:
        only_present: rows in which the column is missing are left out.
        values: what is remembered of the column instead of its cells.

    Raises:
        InvalidInput: ``column_kind_unfit`` when the rows have no order by that column, ``value_unfit`` when there are
            more than :data:`MOST_HISTORY` rows.
    """
    dtype = frame.schema[order]
    form = "Datetime" if dtype == pl.Datetime else "Date" if dtype == pl.Date else "number"
    if not (is_time(dtype) or is_quantity(dtype)):
        if frame[order].null_count() < frame.height:
            raise InvalidInput(
                "column_kind_unfit",
                f"{step.title}: '{order}' does not say what came first; its type is {dtype_name(dtype)}.",
                column=order,
                fix="Choose a column of dates, times or numbers.",
            )
        form = "blank"
    types = [key_type(frame.schema[name]) for name in by]
    keys = [key(name, kind).alias(f"key {i}") for i, (name, kind) in enumerate(zip(by, types, strict=True))]
    moments = pl.lit(None, dtype=pl.Float64) if form == "blank" else _moments(pl.col(order), form)
    rows = frame.select(
        moments.alias("moment"), (pl.col(column) if values is None else values).alias("value"), *keys
    ).drop_nulls("moment")
    rows = rows.drop_nulls("value") if only_present else rows
    if rows.height > MOST_HISTORY:
        raise InvalidInput(
            "value_unfit",
            f"{step.title}: {rows.height:,} rows would have to be remembered; at most {MOST_HISTORY:,} can be.",
            column=column,
            fix="Use fewer rows, or summarize by group instead.",
        )
    names = [f"key {i}" for i in range(len(by))]
    rows = rows.sort([*names, "moment"], maintain_order=True, nulls_last=True)
    groups = rows.group_by(names, maintain_order=True).len() if names else pl.DataFrame({"len": [rows.height]})
    return {
        "form": form,
        "types": types,
        "groups": [list(row) for row in groups.select(names).rows()] if names else [[]],
        "sizes": groups["len"].to_list(),
        "moments": rows["moment"].to_list(),
        "values": [to_json(value) for value in rows["value"].to_list()],
        "dtype": dtype_name(rows.schema["value"]),
    }


def _moments(column: pl.Expr, form: str) -> pl.Expr:
    """What rows are ordered by, as numbers: days, microseconds, or the numbers themselves."""
    if form == "Date":
        return column.cast(pl.Date).to_physical().cast(pl.Int64)
    if form == "Datetime":
        return column.cast(pl.Datetime("us")).to_physical()
    return column.cast(pl.Float64).fill_nan(None)


@dataclass(frozen=True)
class Places:
    """Where rows stand in the history: their group begins at ``start`` and ends before ``end``.

    Entries from ``start`` to ``before`` are earlier, those from there to ``upto`` of the same moment. All are 0 for a
    row without order or of a group that is not known.
    """

    start: IntArray
    before: IntArray
    upto: IntArray
    end: IntArray


class History:
    """A history that :func:`learn` wrote, ready to be asked."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.form, self.types = str(state["form"]), list(state["types"])
        self.values: list[Any] = state["values"]
        self.moments: list[float] = state["moments"]
        ends = np.cumsum(state["sizes"], dtype=np.int64).tolist()
        self._limits = [(end - size, end) for size, end in zip(state["sizes"], ends, strict=True)]
        self._groups = {tuple(group): number for number, group in enumerate(state["groups"])}
        self._keys = state["groups"]
        self._dtype = str(state["dtype"])

    def cells(self) -> pl.Series:
        """The remembered values in the type of their column."""
        if self._dtype in {"Date", "Datetime"}:
            read = date.fromisoformat if self._dtype == "Date" else datetime.fromisoformat
            return pl.Series(
                [None if value is None else read(value) for value in self.values], dtype=DTYPES[self._dtype]
            )
        return pl.Series(self.values, dtype=DTYPES[self._dtype])

    def places(self, order: pl.Series, by: Sequence[pl.Series]) -> Places:
        """Where the rows stand; ``by`` are the group columns."""
        n_groups, numeric = len(self._limits), self.form in {"number", "blank"}
        frame = pl.DataFrame([order.alias("order"), *(series.alias(f"by {i}") for i, series in enumerate(by))])
        moment = (
            pl.lit(None, dtype=pl.Float64) if self.form == "blank" else _moments(pl.col("order"), self.form)
        ).alias("moment")
        keys = [key(f"by {i}", form).alias(f"key {i}") for i, form in enumerate(self.types)]
        asked = frame.with_columns(moment, *keys).with_columns(self._group(frame.height).alias("group"))
        if keys:
            schema = {f"key {i}": pl.Float64 if form == "number" else pl.String for i, form in enumerate(self.types)}
            known = pl.DataFrame(self._keys, schema=schema, orient="row").with_row_index("group")
            asked = asked.drop("group").join(
                known, on=list(schema), how="left", nulls_equal=True, maintain_order="left"
            )
        there = (asked["moment"].is_not_null() & asked["group"].is_not_null()).to_numpy()
        there = there & (n_groups > 0)
        moments = np.array(self.moments, dtype=np.float64 if numeric else np.int64)
        levels, ranks = np.unique(moments, return_inverse=True)
        # One rising number per entry: groups one after the other, moments within them.
        group_of = np.repeat(np.arange(n_groups), [end - start for start, end in self._limits])
        width = len(levels) + 1
        entries = group_of * width + ranks
        group = asked["group"].fill_null(0).cast(pl.Int64).to_numpy()
        wanted = asked["moment"].fill_null(0).to_numpy()
        first = np.searchsorted(levels, wanted, side="left")
        last = np.searchsorted(levels, wanted, side="right")
        found = (
            np.searchsorted(entries, group * width, side="left"),
            np.searchsorted(entries, group * width + first, side="left"),
            np.searchsorted(entries, group * width + last, side="left"),
            np.searchsorted(entries, (group + 1) * width, side="left"),
        )
        return Places(*(np.where(there, place, 0) for place in found))

    def _group(self, n_rows: int) -> pl.Series:
        """The only group there is, when rows are not grouped."""
        return pl.Series([0], dtype=pl.UInt32).new_from_index(0, n_rows)

    def place(self, order: Any, by: Sequence[Any]) -> tuple[int, int, int, int]:
        """:meth:`places` of one row."""
        group = self._groups.get(tuple(row_key(cell, form) for cell, form in zip(by, self.types, strict=True)))
        if order is None or group is None or self.form == "blank":
            return 0, 0, 0, 0
        moment, (start, end) = moment_of(order), self._limits[group]
        before = bisect.bisect_left(self.moments, moment, start, end)
        return start, before, bisect.bisect_right(self.moments, moment, start, end), end


def moment_of(cell: Any) -> float:
    """What a row is ordered by, as a number."""
    if isinstance(cell, datetime):
        return (cell - _EPOCH) // _MICROSECOND
    return (cell - _EPOCH.date()).days if isinstance(cell, date) else float(cell)


def by_history(
    order: str, by: Sequence[str], function: Callable[[pl.Series, list[pl.Series]], pl.Series], dtype: pl.DataType
) -> pl.Expr:
    """A column computed from a row's order and group alone, and so elementwise."""
    return pl.map_batches(
        [pl.col(order), *(pl.col(name) for name in by)],
        lambda columns: function(columns[0], list(columns[1:])),
        return_dtype=dtype,
        is_elementwise=True,
    )


def within_words(by: Sequence[str]) -> str:
    """``" within the same 'shop'"``, or nothing when rows are not grouped."""
    groups = enumerated(f"'{name}'" for name in by)
    return f" within the same {groups}" if by else ""
