"""The newest date of a column is recent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from pydantic import Field

from narrative.engine.expectations.base import Expectation, ExpectationParams
from narrative.engine.types import TIME_KINDS

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

RECENT_DAYS: Final = 45
"""Only a column that is recent now is worth watching."""


class FreshnessParams(ExpectationParams):
    column: str = Field(title="Column", description="Column of dates.")
    days: int = Field(ge=0, le=36_500, title="Days", description="How old the newest date may be when a version comes.")


class Freshness(Expectation[FreshnessParams]):
    """Fresh data."""

    name: ClassVar[str] = "freshness"
    title: ClassVar[str] = "Fresh data"
    Params = FreshnessParams

    def columns(self, params: FreshnessParams) -> list[str]:
        return [params.column]

    def sentence(self, params: FreshnessParams) -> str:
        noun = "day" if params.days == 1 else "days"
        return f"The newest {params.column} is at most {params.days:,} {noun} old."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[FreshnessParams]:
        found = []
        for column in profile.columns:
            newest = _newest(frame, column.name) if column.kind in TIME_KINDS else None
            if newest is not None and 0 <= (today - newest).days <= RECENT_DAYS:
                found.append(FreshnessParams(column=column.name, days=max(7, 2 * (today - newest).days)))
        return found

    def whole(self, frame: pl.DataFrame, params: FreshnessParams, today: dt.date) -> str | None:
        newest = _newest(frame, params.column)
        if newest is None:
            return f"{params.column} holds no date."
        age = (today - newest).days
        return f"The newest is {newest.isoformat()}, {age:,} days old." if age > params.days else None


def _newest(frame: pl.DataFrame, column: str) -> dt.date | None:
    if not frame.schema[column].is_temporal():
        return None
    newest = frame[column].drop_nulls().cast(pl.Date).max()
    return newest if isinstance(newest, dt.date) else None
