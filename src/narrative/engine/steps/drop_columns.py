"""Remove columns."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from pydantic import Field

from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams, unchanged
from narrative.engine.types import ColumnKind


class DropColumnsParams(StepParams):
    columns: list[str] = Field(title="Columns", description="Columns to remove.", min_length=1)


class DropColumns(Step[DropColumnsParams]):
    """Removes the named columns; every other column stays as it is."""

    name: ClassVar[str] = "drop_columns"
    title: ClassVar[str] = "Remove columns"
    sentence: ClassVar[str] = "Takes the chosen columns out of the table."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Switch the step off: the columns are still in the version before it."
    Params = DropColumnsParams

    def columns(self, params: DropColumnsParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: DropColumnsParams, before: Layout) -> Layout:
        return before.without(params.columns)

    def fit(self, frame: pl.DataFrame, params: DropColumnsParams, context: FitContext) -> State:
        return {}

    def apply(self, frame: pl.LazyFrame, params: DropColumnsParams, state: State) -> pl.LazyFrame:
        return frame.drop(params.columns)

    def row(self, params: DropColumnsParams, state: State) -> RowFunction | None:
        return unchanged

    def outputs(self, params: DropColumnsParams, state: State) -> dict[str, str]:
        return {}
