"""Keep only some columns."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from pydantic import Field

from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams, unchanged
from narrative.engine.types import ColumnKind


class SelectColumnsParams(StepParams):
    columns: list[str] = Field(title="Columns", description="Columns to keep, in this order.", min_length=1)


class SelectColumns(Step[SelectColumnsParams]):
    """Keeps the named columns in the order given."""

    name: ClassVar[str] = "select_columns"
    title: ClassVar[str] = "Keep only some columns"
    sentence: ClassVar[str] = "Keeps the chosen columns, in the order given, and takes out all others."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Switch the step off: all columns are still in the version before it."
    Params = SelectColumnsParams

    def columns(self, params: SelectColumnsParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: SelectColumnsParams, before: Layout) -> Layout:
        return Layout(
            {name: before.kinds[name] for name in params.columns if name in before.kinds}, before.open_prefixes
        )

    def fit(self, frame: pl.DataFrame, params: SelectColumnsParams, context: FitContext) -> State:
        return {}

    def apply(self, frame: pl.LazyFrame, params: SelectColumnsParams, state: State) -> pl.LazyFrame:
        return frame.select(list(dict.fromkeys(params.columns)))

    def row(self, params: SelectColumnsParams, state: State) -> RowFunction | None:
        return unchanged
