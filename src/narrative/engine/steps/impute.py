"""Fill missing values."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field, model_validator

from narrative.core.errors import InvalidInput
from narrative.engine.steps._columns import (
    NUMERIC,
    ColumnsParams,
    counted,
    distinct,
    dtype_name,
    free_name,
    is_number,
    numbers_of,
    pairs,
    to_json,
    typed_literal,
)
from narrative.engine.steps._filling import (
    beside_expression,
    filled_from,
    filler,
    learn_neighbours,
    learn_regressions,
    numbers,
    row_fillers,
)
from narrative.engine.steps._history import learn
from narrative.engine.steps._selection import median
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind

Method = Literal[
    "mean", "median", "most_frequent", "constant", "forward", "backward", "interpolate", "knn", "iterative"
]
_BESIDE: Final = frozenset({"forward", "backward", "interpolate"})
_TOGETHER: Final = frozenset({"knn", "iterative"})
_OF_NUMBERS: Final = frozenset({"mean", "median", "interpolate"}) | _TOGETHER


class ImputeParams(ColumnsParams):
    method: Method = Field(
        default="median",
        title="Fill with",
        description="Mean and median suit numbers; most_frequent and constant suit every column. forward, backward and "
        "interpolate take the training rows before and after in an order; knn the rows that are most alike in these "
        "columns; iterative what the other of these columns say.",
    )
    value: str | float | bool | None = Field(
        default=None, title="Constant", description="The value to fill in when the method is constant."
    )
    order: str | None = Field(
        default=None,
        title="In the order of",
        description="forward, backward, interpolate: date, time or number that says what came first.",
    )
    by: list[str] = Field(
        default=[],
        title="Within",
        description="forward, backward, interpolate: only rows that are equal here; left empty: all rows.",
        max_length=5,
    )
    neighbours: int = Field(default=5, ge=1, le=50, title="Rows that are alike", description="knn: how many count.")
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

    @model_validator(mode="after")
    def _order_needs_column(self) -> ImputeParams:
        if self.method in _BESIDE and self.order is None:
            raise ValueError(f"the method {self.method} needs a column that says what came first")
        if self.method in _BESIDE and {self.order, *self.by} & set(self.columns or []):
            raise ValueError("the columns for order and groups cannot be filled themselves")
        distinct(self.by)
        return self


class Impute(Step[ImputeParams]):
    """Fills gaps with a statistic of the training rows, or with what other rows or columns say.

    Rows before and after, and rows that are alike, are training rows: a row to predict never looks at its neighbours.
    A gap before the first or after the last known value stays where the method has nothing to take.

    A column without any value in the training rows is filled with 0 if it is numeric, else left as it is: there is
    nothing to learn. Mean and median turn whole numbers and booleans into decimals.
    """

    name: ClassVar[str] = "impute"
    title: ClassVar[str] = "Fill missing values"
    sentence: ClassVar[str] = (
        "Puts a usual value, a constant, or what other rows and columns say, where a value is missing."
    )
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset()
    inverse: ClassVar[str] = "None: filled cells look like all others. Mark them with the indicator to keep the trace."
    Params = ImputeParams
    column_params: ClassVar[tuple[str, ...]] = ("columns", "order", "by")

    def columns(self, params: ImputeParams) -> list[str]:
        return list(params.columns or [])

    def also_reads(self, params: ImputeParams) -> list[str]:
        return [] if params.order is None or params.method not in _BESIDE else [params.order, *params.by]

    def kinds_for(self, params: ImputeParams) -> frozenset[ColumnKind]:
        return NUMERIC | {"constant", "empty"} if params.method in _OF_NUMBERS else frozenset()

    def layout(self, params: ImputeParams, before: Layout) -> Layout:
        if not params.indicator:
            return before
        return before.adding({f"{name} is missing": "integer" for name in params.columns or before.kinds})

    def fit(self, frame: pl.DataFrame, params: ImputeParams, context: FitContext) -> State:
        columns = _chosen(frame, params)
        values: dict[str, dict[str, Any]] = {}
        learned: State = {}
        if params.method in _BESIDE:
            learned = {"beside": [[name, self._history(frame, name, params)] for name in columns]}
        elif params.method in _TOGETHER:
            columns = [name for name in columns if len(numbers_of(self, frame, name)) or is_number(frame.schema[name])]
            matrix = numbers(frame, columns)
            learn_all = learn_neighbours if params.method == "knn" else learn_regressions
            learned = {"together": {"columns": columns, "learned": learn_all(matrix)}}
        elif params.method in {"mean", "median"}:
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
        return {"fill": pairs(values), "indicators": pairs(marks), **learned}

    def _history(self, frame: pl.DataFrame, name: str, params: ImputeParams) -> State:
        dtype, values = frame.schema[name], None
        if params.method == "interpolate":
            numbers_of(self, frame, name)
            values = pl.col(name).cast(pl.Float64) if is_number(dtype) else pl.lit(None, dtype=pl.Float64)
        return learn(self, frame, str(params.order), params.by, name, only_present=True, values=values)

    def apply(self, frame: pl.LazyFrame, params: ImputeParams, state: State) -> pl.LazyFrame:
        marks = [pl.col(column).is_null().cast(pl.Float64).alias(name) for column, name in state["indicators"]]
        fills = [_filled(name, fill).alias(name) for name, fill in state["fill"]]
        for name, state_ in state.get("beside", []):
            fills.append(beside_expression(name, params, state_).alias(name))
        frame = frame.with_columns(*marks, *fills)
        if "together" not in state or not state["together"]["columns"]:
            return frame
        return filled_from(frame, state["together"]["columns"], filler(params, state["together"]["learned"]))

    def row(self, params: ImputeParams, state: State) -> RowFunction | None:
        marks = dict(state["indicators"])
        fills = {name: pl.select(typed_literal(fill["value"], fill["dtype"])).item() for name, fill in state["fill"]}
        decimals = {name for name, fill in state["fill"] if fill["dtype"] == "Float64"}

        others = row_fillers(params, state)

        def fill(row: dict[str, Any]) -> None:
            for column, name in marks.items():
                row[name] = 1.0 if row[column] is None else 0.0
            for name, value in fills.items():
                cell = row[name]
                row[name] = value if cell is None else float(cell) if name in decimals else cell
            found = [filler(row) for filler in others]
            for cells in found:
                row.update(cells)

        return fill

    def outputs(self, params: ImputeParams, state: State) -> dict[str, str]:
        return {name: name for name in _filled_columns(state)} | {new: old for old, new in state["indicators"]}

    def inputs(self, params: ImputeParams, state: State) -> dict[str, list[str]]:
        also = self.also_reads(params)
        together = state.get("together", {}).get("columns", [])
        found = {name: [name, *also] for name in _filled_columns(state)} | {
            new: [old] for old, new in state["indicators"]
        }
        return found | {name: list(together) for name in together}


def _filled_columns(state: State) -> list[str]:
    learned = [*state["fill"], *state.get("beside", [])]
    return [name for name, _ in learned] + list(state.get("together", {}).get("columns", []))


def _chosen(frame: pl.DataFrame, params: ImputeParams) -> list[str]:
    """The named columns, or all that can be filled in this way."""
    if params.columns is not None:
        return list(params.columns)
    also = {params.order, *params.by} if params.method in _BESIDE else set()
    if params.method in _OF_NUMBERS:
        return [name for name, dtype in frame.schema.items() if is_number(dtype) and name not in also]
    if params.method == "constant":
        return [name for name, dtype in frame.schema.items() if _constant(params.value, dtype) is not None]
    return [name for name in frame.columns if name not in also]


def _filled(name: str, fill: dict[str, Any]) -> pl.Expr:
    if fill["dtype"] == "Float64":
        return pl.col(name).cast(pl.Float64).fill_null(fill["value"])
    return pl.col(name).fill_null(typed_literal(fill["value"], fill["dtype"]))


def _centres(frame: pl.DataFrame, columns: list[str], method: Method) -> dict[str, dict[str, Any]]:
    """Mean or median of each column; 0 for a column without any value."""
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
    numbers = frame.select(pl.col(columns).cast(pl.Float64))
    if method == "median":
        found = {column.name: median(column.drop_nulls().to_numpy()) for column in numbers.iter_columns()}
    else:
        found = numbers.mean().row(0, named=True)
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
