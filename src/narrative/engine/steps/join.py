"""Put the columns of another table beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.steps._columns import enumerated
from narrative.engine.steps._tables import other_table
from narrative.engine.steps.base import FitContext, Layout, ReshapingStep, State, StepParams
from narrative.engine.types import ColumnKind


class JoinParams(StepParams):
    table: str = Field(title="Table", description="Version id of the table whose columns are added.", min_length=1)
    keys: list[str] = Field(
        title="Columns here", description="Rows that are equal in these belong together.", min_length=1, max_length=10
    )
    other_keys: list[str] | None = Field(
        default=None, title="Columns there", description="In the same order; left empty: they have the same names."
    )
    how: Literal["left", "inner"] = Field(
        default="left",
        title="Rows without a partner",
        description="left: they stay, with the new columns empty; inner: they are left out.",
    )

    @model_validator(mode="after")
    def _as_many_keys(self) -> JoinParams:
        if self.other_keys is not None and len(self.other_keys) != len(self.keys):
            raise ValueError("name as many columns there as here")
        return self


class Join(ReshapingStep[JoinParams]):
    """Adds the columns of another table to the rows they belong to; a row with several partners becomes several rows.

    A missing key finds no partner. A column whose name is taken gets a number behind it.
    """

    name: ClassVar[str] = "join"
    title: ClassVar[str] = "Join a table"
    sentence: ClassVar[str] = "Puts the columns of another table beside the rows they belong to."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the step: the columns are still in the other table."
    Params = JoinParams
    column_params: ClassVar[tuple[str, ...]] = ("keys",)

    def says(self, params: JoinParams) -> str:
        keys = enumerated(f"'{name}'" for name in params.keys)
        rest = "stay, with gaps" if params.how == "left" else "are left out"
        return f"Adds the columns of another table by {keys}; rows without a partner there {rest}."

    def columns(self, params: JoinParams) -> list[str]:
        return list(params.keys)

    def renamed(self, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        changed = super().renamed(params, names)
        if changed["keys"] != list(params["keys"]) and params.get("other_keys") is None:
            changed["other_keys"] = list(params["keys"])  # the columns of the other table keep their names
        return changed

    def layout(self, params: JoinParams, before: Layout) -> Layout:
        return Layout(before.kinds, frozenset({""}))  # the other table may have any further column

    def fit(self, frame: pl.DataFrame, params: JoinParams, context: FitContext) -> State:
        from narrative.engine.tables.combine import plan_join

        other = other_table(self, params.table, context.tables)
        plan = plan_join(frame, other, _pairs(params), params.how)
        return {"columns": plan.new_columns}

    def reshape(
        self, frame: pl.DataFrame, params: JoinParams, state: State, tables: Mapping[str, pl.DataFrame]
    ) -> pl.DataFrame:
        from narrative.engine.tables.combine import join

        return join(frame, other_table(self, params.table, tables), _pairs(params), params.how)

    def rows_used(
        self, frame: pl.DataFrame, params: JoinParams, tables: Mapping[str, pl.DataFrame]
    ) -> pl.Series | None:
        from narrative.engine.tables.combine import has_partner

        if params.how == "left":
            return None
        return has_partner(frame, other_table(self, params.table, tables), _pairs(params))

    def outputs(self, params: JoinParams, state: State) -> dict[str, str]:
        return dict.fromkeys(state["columns"], params.keys[0])

    def inputs(self, params: JoinParams, state: State) -> dict[str, list[str]]:
        return {name: list(params.keys) for name in state["columns"]}


def _pairs(params: JoinParams) -> list[tuple[str, str]]:
    return list(zip(params.keys, params.other_keys or params.keys, strict=True))
