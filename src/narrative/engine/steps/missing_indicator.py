"""Mark where values are missing."""

from __future__ import annotations

from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import ColumnsParams, free_name, pairs
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind


class MissingIndicatorParams(ColumnsParams):
    only_with_gaps: bool = Field(
        default=True,
        title="Only columns with gaps",
        description="Leave out columns that had no missing value when the step was fitted.",
    )


class MissingIndicator(Step[MissingIndicatorParams]):
    """Adds ``<column> is missing`` (1 or 0); the column itself stays as it is."""

    name: ClassVar[str] = "missing_indicator"
    title: ClassVar[str] = "Mark missing values"
    sentence: ClassVar[str] = "Adds a column of ones and zeros that says where a value is missing."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the added columns."
    Params = MissingIndicatorParams

    def columns(self, params: MissingIndicatorParams) -> list[str]:
        return list(params.columns or [])

    def layout(self, params: MissingIndicatorParams, before: Layout) -> Layout:
        return before.adding({f"{name} is missing": "integer" for name in params.columns or before.kinds})

    def fit(self, frame: pl.DataFrame, params: MissingIndicatorParams, context: FitContext) -> State:
        gaps = frame.null_count().row(0, named=True)
        columns = params.columns if params.columns is not None else frame.columns
        taken = set(frame.columns)
        names: dict[str, str] = {}
        for name in columns:
            if gaps[name] > 0 or not params.only_with_gaps:
                names[name] = free_name(f"{name} is missing", taken)
                taken.add(names[name])
        return {"names": pairs(names)}

    def apply(self, frame: pl.LazyFrame, params: MissingIndicatorParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(
            pl.col(column).is_null().cast(pl.Float64).alias(name) for column, name in state["names"]
        )

    def row(self, params: MissingIndicatorParams, state: State) -> RowFunction | None:
        names = dict(state["names"])

        def mark(row: dict[str, Any]) -> None:
            for column, name in names.items():
                row[name] = 1.0 if row[column] is None else 0.0

        return mark

    def outputs(self, params: MissingIndicatorParams, state: State) -> dict[str, str]:
        return {name: column for column, name in state["names"]}
