"""One column is never beyond another one in the same row."""

from __future__ import annotations

import datetime as dt
import re
from itertools import permutations
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from pydantic import Field

from narrative.engine.expectations.base import Expectation, ExpectationParams
from narrative.engine.types import NUMERIC_KINDS, TIME_KINDS

if TYPE_CHECKING:
    from narrative.engine.profile.types import ColumnProfile, TableProfile

LEAST_ROWS: Final = 20
MOST_COLUMNS: Final = 12
_PAIRS: Final = (
    ("min", "max"), ("low", "high"), ("start", "end"), ("from", "to"), ("begin", "end"), ("net", "gross"),
    ("lower", "upper"), ("opened", "closed"), ("ordered", "shipped"), ("shipped", "delivered"), ("von", "bis"),
    ("used", "total"), ("part", "total"),
)  # fmt: skip


class BetweenColumnsParams(ExpectationParams):
    smaller: str = Field(title="Smaller", description="Column that is never beyond the other one.")
    larger: str = Field(title="Larger", description="The other column.")


class BetweenColumns(Expectation[BetweenColumnsParams]):
    """One column never beyond another."""

    name: ClassVar[str] = "between_columns"
    title: ClassVar[str] = "Order of two columns"
    Params = BetweenColumnsParams

    def columns(self, params: BetweenColumnsParams) -> list[str]:
        return [params.smaller, params.larger]

    def sentence(self, params: BetweenColumnsParams) -> str:
        return f"{params.smaller} is never beyond {params.larger}."

    def propose(self, frame: pl.DataFrame, profile: TableProfile, today: dt.date) -> list[BetweenColumnsParams]:
        """Pairs of dates, and pairs of numbers whose names say so, that hold in every row and are not always equal."""
        times = [column for column in profile.columns if column.kind in TIME_KINDS][:MOST_COLUMNS]
        pairs = list(permutations(times, 2))
        pairs += [
            pair
            for pair in permutations([column for column in profile.columns if column.kind in NUMERIC_KINDS], 2)
            if _is_named(*pair)
        ]
        found = [BetweenColumnsParams(smaller=left.name, larger=right.name) for left, right in pairs]
        return [params for params in found if self._holds(frame, params)]

    def _holds(self, frame: pl.DataFrame, params: BetweenColumnsParams) -> bool:
        left, right = _sides(frame, params)
        both = frame.select(a=left, b=right).drop_nulls()
        return (
            both.height >= LEAST_ROWS and bool((both["a"] <= both["b"]).all()) and bool((both["a"] < both["b"]).any())
        )

    def broken(self, frame: pl.DataFrame, params: BetweenColumnsParams) -> pl.Expr:
        left, right = _sides(frame, params)
        return left > right


def _sides(frame: pl.DataFrame, params: BetweenColumnsParams) -> tuple[pl.Expr, pl.Expr]:
    """Both columns on one scale: as times where both are, else as numbers."""
    types = [frame.schema[name] for name in (params.smaller, params.larger)]
    to: pl.DataType = pl.Datetime("us") if all(dtype.is_temporal() for dtype in types) else pl.Float64()
    left, right = (pl.col(name).cast(to, strict=False) for name in (params.smaller, params.larger))
    return left, right


def _is_named(left: ColumnProfile, right: ColumnProfile) -> bool:
    """The names differ in one word, and that word says which is smaller."""
    a, b = (re.findall(r"[a-z]+|\d+", column.name.lower()) for column in (left, right))
    if len(a) != len(b):
        return False
    differing = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return len(differing) == 1 and differing[0] in _PAIRS
