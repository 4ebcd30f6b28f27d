"""Calculate with several columns."""

from __future__ import annotations

import functools
import operator
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.steps._columns import NUMERIC, distinct, is_number, require_free, unfit
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step, StepParams
from narrative.engine.types import ColumnKind

Operation = Literal["sum", "difference", "product", "ratio"]
_SIGNS: Final[dict[Operation, str]] = {"sum": "+", "difference": "-", "product": "×", "ratio": "/"}


class InteractionParams(StepParams):
    columns: list[str] = Field(
        title="Columns", description="Numbers to calculate with, in this order.", min_length=2, max_length=20
    )
    operation: Operation = Field(
        default="product", title="Operation", description="difference and ratio take two columns: first and second."
    )
    name: str | None = Field(
        default=None,
        min_length=1,
        title="New column",
        description="Left empty: the columns with the sign between them.",
    )

    @model_validator(mode="after")
    def _number_of_columns(self) -> InteractionParams:
        distinct(self.columns)
        if self.operation in {"difference", "ratio"} and len(self.columns) != 2:
            raise ValueError(f"{self.operation} takes two columns, not {len(self.columns)}")
        return self


class Interaction(Step[InteractionParams]):
    """Adds the sum, difference, product or ratio of columns; missing when one is missing, or by division by zero.

    Yes and no count as 1 and 0.
    """

    name: ClassVar[str] = "interaction"
    title: ClassVar[str] = "Calculate with columns"
    sentence: ClassVar[str] = "Adds the sum, difference, product or ratio of columns."
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC | {"constant", "empty"}
    inverse: ClassVar[str] = "Remove the new column."
    Params = InteractionParams

    def says(self, params: InteractionParams) -> str:
        return f"Adds '{_name(params)}', the {params.operation} of {' and '.join(repr(n) for n in params.columns)}."

    def columns(self, params: InteractionParams) -> list[str]:
        return list(params.columns)

    def layout(self, params: InteractionParams, before: Layout) -> Layout:
        require_free(self, [_name(params)], before.kinds)
        return before.adding({_name(params): "decimal"})

    def fit(self, frame: pl.DataFrame, params: InteractionParams, context: FitContext) -> State:
        require_free(self, [_name(params)], frame.columns)
        for name in params.columns:
            column = frame[name]
            if not is_number(column.dtype) and column.null_count() < len(column):
                raise unfit(self, name, column.dtype, "numbers")
        # A column without any value has no type that could be calculated with.
        return {"blank": [name for name in params.columns if not is_number(frame.schema[name])]}

    def apply(self, frame: pl.LazyFrame, params: InteractionParams, state: State) -> pl.LazyFrame:
        numbers = [
            pl.lit(None, dtype=pl.Float64) if name in state["blank"] else pl.col(name).cast(pl.Float64)
            for name in params.columns
        ]
        result = functools.reduce(_operator(params.operation), numbers)
        return frame.with_columns(pl.when(result.is_finite()).then(result).alias(_name(params)))

    def row(self, params: InteractionParams, state: State) -> RowFunction | None:
        calculate, new = _operator(params.operation), _name(params)

        def add(row: dict[str, Any]) -> None:
            cells = [row[name] for name in params.columns if name not in state["blank"]]
            numbers = [float(cell) for cell in cells if cell is not None]
            row[new] = None
            if len(numbers) == len(params.columns) and (params.operation != "ratio" or numbers[1] != 0):
                result = functools.reduce(calculate, numbers)
                row[new] = result if abs(result) < float("inf") else None

        return add

    def outputs(self, params: InteractionParams, state: State) -> dict[str, str]:
        return {_name(params): params.columns[0]}

    def inputs(self, params: InteractionParams, state: State) -> dict[str, list[str]]:
        return {_name(params): list(params.columns)}


def _operator(operation: Operation) -> Any:
    return {
        "sum": operator.add, "difference": operator.sub, "product": operator.mul, "ratio": operator.truediv
    }[operation]  # fmt: skip


def _name(params: InteractionParams) -> str:
    return params.name or f" {_SIGNS[params.operation]} ".join(params.columns)
