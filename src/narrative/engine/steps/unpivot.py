"""Turn columns into rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import polars as pl
from pydantic import Field, field_validator, model_validator

from narrative.engine.alignment import as_text
from narrative.engine.steps._columns import distinct, enumerated, is_number, require_free
from narrative.engine.steps.base import FitContext, Layout, ReshapingStep, State, StepParams
from narrative.engine.types import ColumnKind


class UnpivotParams(StepParams):
    columns: list[str] = Field(
        title="Columns", description="Each of them becomes a row.", min_length=1, max_length=1_000
    )
    names_to: str = Field(
        default="name", min_length=1, title="Column for the names", description="Says which column a row came from."
    )
    values_to: str = Field(
        default="value", min_length=1, title="Column for the values", description="Holds what stood in that column."
    )
    drop_missing: bool = Field(
        default=False, title="Without empty rows", description="Leaves out rows whose value is missing."
    )

    _distinct = field_validator("columns")(distinct)

    @model_validator(mode="after")
    def _two_names(self) -> UnpivotParams:
        if self.names_to == self.values_to:
            raise ValueError("names and values need two different columns")
        return self


class Unpivot(ReshapingStep[UnpivotParams]):
    """Makes a row of each chosen column of each row; the other columns are repeated.

    Numbers stay numbers when all chosen columns hold numbers, and other types when they are one; else all become text.
    """

    name: ClassVar[str] = "unpivot"
    title: ClassVar[str] = "Columns into rows"
    sentence: ClassVar[str] = "Makes a row out of each of the chosen columns; the other columns are repeated."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Rows into columns, by the columns that stayed."
    Params = UnpivotParams

    def says(self, params: UnpivotParams) -> str:
        names = enumerated(f"'{name}'" for name in params.columns)
        return f"Turns {names} into rows: '{params.names_to}' says which column, '{params.values_to}' what it held."

    def columns(self, params: UnpivotParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: UnpivotParams, before: Layout) -> Layout:
        kept = before.without(params.columns)
        require_free(self, [params.names_to, params.values_to], kept.kinds)
        found = {before.kinds.get(name) for name in params.columns}
        kind = next(iter(found)) if len(found) == 1 else None
        if kind is None:
            kind = "decimal" if found <= {"integer", "decimal", "boolean"} else "category"
        return kept.adding({params.names_to: "category", params.values_to: kind})

    def fit(self, frame: pl.DataFrame, params: UnpivotParams, context: FitContext) -> State:
        kept = [name for name in frame.columns if name not in params.columns]
        require_free(self, [params.names_to, params.values_to], kept)
        return {"kept": kept}

    def reshape(
        self, frame: pl.DataFrame, params: UnpivotParams, state: State, tables: Mapping[str, pl.DataFrame]
    ) -> pl.DataFrame:
        types = [frame.schema[name] for name in params.columns]
        if len(set(types)) > 1:
            numbers = all(is_number(dtype) for dtype in types)
            alike = [
                pl.col(name).cast(pl.Float64) if numbers else as_text(pl.col(name), dtype).alias(name)
                for name, dtype in zip(params.columns, types, strict=True)
            ]
            frame = frame.with_columns(alike)
        kept = [name for name in state["kept"] if name in frame.columns]
        place, names, values = "\0row", "\0name", "\0value"
        # Names of their own until the end: one of the chosen columns may be called as the new ones will be.
        longer = frame.with_row_index(place).unpivot(
            on=params.columns, index=[place, *kept], variable_name=names, value_name=values
        )
        # Rows of one row stay together, in the order of the columns.
        longer = longer.sort(place, maintain_order=True).drop(place)
        longer = longer.rename({names: params.names_to, values: params.values_to})
        return longer.filter(pl.col(params.values_to).is_not_null()) if params.drop_missing else longer

    def rows_used(
        self, frame: pl.DataFrame, params: UnpivotParams, tables: Mapping[str, pl.DataFrame]
    ) -> pl.Series | None:
        if not params.drop_missing:
            return None
        return frame.select(pl.any_horizontal(pl.col(params.columns).is_not_null())).to_series()

    def outputs(self, params: UnpivotParams, state: State) -> dict[str, str]:
        first = params.columns[0]
        return {params.names_to: first, params.values_to: first}

    def inputs(self, params: UnpivotParams, state: State) -> dict[str, list[str]]:
        return {params.names_to: list(params.columns), params.values_to: list(params.columns)}
