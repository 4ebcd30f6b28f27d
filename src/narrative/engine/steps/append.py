"""Put the rows of another table below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl
from pydantic import Field

from narrative.engine.steps._tables import other_table
from narrative.engine.steps.base import FitContext, Layout, ReshapingStep, State, StepParams
from narrative.engine.types import ColumnKind


class AppendParams(StepParams):
    table: str = Field(title="Table", description="Version id of the table whose rows are added.", min_length=1)


class Append(ReshapingStep[AppendParams]):
    """Adds the rows of another table.

    Columns are matched by name; one that only one table has is missing in the rows of the other.
    """

    name: ClassVar[str] = "append"
    title: ClassVar[str] = "Append a table"
    sentence: ClassVar[str] = "Puts the rows of another table below, columns matched by name."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the step: the rows are still in the other table."
    Params = AppendParams

    def columns(self, params: AppendParams) -> list[str]:
        return []

    def layout(self, params: AppendParams, before: Layout) -> Layout:
        return Layout(before.kinds, frozenset({""}))  # the other table may have any further column

    def fit(self, frame: pl.DataFrame, params: AppendParams, context: FitContext) -> State:
        other_table(self, params.table, context.tables)
        return {}

    def reshape(
        self, frame: pl.DataFrame, params: AppendParams, state: State, tables: Mapping[str, pl.DataFrame]
    ) -> pl.DataFrame:
        from narrative.engine.tables.combine import append

        return append(frame, other_table(self, params.table, tables))
