"""A category has only known values."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from pydantic import Field

from narrative.engine.expectations.base import Expectation, ExpectationParams

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

MOST_VALUES: Final = 20
ROWS_PER_VALUE: Final = 10
"""With fewer rows per value, others are likely to come."""
SHOWN: Final = 6


class AllowedValuesParams(ExpectationParams):
    column: str = Field(title="Column", description="Column of categories.")
    values: list[str] = Field(title="Values", description="Values that are allowed.", min_length=1, max_length=1_000)


class AllowedValues(Expectation[AllowedValuesParams]):
    """Known values only."""

    name: ClassVar[str] = "allowed_values"
    title: ClassVar[str] = "Known values only"
    Params = AllowedValuesParams

    def columns(self, params: AllowedValuesParams) -> list[str]:
        return [params.column]

    def sentence(self, params: AllowedValuesParams) -> str:
        rest = len(params.values) - SHOWN
        listed = ", ".join(params.values[:SHOWN]) + (f" or one of {rest:,} more" if rest > 0 else "")
        return f"{params.column} is one of: {listed}."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[AllowedValuesParams]:
        found = []
        for column in profile.columns:
            few = 2 <= column.distinct <= MOST_VALUES and column.count >= ROWS_PER_VALUE * column.distinct
            untidy = bool(column.stray_spaces or column.spelling_variants)
            if column.kind not in ("category", "boolean") or not few or untidy:
                continue
            values = frame[column.name].drop_nulls().cast(pl.String).unique().sort().to_list()
            found.append(AllowedValuesParams(column=column.name, values=values))
        return found

    def broken(self, frame: pl.DataFrame, params: AllowedValuesParams) -> pl.Expr:
        text = pl.col(params.column).cast(pl.String)
        return text.is_not_null() & ~text.is_in(params.values)
