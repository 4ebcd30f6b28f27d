"""Pull extreme numbers back to a limit."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from narrative.engine.steps._columns import ColumnsParams, chosen, is_quantity, named, numbers_of
from narrative.engine.steps.base import FitContext, RowFunction, State, Step
from narrative.engine.types import ColumnKind

_EXACT = 2.0**53


class ClipValuesParams(ColumnsParams):
    low: float | None = Field(default=None, title="Lowest value", description="Smaller numbers become this one.")
    high: float | None = Field(default=None, title="Highest value", description="Larger numbers become this one.")
    low_share: float | None = Field(
        default=None,
        gt=0,
        lt=0.5,
        title="Share at the low end",
        description="Of the training values; instead of a value.",
    )
    high_share: float | None = Field(
        default=None,
        gt=0,
        lt=0.5,
        title="Share at the high end",
        description="Of the training values; instead of a value.",
    )

    @model_validator(mode="after")
    def _limits_make_sense(self) -> ClipValuesParams:
        for value, share, end in ((self.low, self.low_share, "low"), (self.high, self.high_share, "high")):
            if value is not None and share is not None:
                raise ValueError(f"give the {end} end as a value or as a share, not both")
            if value is not None and not math.isfinite(value):
                raise ValueError("limits must be finite")
        if {self.low, self.high, self.low_share, self.high_share} == {None}:
            raise ValueError("give a limit: a lowest or highest value, or a share at one end")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("the lowest value is above the highest")
        return self


class ClipValues(Step[ClipValuesParams]):
    """Replaces numbers beyond a limit by the limit (winsorizing, when the limit is a share of the training values).

    Whole numbers stay whole where the limits are. Missing stays missing. Limits that cross leave a column as it is.
    """

    name: ClassVar[str] = "clip_values"
    title: ClassVar[str] = "Limit values"
    sentence: ClassVar[str] = "Pulls numbers beyond a limit back to the limit."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "constant", "empty"})
    inverse: ClassVar[str] = "None: how far beyond the limit a value was is not kept. The version before still has it."
    Params = ClipValuesParams

    def says(self, params: ClipValuesParams) -> str:
        said = []
        if params.low is not None or params.low_share is not None:
            limit = f"{params.low:g}" if params.low is not None else f"the lowest {params.low_share:.3g} of values"
            said.append(f"not below {limit}")
        if params.high is not None or params.high_share is not None:
            limit = f"{params.high:g}" if params.high is not None else f"the highest {params.high_share:.3g} of values"
            said.append(f"not above {limit}")
        return f"Limits {named(params.columns, 'all numbers')}: {' and '.join(said)}."

    def columns(self, params: ClipValuesParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: ClipValuesParams, context: FitContext) -> State:
        limits = {}
        for name in chosen(frame, params.columns, is_quantity):
            values = numbers_of(self, frame, name)
            low = _limit(values, params.low, params.low_share, 0.0)
            high = _limit(values, params.high, None if params.high_share is None else 1 - params.high_share, 1.0)
            if not is_quantity(frame.schema[name]) or (low is not None and high is not None and low > high):
                continue
            whole = frame.schema[name].is_integer() and all(
                limit is None or (limit.is_integer() and abs(limit) < _EXACT) for limit in (low, high)
            )
            limits[name] = {"low": low, "high": high, "whole": whole}
        return {"limits": limits}

    def apply(self, frame: pl.LazyFrame, params: ClipValuesParams, state: State) -> pl.LazyFrame:
        clipped = []
        for name, learned in state["limits"].items():
            low, high = (_literal(learned[end], whole=learned["whole"]) for end in ("low", "high"))
            column = pl.col(name).cast(pl.Int64 if learned["whole"] else pl.Float64)
            clipped.append(column.clip(low, high))
        return frame.with_columns(clipped)

    def row(self, params: ClipValuesParams, state: State) -> RowFunction | None:
        limits = [(name, item["low"], item["high"], item["whole"]) for name, item in state["limits"].items()]

        def clip(row: dict[str, Any]) -> None:
            for name, low, high, whole in limits:
                if row[name] is not None:
                    value = row[name] if whole else float(row[name])
                    value = value if low is None or value > low else low
                    row[name] = value if high is None or value < high else high

        return clip

    def outputs(self, params: ClipValuesParams, state: State) -> dict[str, str]:
        return {name: name for name in state["limits"]}


def _limit(values: np.ndarray[Any, Any], value: float | None, share: float | None, end: float) -> float | None:
    """The value given, or the quantile of the training values; None when there is neither."""
    if share is None or not len(values):
        return value
    nearest = "higher" if end == 0.0 else "lower"
    return float(np.quantile(values, share, method=nearest))  # type: ignore[call-overload]  # one of the known names


def _literal(limit: float | None, *, whole: bool) -> float | int | None:
    return int(limit) if whole and limit is not None else limit
