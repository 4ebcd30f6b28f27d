"""Round numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import ColumnsParams, chosen, is_quantity, named
from narrative.engine.steps.base import FitContext, RowFunction, State, Step
from narrative.engine.types import ColumnKind


class RoundValuesParams(ColumnsParams):
    decimals: int = Field(
        default=0, ge=0, le=10, title="Decimals", description="Digits behind the decimal mark that stay."
    )
    mode: Literal["nearest", "up", "down"] = Field(
        default="nearest", title="Direction", description="nearest: halves go away from zero; up or down: always."
    )


class RoundValues(Step[RoundValuesParams]):
    """Rounds decimals; whole numbers and missing values stay as they are. Numbers beyond 2^53 have no decimals."""

    name: ClassVar[str] = "round_values"
    title: ClassVar[str] = "Round numbers"
    sentence: ClassVar[str] = "Rounds numbers to a chosen number of decimals."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "constant", "empty"})
    inverse: ClassVar[str] = "None: the digits that were cut are gone. The version before still has them."
    Params = RoundValuesParams

    def says(self, params: RoundValuesParams) -> str:
        decimals = (
            "whole numbers"
            if params.decimals == 0
            else f"{params.decimals} decimal{'' if params.decimals == 1 else 's'}"
        )
        direction = "" if params.mode == "nearest" else f", always {params.mode}"
        return f"Rounds {named(params.columns, 'all numbers')} to {decimals}{direction}."

    def columns(self, params: RoundValuesParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: RoundValuesParams, context: FitContext) -> State:
        schema = dict(frame.schema)
        return {"columns": [n for n in chosen(frame, params.columns, is_quantity) if schema[n].is_float()]}

    def apply(self, frame: pl.LazyFrame, params: RoundValuesParams, state: State) -> pl.LazyFrame:
        return frame.with_columns(_rounded(pl.col(name), params) for name in state["columns"])

    def row(self, params: RoundValuesParams, state: State) -> RowFunction | None:
        def round_all(row: dict[str, Any]) -> None:
            for name in state["columns"]:
                if row[name] is not None:
                    row[name] = _rounded_cell(float(row[name]), params)

        return round_all

    def outputs(self, params: RoundValuesParams, state: State) -> dict[str, str]:
        return {name: name for name in state["columns"]}


def _rounded(number: pl.Expr, params: RoundValuesParams) -> pl.Expr:
    factor = 10.0**params.decimals
    if params.mode == "nearest":
        rounded = number.round(params.decimals, mode="half_away_from_zero")
    else:
        # What is a round number already but for its last binary digit stays: 1.1 is not 1.2 rounded up.
        near = number.round(params.decimals, mode="half_away_from_zero")
        moved = (number * factor).ceil() if params.mode == "up" else (number * factor).floor()
        rounded = pl.when(number == near).then(number).otherwise((moved * (1.0 / factor)).round(params.decimals))
    return pl.when(number.abs() < 2.0**53 / factor).then(rounded).otherwise(number)


def _rounded_cell(number: float, params: RoundValuesParams) -> float:
    """The same as :func:`_rounded` for one cell."""
    factor = 10.0**params.decimals
    if not abs(number) < 2.0**53 / factor:
        return number
    near = _nearest(number, params.decimals)
    if params.mode == "nearest" or number == near:
        return near if params.mode == "nearest" else number
    moved = math.ceil(number * factor) if params.mode == "up" else math.floor(number * factor)
    return _nearest(float(moved) * (1.0 / factor), params.decimals)


def _nearest(number: float, decimals: int) -> float:
    """Rounded as Polars does it: halves away from zero, by way of a product and a quotient."""
    factor = 10.0**decimals
    size = abs(number * factor)
    whole = math.floor(size)
    return math.copysign(float(whole + 1 if size - whole >= 0.5 else whole), number) / factor
