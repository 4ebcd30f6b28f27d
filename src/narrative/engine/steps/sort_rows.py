"""Put rows in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl
from pydantic import Field, field_validator

from narrative.engine.steps._columns import distinct, enumerated
from narrative.engine.steps.base import FitContext, ReshapingStep, State, StepParams
from narrative.engine.types import ColumnKind


class SortRowsParams(StepParams):
    columns: list[str] = Field(
        title="Columns", description="Sorted by the first; rows equal there by the next.", min_length=1, max_length=20
    )
    descending: bool = Field(default=False, title="Largest first", description="Off: smallest, or A, first.")

    _distinct = field_validator("columns")(distinct)


class SortRows(ReshapingStep[SortRowsParams]):
    """Sorts rows by columns, missing values last; rows that are equal there keep their order."""

    name: ClassVar[str] = "sort_rows"
    title: ClassVar[str] = "Sort rows"
    sentence: ClassVar[str] = "Puts the rows in the order of one or several columns."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Go back to the version before: the order is not kept otherwise."
    Params = SortRowsParams

    def says(self, params: SortRowsParams) -> str:
        names = enumerated(f"'{name}'" for name in params.columns)
        return f"Sorts the rows by {names}, {'largest' if params.descending else 'smallest'} first."

    def columns(self, params: SortRowsParams) -> list[str]:
        return list(params.columns)

    def fit(self, frame: pl.DataFrame, params: SortRowsParams, context: FitContext) -> State:
        return {}

    def reshape(
        self, frame: pl.DataFrame, params: SortRowsParams, state: State, tables: Mapping[str, pl.DataFrame]
    ) -> pl.DataFrame:
        return frame.sort(params.columns, descending=params.descending, nulls_last=True, maintain_order=True)
