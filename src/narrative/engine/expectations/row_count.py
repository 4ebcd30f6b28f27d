"""A table has a number of rows that is plausible."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Final, Self

import polars as pl
from pydantic import Field, model_validator

from narrative.engine.expectations.base import Expectation, ExpectationParams, shown

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

LEAST_ROWS: Final = 20


class RowCountParams(ExpectationParams):
    low: int | None = Field(default=None, ge=0, title="At least", description="Fewest rows that are allowed.")
    high: int | None = Field(default=None, ge=0, title="At most", description="Most rows that are allowed.")

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("give a smallest or a largest number of rows")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("the smallest number is larger than the largest")
        return self


class RowCount(Expectation[RowCountParams]):
    """Number of rows."""

    name: ClassVar[str] = "row_count"
    title: ClassVar[str] = "Number of rows"
    Params = RowCountParams

    def columns(self, params: RowCountParams) -> list[str]:
        return []

    def sentence(self, params: RowCountParams) -> str:
        if params.low is None or params.high is None:
            side = "at least" if params.high is None else "at most"
            return f"The table has {side} {shown(params.low if params.high is None else params.high)} rows."
        return f"The table has between {shown(params.low)} and {shown(params.high)} rows."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[RowCountParams]:
        """Half as many rows as now, or more: a file that was cut off is held."""
        return [RowCountParams(low=profile.n_rows // 2)] if profile.n_rows >= LEAST_ROWS else []

    def whole(self, frame: pl.DataFrame, params: RowCountParams, today: dt.date) -> str | None:
        few = params.low is not None and frame.height < params.low
        many = params.high is not None and frame.height > params.high
        return f"It has {frame.height:,} row{'' if frame.height == 1 else 's'}." if few or many else None
