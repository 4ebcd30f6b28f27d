"""Bring numbers to a common scale."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final, Literal

import numpy as np
import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import NUMERIC, ColumnsParams, chosen, is_number
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind, FloatArray

_SMALLEST_WIDTH: Final = 1e-300
"""Below this the inverse of the width is no longer a number."""
Method = Literal["standard", "min_max", "robust", "max_abs"]


class ScaleParams(ColumnsParams):
    method: Method = Field(
        default="standard",
        title="Method",
        description="standard: mean 0, spread 1; min_max: 0 to 1; robust: median 0, middle half 1; max_abs: -1 to 1.",
    )
    clip: float | None = Field(
        default=None,
        gt=0,
        title="Cut at",
        description="Scaled values further from zero than this are set to it; empty: no cut.",
    )


class Scale(Step[ScaleParams]):
    """(value - centre) / width, with centre and width learned from the training rows.

    standard: mean and population standard deviation; min_max: minimum and range; robust: median and interquartile
    range; max_abs: 0 and the largest absolute value. A column without spread is only centred. Missing stays missing.
    """

    name: ClassVar[str] = "scale"
    title: ClassVar[str] = "Scale numbers"
    sentence: ClassVar[str] = "Shifts and stretches numbers so that columns with different units can be compared."
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC | {"constant", "empty"}
    inverse: ClassVar[str] = "Multiply by the width and add the centre (unless values were cut)."
    Params = ScaleParams

    def columns(self, params: ScaleParams) -> list[str]:
        return list(params.columns or [])

    def layout(self, params: ScaleParams, before: Layout) -> Layout:
        return before.adding(dict.fromkeys(params.columns or [], "decimal"))

    def fit(self, frame: pl.DataFrame, params: ScaleParams, context: FitContext) -> State:
        columns = chosen(frame, params.columns, is_number)
        # One selection for all columns: thousands of small ones would cost thousands of times more.
        numbers = frame.select(pl.col(columns).cast(pl.Float64))
        scales = {column.name: _centre_and_width(column.to_numpy(), params.method) for column in numbers.iter_columns()}
        return {"scales": {name: {"centre": centre, "width": width} for name, (centre, width) in scales.items()}}

    def apply(self, frame: pl.LazyFrame, params: ScaleParams, state: State) -> pl.LazyFrame:
        scaled = []
        for name, learned in state["scales"].items():
            # Written as a product because division by a scalar is a product with its inverse in the frame library.
            value = (pl.col(name).cast(pl.Float64) - learned["centre"]) * (1.0 / learned["width"])
            scaled.append(value if params.clip is None else value.clip(-params.clip, params.clip))
        return frame.with_columns(scaled)

    def row(self, params: ScaleParams, state: State) -> RowFunction | None:
        scales = [(name, learned["centre"], 1.0 / learned["width"]) for name, learned in state["scales"].items()]
        clip = params.clip

        def scale(row: dict[str, Any]) -> None:
            for name, centre, factor in scales:
                cell = row[name]
                if cell is not None:
                    value = (float(cell) - centre) * factor
                    row[name] = value if clip is None else min(max(value, -clip), clip)

        return scale


def _centre_and_width(column: FloatArray, method: Method) -> tuple[float, float]:
    """Centre and width of the values that are there; the width is never zero and always finite."""
    finite = np.isfinite(column)
    values = column if finite.all() else column[finite]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    with np.errstate(over="ignore", invalid="ignore"):
        if method == "standard":
            centre, width = float(values.mean()), float(values.std())
        elif method == "min_max":
            centre, width = low, high - low
        elif method == "robust":
            quarter, centre, three_quarters = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
            width = three_quarters - quarter
        else:
            centre, width = 0.0, max(abs(low), abs(high))
    if not (math.isfinite(centre) and math.isfinite(width)):
        # Beyond 1e154 squares and ranges overflow; the largest absolute value is a width that always exists.
        centre, width = 0.0, max(abs(low), abs(high))
    # A constant column has a spread of rounding errors: dividing by it would make noise out of nothing.
    negligible = width <= 10 * np.finfo(np.float64).eps * max(abs(low), abs(high))
    return centre, 1.0 if negligible or width < _SMALLEST_WIDTH else width
