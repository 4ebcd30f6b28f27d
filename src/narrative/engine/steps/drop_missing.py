"""Leave out training rows with gaps."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from narrative.engine.steps._columns import ColumnsParams
from narrative.engine.steps.base import FitContext, RowFunction, State, Step, unchanged
from narrative.engine.types import ColumnKind


class DropMissing(Step[ColumnsParams]):
    """Keeps training rows in which none of the columns is missing. Rows to predict always stay."""

    name: ClassVar[str] = "drop_missing"
    title: ClassVar[str] = "Leave out rows with gaps"
    sentence: ClassVar[str] = "Takes rows out of the training data in which any of the chosen columns is missing."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Switch the step off: the rows are still in the version before it."
    drops_rows: ClassVar[bool] = True
    Params = ColumnsParams

    def columns(self, params: ColumnsParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: ColumnsParams, context: FitContext) -> State:
        return {"columns": list(params.columns) if params.columns is not None else frame.columns}

    def apply(self, frame: pl.LazyFrame, params: ColumnsParams, state: State) -> pl.LazyFrame:
        return frame

    def keep(self, params: ColumnsParams, state: State) -> pl.Expr | None:
        if not state["columns"]:
            return None
        return pl.all_horizontal(pl.col(name).is_not_null() for name in state["columns"])

    def row(self, params: ColumnsParams, state: State) -> RowFunction | None:
        return unchanged

    def outputs(self, params: ColumnsParams, state: State) -> dict[str, str]:
        return {}
