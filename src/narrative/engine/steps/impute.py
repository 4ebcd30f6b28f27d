"""Fill missing values."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field, model_validator

from narrative.core.errors import InvalidInput
from narrative.engine.steps._columns import (
    NUMERIC,
    ColumnsParams,
    counted,
    dtype_name,
    free_name,
    is_number,
    pairs,
    to_json,
    typed_literal,
)
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Method = Literal["mean", "median", "most_frequent", "constant"]


class ImputeParams(ColumnsParams):
    method: Method = Field(
        default="median",
        title="Fill with",
        description="Mean and median suit numbers; most_frequent and constant suit every column.",
    )
    value: str | float | bool | None = Field(
        default=None, title="Constant", description="The value to fill in when the method is constant."
    )
    indicator: bool = Field(
        default=False,
        title="Mark what was filled",
        description="Adds '<column> is missing' (1 or 0) for columns that had gaps when the step was fitted.",
    )

    @model_validator(mode="after")
    def _constant_needs_value(self) -> ImputeParams:
        if self.method == "constant" and self.value is None:
            raise ValueError("the method constant needs a value")
        if isinstance(self.value, float) and not math.isfinite(self.value):
            raise ValueError("the value must be a finite number")
        return self


class Impute(Step[ImputeParams]):
    """Fills gaps with a statistic of the training rows.

    A column without any value in the training rows is filled with 0 if it is numeric, else left as it is: there is
    nothing to learn. Mean and median turn whole numbers and booleans into decimals.
    """

    name: ClassVar[str] = "impute"
    title: ClassVar[str] = "Fill missing values"
    sentence: ClassVar[str] = (
        "Puts the mean, the median, the most frequent value or a constant where a value is missing."
    )
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "None: filled cells look like all others. Mark them with the indicator to keep the trace."
    Params = ImputeParams

    def columns(self, params: ImputeParams) -> list[str]:
        return list(params.columns or [])

    def kinds_for(self, params: ImputeParams) -> frozenset[ColumnKind]:
        return NUMERIC | {"constant", "empty"} if params.method in {"mean", "median"} else frozenset()

    def layout(self, params: ImputeParams, before: Layout) -> Layout:
        if not params.indicator:
            return before
        return before.adding({f"{name} is missing": "integer" for name in params.columns or before.kinds})

    def fit(self, frame: pl.DataFrame, params: ImputeParams, context: FitContext) -> State:
        columns = _chosen(frame, params)
        if params.method in {"mean", "median"}:
            values = _centres(frame, columns, params.method)
        elif params.method == "constant":
            values = {name: _constant_fill(frame[name], params.value) for name in columns}
        else:
            values = {name: _most_frequent(frame[name]) for name in columns}
        marks: dict[str, str] = {}
        if params.indicator:
            taken, gaps = set(frame.columns), frame.null_count().row(0, named=True)
            for name in columns:
                if gaps[name] > 0:
                    marks[name] = free_name(f"{name} is missing", taken)
                    taken.add(marks[name])
        return {"fill": pairs(values), "indicators": pairs(marks)}

    def apply(self, frame: pl.LazyFrame, params: ImputeParams, state: State) -> pl.LazyFrame:
        marks = [pl.col(column).is_null().cast(pl.Float64).alias(name) for column, name in state["indicators"]]
        fills = [_filled(name, fill).alias(name) for name, fill in state["fill"]]
        return frame.with_columns(*marks, *fills)

    def row(self, params: ImputeParams, state: State) -> RowFunction | None:
        marks = dict(state["indicators"])
        fills = {name: pl.select(typed_literal(fill["value"], fill["dtype"])).item() for name, fill in state["fill"]}
        decimals = {name for name, fill in state["fill"] if fill["dtype"] == "Float64"}

        def fill(row: dict[str, Any]) -> None:
            for column, name in marks.items():
                row[name] = 1.0 if row[column] is None else 0.0
            for name, value in fills.items():
                cell = row[name]
                row[name] = value if cell is None else float(cell) if name in decimals else cell

        return fill

    def outputs(self, params: ImputeParams, state: State) -> dict[str, str]:
        return {name: name for name, _ in state["fill"]} | {new: old for old, new in state["indicators"]}


def _chosen(frame: pl.DataFrame, params: ImputeParams) -> list[str]:
    """The named columns, or all that can be filled in this way."""
    if params.columns is not None:
        return list(params.columns)
    if params.method in {"mean", "median"}:
        return [name for name, dtype in frame.schema.items() if is_number(dtype)]
    if params.method == "constant":
        return [name for name, dtype in frame.schema.items() if _constant(params.value, dtype) is not None]
    return frame.columns


def _filled(name: str, fill: dict[str, Any]) -> pl.Expr:
    if fill["dtype"] == "Float64":
        return pl.col(name).cast(pl.Float64).fill_null(fill["value"])
    return pl.col(name).fill_null(typed_literal(fill["value"], fill["dtype"]))


def _centres(frame: pl.DataFrame, columns: list[str], method: Method) -> dict[str, dict[str, Any]]:
    """Mean or median of each column in one pass; 0 for a column without any value."""
    dtypes = dict(frame.schema)
    strange = next((name for name in columns if not is_number(dtypes[name])), None)
    if strange is not None:
        raise InvalidInput(
            "column_kind_unfit",
            f"The {method} of '{strange}' does not exist: it is not a number.",
            column=strange,
            fix="Fill it with most_frequent or a constant.",
        )
    if not columns:
        return {}
    numbers = pl.col(columns).cast(pl.Float64)
    found = frame.select(numbers.median() if method == "median" else numbers.mean()).row(0, named=True)
    return {name: {"dtype": "Float64", "value": _bounded(frame[name], value)} for name, value in found.items()}


def _bounded(column: pl.Series, centre: float | None) -> float:
    if centre is None:
        return 0.0
    if math.isfinite(centre):
        return centre
    # The sum of huge values overflows in 64 bits; it does not in the processor's wider format.
    return float(column.drop_nulls().cast(pl.Float64).to_numpy().astype("longdouble").mean())


def _most_frequent(column: pl.Series) -> dict[str, Any]:
    """The value with the most rows, the smallest of them on a tie."""
    dtype, counts = dtype_name(column.dtype), counted(column)
    if counts.is_empty():
        return {"dtype": dtype, "value": 0 if column.dtype.is_numeric() else None}
    return {"dtype": dtype, "value": to_json(counts["value"][0])}


def _constant_fill(column: pl.Series, wanted: str | float | bool | None) -> dict[str, Any]:
    value, dtype = _constant(wanted, column.dtype), dtype_name(column.dtype)
    if value is None:
        raise InvalidInput(
            "value_unfit",
            f"'{column.name}' cannot be filled with {wanted!r}: its type is {dtype}.",
            column=column.name,
            fix="Choose a value of the same type as the column, or cast the column first.",
        )
    # Filling whole numbers with 2.5 makes decimals of them.
    return {"dtype": "Float64" if dtype == "Int64" and isinstance(value, float) else dtype, "value": value}


def _constant(value: str | float | bool | None, dtype: pl.DataType) -> str | float | bool | None:
    """The value as it would stand in a column of this type, or None when it cannot."""
    if dtype == pl.Boolean:
        return value if isinstance(value, bool) else None
    if dtype.is_numeric():
        if isinstance(value, bool) or not isinstance(value, float | int):
            return None
        return int(value) if dtype.is_integer() and float(value).is_integer() else float(value)
    if dtype == pl.String:
        return value if isinstance(value, str) else None
    return None
