"""Leave out rows or columns with too many gaps."""

from __future__ import annotations

from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import ColumnsParams
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, unchanged
from narrative.engine.types import ColumnKind


class DropMissingThresholdParams(ColumnsParams):
    axis: Literal["rows", "columns"] = Field(
        default="columns", title="What to leave out", description="Rows or columns with too many missing values."
    )
    threshold: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        title="Most that may be missing",
        description="Share from 0 to 1; what has a larger share of missing values is left out.",
    )


class DropMissingThreshold(Step[DropMissingThresholdParams]):
    """Drops what has a share of missing values *above* the threshold, among the chosen columns.

    Columns are chosen once, from the training rows; rows are only dropped from training rows.
    """

    name: ClassVar[str] = "drop_missing_threshold"
    title: ClassVar[str] = "Leave out what is mostly missing"
    sentence: ClassVar[str] = (
        "Takes out columns, or training rows, in which more than a chosen share of values is missing."
    )
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Switch the step off: rows and columns are still in the version before it."
    drops_rows: ClassVar[bool] = True
    Params = DropMissingThresholdParams

    def columns(self, params: DropMissingThresholdParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: DropMissingThresholdParams, context: FitContext) -> State:
        columns = list(params.columns) if params.columns is not None else frame.columns
        if params.axis == "rows":
            return {"columns": columns, "dropped": []}
        limit = params.threshold * frame.height
        gaps = frame.null_count().row(0, named=True)
        return {"columns": columns, "dropped": [name for name in columns if gaps[name] > limit]}

    def apply(self, frame: pl.LazyFrame, params: DropMissingThresholdParams, state: State) -> pl.LazyFrame:
        return frame.drop(state["dropped"])

    def keep(self, params: DropMissingThresholdParams, state: State) -> pl.Expr | None:
        columns = state["columns"]
        if params.axis == "columns" or not columns:
            return None
        missing = pl.sum_horizontal(pl.col(name).is_null().cast(pl.Int64) for name in columns)
        return missing <= params.threshold * len(columns)

    def layout(self, params: DropMissingThresholdParams, before: Layout) -> Layout:
        return before

    def row(self, params: DropMissingThresholdParams, state: State) -> RowFunction | None:
        return unchanged

    def outputs(self, params: DropMissingThresholdParams, state: State) -> dict[str, str]:
        return {}
