"""Give rows a value by conditions."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from narrative.engine.steps._columns import DTYPES, enumerated, require_free, typed_literal
from narrative.engine.steps._conditions import (
    Cell,
    Condition,
    condition_text,
    renamed_conditions,
    row_where,
    typed_values,
    where,
)
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind


class Case(BaseModel):
    """Conditions that must all be met, and the value of the rows that meet them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    conditions: list[Condition] = Field(
        title="Conditions", description="All of them must be met.", min_length=1, max_length=20
    )
    value: Cell | None = Field(default=None, title="Value", description="What these rows get; left empty: missing.")


class ConditionalParams(StepParams):
    name: str = Field(title="New column", description="Name of the column with the values.", min_length=1)
    cases: list[Case] = Field(
        title="Cases", description="Asked in this order; the first that fits decides.", min_length=1, max_length=20
    )
    otherwise: Cell | None = Field(
        default=None, title="Otherwise", description="What all other rows get; left empty: missing."
    )

    @model_validator(mode="after")
    def _values_are_alike(self) -> ConditionalParams:
        _dtype(self)
        return self


class Conditional(Step[ConditionalParams]):
    """Adds a column whose value depends on conditions: the first case that a row meets decides.

    The values are all text, all numbers or all yes/no. A missing cell meets only ``is_missing``, ``not_equals`` and
    ``not_one_of``.
    """

    name: ClassVar[str] = "conditional"
    title: ClassVar[str] = "Value by conditions"
    sentence: ClassVar[str] = "Adds a column whose value depends on conditions."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the new column."
    Params = ConditionalParams

    def says(self, params: ConditionalParams) -> str:
        cases = [
            f"{_shown(case.value)} where {enumerated(condition_text(asked) for asked in case.conditions)}"
            for case in params.cases
        ]
        return f"Adds '{params.name}': {'; '.join(cases)}; otherwise {_shown(params.otherwise)}."

    def columns(self, params: ConditionalParams) -> list[str]:
        return list(dict.fromkeys(asked.column for case in params.cases for asked in case.conditions))

    def renamed(self, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        cases = [{**case, "conditions": renamed_conditions(case["conditions"], names)} for case in params["cases"]]
        return {**params, "cases": cases}

    def layout(self, params: ConditionalParams, before: Layout) -> Layout:
        require_free(self, [params.name], before.kinds)
        kind: dict[str, ColumnKind] = {"String": "category", "Boolean": "boolean", "Float64": "decimal"}
        return before.adding({params.name: kind[_dtype(params)]})

    def fit(self, frame: pl.DataFrame, params: ConditionalParams, context: FitContext) -> State:
        require_free(self, [params.name], frame.columns)
        schema = dict(frame.schema)
        return {
            "cases": [
                [typed_values(self, asked, schema[asked.column]) for asked in case.conditions] for case in params.cases
            ]
        }

    def apply(self, frame: pl.LazyFrame, params: ConditionalParams, state: State) -> pl.LazyFrame:
        dtype = _dtype(params)
        value = _literal(params.otherwise, dtype)
        for case, typed in reversed(list(zip(params.cases, state["cases"], strict=True))):
            asked = (where(condition, values) for condition, values in zip(case.conditions, typed, strict=True))
            met = functools.reduce(operator.and_, asked)
            value = pl.when(met).then(_literal(case.value, dtype)).otherwise(value)
        return frame.with_columns(value.cast(DTYPES[dtype]).alias(params.name))

    def row(self, params: ConditionalParams, state: State) -> RowFunction | None:
        number = _dtype(params) == "Float64"

        def value_of(cell: Cell | None) -> Cell | None:
            return float(cell) if number and cell is not None else cell

        cases = [
            (
                [row_where(asked, values) for asked, values in zip(case.conditions, typed, strict=True)],
                value_of(case.value),
            )
            for case, typed in zip(params.cases, state["cases"], strict=True)
        ]
        otherwise = value_of(params.otherwise)

        def decide(row: dict[str, Any]) -> None:
            met = (value for conditions, value in cases if all(asked(row) for asked in conditions))
            row[params.name] = next(met, otherwise)

        return decide

    def outputs(self, params: ConditionalParams, state: State) -> dict[str, str]:
        return {params.name: self.columns(params)[0]}

    def inputs(self, params: ConditionalParams, state: State) -> dict[str, list[str]]:
        return {params.name: self.columns(params)}


def _dtype(params: ConditionalParams) -> str:
    """Type of the new column. Raises ``ValueError`` when the values are of several types, or all missing."""
    values = [value for value in (*(case.value for case in params.cases), params.otherwise) if value is not None]
    found = {"Boolean" if isinstance(v, bool) else "String" if isinstance(v, str) else "Float64" for v in values}
    if len(found) != 1:
        raise ValueError(
            "at least one case needs a value" if not found else "values must be all text, all numbers or all yes/no"
        )
    return found.pop()


def _literal(value: Cell | None, dtype: str) -> pl.Expr:
    return typed_literal(float(value) if dtype == "Float64" and value is not None else value, dtype)


def _shown(value: Cell | None) -> str:
    return "missing" if value is None else repr(value)
