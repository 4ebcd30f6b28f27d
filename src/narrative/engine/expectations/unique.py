"""No value comes twice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from pydantic import Field

from narrative.engine.expectations.base import Expectation, ExpectationParams

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

LEAST_ROWS: Final = 20


class UniqueParams(ExpectationParams):
    columns: list[str] = Field(title="Columns", description="Columns that together name a row.", min_length=1)


class Unique(Expectation[UniqueParams]):
    """Unique values."""

    name: ClassVar[str] = "unique"
    title: ClassVar[str] = "Unique values"
    Params = UniqueParams

    def columns(self, params: UniqueParams) -> list[str]:
        return list(params.columns)

    def sentence(self, params: UniqueParams) -> str:
        return f"No value of {' and '.join(params.columns)} comes twice."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[UniqueParams]:
        return [
            UniqueParams(columns=[column.name])
            for column in profile.columns
            if column.kind == "identifier" and column.distinct == column.count and column.count >= LEAST_ROWS
        ]

    def broken(self, frame: pl.DataFrame, params: UniqueParams) -> pl.Expr:
        """Every row after the first with the same values; missing values are not compared."""
        key = pl.struct(params.columns)
        known = pl.all_horizontal(pl.col(name).is_not_null() for name in params.columns)
        return ~key.is_first_distinct() & known
