"""Keep or leave out the training rows that meet conditions."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import enumerated
from narrative.engine.steps._conditions import Condition, condition_text, renamed_conditions, typed_values, where
from narrative.engine.steps.base import FitContext, RowFunction, State, Step, StepParams, unchanged
from narrative.engine.types import ColumnKind


class FilterRowsParams(StepParams):
    conditions: list[Condition] = Field(
        title="Conditions", description="What a row is asked.", min_length=1, max_length=20
    )
    match: Literal["all", "any"] = Field(
        default="all", title="Rows that meet", description="All of the conditions, or any of them."
    )
    mode: Literal["keep", "remove"] = Field(
        default="keep", title="What to do with them", description="Keep these rows only, or leave them out."
    )


class FilterRows(Step[FilterRowsParams]):
    """Keeps or leaves out training rows by their values. Rows to predict always stay.

    A missing value meets only ``is_missing``, ``not_equals`` and ``not_one_of``.
    """

    name: ClassVar[str] = "filter_rows"
    title: ClassVar[str] = "Filter rows"
    sentence: ClassVar[str] = "Keeps, or leaves out, the training rows that meet conditions."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Switch the step off: the rows are still in the version before it."
    drops_rows: ClassVar[bool] = True
    Params = FilterRowsParams

    def says(self, params: FilterRowsParams) -> str:
        word = "and" if params.match == "all" else "or"
        asked = enumerated((condition_text(condition) for condition in params.conditions), word)
        return f"{'Keeps only' if params.mode == 'keep' else 'Leaves out'} training rows where {asked}."

    def columns(self, params: FilterRowsParams) -> list[str]:
        return list(dict.fromkeys(condition.column for condition in params.conditions))

    def renamed(self, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        return {**params, "conditions": renamed_conditions(params["conditions"], names)}

    def fit(self, frame: pl.DataFrame, params: FilterRowsParams, context: FitContext) -> State:
        schema = dict(frame.schema)
        return {"asked": [typed_values(self, asked, schema[asked.column]) for asked in params.conditions]}

    def apply(self, frame: pl.LazyFrame, params: FilterRowsParams, state: State) -> pl.LazyFrame:
        return frame

    def keep(self, params: FilterRowsParams, state: State) -> pl.Expr | None:
        asked = [where(condition, typed) for condition, typed in zip(params.conditions, state["asked"], strict=True)]
        met = functools.reduce(operator.and_ if params.match == "all" else operator.or_, asked)
        return met if params.mode == "keep" else ~met

    def row(self, params: FilterRowsParams, state: State) -> RowFunction | None:
        return unchanged

    def outputs(self, params: FilterRowsParams, state: State) -> dict[str, str]:
        return {}
