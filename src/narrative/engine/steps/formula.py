"""Calculate a new column with a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl
from pydantic import Field, field_validator

from narrative.engine.formula import Formula, columns_named, compile_formula, place_of, with_names
from narrative.engine.formula.faults import MOST_CHARACTERS, fault
from narrative.engine.steps._columns import DTYPES, dtype_name, require_free
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind

_TYPES: dict[ColumnKind, str] = {
    "integer": "Float64", "decimal": "Float64", "boolean": "Boolean", "date": "Date", "datetime": "Datetime",
    "text": "String",
}  # fmt: skip
"""Kinds whose values can only be of one type; a category may be text, numbers or yes/no."""
_KINDS: dict[str, ColumnKind] = {
    "Float64": "decimal", "Boolean": "boolean", "Date": "date", "Datetime": "datetime", "String": "category",
}  # fmt: skip


class FormulaParams(StepParams):
    name: str = Field(title="New column", description="Name of the column with the results.", min_length=1)
    formula: str = Field(
        title="Formula",
        description="For example [net price] * 1.2 or if(age < 18, 'minor', 'adult').",
        min_length=1,
        max_length=MOST_CHARACTERS,
    )

    @field_validator("formula")
    @classmethod
    def _can_be_read(cls, formula: str) -> str:
        # A fault of the formula keeps its place in the text, which a fault of pydantic would lose.
        if not columns_named(formula):
            raise fault("it names no column.", 0, len(formula), fix="Use at least one column, for example [price].")
        return formula


class FormulaStep(Step[FormulaParams]):
    """Adds a column calculated row by row with the language of :mod:`narrative.engine.formula`.

    Missing in, division by zero and what has no result (the root of -1) give missing.
    """

    name: ClassVar[str] = "formula"
    title: ClassVar[str] = "Calculate with a formula"
    sentence: ClassVar[str] = "Adds a column that is calculated from others, row by row."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "Remove the new column."
    Params = FormulaParams

    def says(self, params: FormulaParams) -> str:
        return f"Adds '{params.name}' = {' '.join(params.formula.split()).removeprefix('=').strip()}."

    def columns(self, params: FormulaParams) -> list[str]:
        return columns_named(params.formula)

    def place_of(self, params: FormulaParams, column: str) -> Mapping[str, int]:
        return place_of(params.formula, column)

    def renamed(self, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        return {**params, "formula": with_names(params["formula"], names)}

    def layout(self, params: FormulaParams, before: Layout) -> Layout:
        require_free(self, [params.name], before.kinds)
        kinds = {name: before.kinds.get(name) for name in self.columns(params)}
        types = {name: DTYPES[_TYPES[kind]] for name, kind in kinds.items() if kind in _TYPES}
        if len(types) < len(kinds):  # what a category holds shows when the step is fitted
            return before.adding({params.name: "decimal"}, [params.name])
        gives = dtype_name(compile_formula(params.formula, types).dtype)
        return before.adding({params.name: _KINDS[gives]})

    def fit(self, frame: pl.DataFrame, params: FormulaParams, context: FitContext) -> State:
        require_free(self, [params.name], frame.columns)
        schema = dict(frame.schema)
        formula = compile_formula(params.formula, schema)
        return {"types": {name: dtype_name(schema[name]) for name in formula.columns}}

    def apply(self, frame: pl.LazyFrame, params: FormulaParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(_formula(params, state).expression().alias(params.name))

    def row(self, params: FormulaParams, state: State) -> RowFunction | None:
        value, new = _formula(params, state).row_function(), params.name

        def add(row: dict[str, Any]) -> None:
            row[new] = value(row)

        return add

    def outputs(self, params: FormulaParams, state: State) -> dict[str, str]:
        return {params.name: self.columns(params)[0]}

    def inputs(self, params: FormulaParams, state: State) -> dict[str, list[str]]:
        return {params.name: self.columns(params)}


def _formula(params: FormulaParams, state: State) -> Formula:
    return compile_formula(params.formula, {name: DTYPES[dtype] for name, dtype in state["types"].items()})
