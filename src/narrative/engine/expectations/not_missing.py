"""A column is filled in every row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from pydantic import Field

from narrative.engine.expectations.base import Expectation, ExpectationParams

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

LEAST_ROWS: Final = 20


class NotMissingParams(ExpectationParams):
    column: str = Field(title="Column", description="Column that must be filled.")


class NotMissing(Expectation[NotMissingParams]):
    """Never missing."""

    name: ClassVar[str] = "not_missing"
    title: ClassVar[str] = "Never missing"
    Params = NotMissingParams

    def columns(self, params: NotMissingParams) -> list[str]:
        return [params.column]

    def sentence(self, params: NotMissingParams) -> str:
        return f"{params.column} is never missing."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[NotMissingParams]:
        if profile.n_rows < LEAST_ROWS:
            return []
        return [NotMissingParams(column=column.name) for column in profile.columns if column.missing == 0]

    def broken(self, frame: pl.DataFrame, params: NotMissingParams) -> pl.Expr:
        column = pl.col(params.column)
        return column.is_null() | column.is_nan() if frame.schema[params.column].is_float() else column.is_null()
