"""Numbers or dates lie in a range."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, ClassVar, Final, Self

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.expectations.base import Expectation, ExpectationParams, numbers, shown
from narrative.engine.types import NUMERIC_KINDS

if TYPE_CHECKING:
    from narrative.engine.profile.types import ColumnProfile, TableProfile

LEAST_ROWS: Final = 20
SLACK: Final = 0.5
"""A proposed range reaches half of the present span further on each side: new rows are allowed to be a little new."""


class ValueRangeParams(ExpectationParams):
    column: str = Field(title="Column", description="Column of numbers.")
    low: float | None = Field(default=None, title="At least", description="Smallest value that is allowed.")
    high: float | None = Field(default=None, title="At most", description="Largest value that is allowed.")

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("give a smallest or a largest value")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("the smallest value is larger than the largest")
        return self


class ValueRange(Expectation[ValueRangeParams]):
    """Values in a range."""

    name: ClassVar[str] = "value_range"
    title: ClassVar[str] = "Values in a range"
    Params = ValueRangeParams

    def columns(self, params: ValueRangeParams) -> list[str]:
        return [params.column]

    def sentence(self, params: ValueRangeParams) -> str:
        if params.low is None or params.high is None:
            side = "at least" if params.high is None else "at most"
            return f"{params.column} is {side} {shown(params.low if params.high is None else params.high)}."
        return f"{params.column} lies between {shown(params.low)} and {shown(params.high)}."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[ValueRangeParams]:
        return [_range(column) for column in profile.columns if _is_quantity(column, profile.n_rows)]

    def broken(self, frame: pl.DataFrame, params: ValueRangeParams) -> pl.Expr:
        number = numbers(frame, params.column)
        outside = pl.lit(value=False)
        if params.low is not None:
            outside = outside | (number < params.low)
        if params.high is not None:
            outside = outside | (number > params.high)
        return outside | (
            number.is_null() & pl.col(params.column).cast(pl.String).is_not_null() & _is_text(frame, params)
        )


def _is_text(frame: pl.DataFrame, params: ValueRangeParams) -> pl.Expr:
    """A word where a number is due lies in no range; a missing cell is another rule's business."""
    return pl.lit(not frame.schema[params.column].is_numeric())


def _is_quantity(column: ColumnProfile, n_rows: int) -> bool:
    return n_rows >= LEAST_ROWS and column.kind in NUMERIC_KINDS and isinstance(column.minimum, float)


def _range(column: ColumnProfile) -> ValueRangeParams:
    low, high = float(column.minimum or 0.0), float(column.maximum or 0.0)
    reach = SLACK * (high - low)
    lowest = 0.0 if low >= 0 else _rounded(low - reach, down=True)
    if low >= 0 and high <= 1:
        return ValueRangeParams(column=column.name, low=0.0, high=1.0)
    return ValueRangeParams(column=column.name, low=lowest, high=_rounded(high + reach, down=False))


def _rounded(value: float, *, down: bool) -> float:
    """To two significant digits, away from the values."""
    if value == 0 or abs(value) < 1e-300 or abs(value) > 1e300:
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    steps = math.floor(value / unit) if down else math.ceil(value / unit)
    return float(f"{steps * unit:.12g}")
