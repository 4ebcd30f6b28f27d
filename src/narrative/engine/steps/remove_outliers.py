"""Leave out training rows with extreme numbers."""

from __future__ import annotations

import math
from typing import ClassVar, Final, Literal

import numpy as np
import polars as pl
from pydantic import Field

from narrative.engine.steps._columns import ColumnsParams, chosen, is_quantity, numbers_of
from narrative.engine.steps.base import FitContext, RowFunction, State, Step, unchanged
from narrative.engine.types import ColumnKind, FloatArray

Method = Literal["iqr", "z_score", "robust_z", "quantile"]
_WIDTH: Final[dict[Method, float]] = {"iqr": 1.5, "z_score": 3.0, "robust_z": 3.5}
_NORMAL_MAD: Final = 1.482602218505602
"""Standard deviation of a normal distribution over its median absolute deviation."""


class RemoveOutliersParams(ColumnsParams):
    method: Method = Field(
        default="iqr",
        title="Method",
        description="iqr: far outside the middle half; z_score: standard deviations from the mean; robust_z: the same "
        "by median and median absolute deviation; quantile: the smallest and the largest share.",
    )
    width: float | None = Field(
        default=None,
        gt=0,
        le=100,
        title="How far is too far",
        description="In units of the method; left empty: 1.5 for iqr, 3 for z_score, 3.5 for robust_z.",
    )
    share: float = Field(
        default=0.01, gt=0, lt=0.5, title="Share at each end", description="quantile: left out at either end."
    )


class RemoveOutliers(Step[RemoveOutliersParams]):
    """Leaves out training rows with a value outside limits learned from the training rows. Rows to predict stay.

    Missing values are no outliers, and a column without spread has none.
    Source: Tukey, Exploratory Data Analysis (1977) for iqr; Iglewicz and Hoaglin (1993) for robust_z.
    """

    name: ClassVar[str] = "remove_outliers"
    title: ClassVar[str] = "Leave out outliers"
    sentence: ClassVar[str] = "Takes rows out of the training data in which a number is far from all others."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "constant", "empty"})
    inverse: ClassVar[str] = "Switch the step off: the rows are still in the version before it."
    drops_rows: ClassVar[bool] = True
    Params = RemoveOutliersParams

    def says(self, params: RemoveOutliersParams) -> str:
        if params.method == "quantile":
            return f"Leaves out training rows among the lowest or highest {params.share:.3g} of a column's values."
        width = params.width or _WIDTH[params.method]
        unit = {
            "iqr": "times the middle half's width outside the middle half",
            "z_score": "standard deviations away from the mean",
            "robust_z": "robust standard deviations away from the median",
        }[params.method]
        return f"Leaves out training rows with a value more than {width:g} {unit}."

    def columns(self, params: RemoveOutliersParams) -> list[str]:
        return list(params.columns or [])

    def fit(self, frame: pl.DataFrame, params: RemoveOutliersParams, context: FitContext) -> State:
        limits: dict[str, list[float]] = {}
        for name in chosen(frame, params.columns, is_quantity):
            found = _limits(numbers_of(self, frame, name), params)
            if found is not None:
                limits[name] = list(found)
        return {"limits": limits}

    def apply(self, frame: pl.LazyFrame, params: RemoveOutliersParams, state: State) -> pl.LazyFrame:
        return frame

    def keep(self, params: RemoveOutliersParams, state: State) -> pl.Expr | None:
        if not state["limits"]:
            return None
        inside = [
            pl.col(n).cast(pl.Float64).is_between(*limits) | pl.col(n).is_null()
            for n, limits in state["limits"].items()
        ]
        return pl.all_horizontal(inside)

    def row(self, params: RemoveOutliersParams, state: State) -> RowFunction | None:
        return unchanged

    def outputs(self, params: RemoveOutliersParams, state: State) -> dict[str, str]:
        return {}


def _limits(values: FloatArray, params: RemoveOutliersParams) -> tuple[float, float] | None:
    """Lowest and highest value that stays; None when the values have no spread, or none that a number can hold."""
    if not len(values):
        return None
    if params.method == "quantile":
        low, high = np.quantile(values, [params.share, 1 - params.share])
        return float(low), float(high)
    width = params.width or _WIDTH[params.method]
    with np.errstate(over="ignore", invalid="ignore"):
        if params.method == "iqr":
            low, high = (float(q) for q in np.quantile(values, [0.25, 0.75]))
            spread = high - low
        else:
            low = float(np.mean(values) if params.method == "z_score" else np.median(values))
            spread = float(
                values.std() if params.method == "z_score" else np.median(np.abs(values - low)) * _NORMAL_MAD
            )
            high = low
        reach = width * spread
    if not (math.isfinite(reach) and math.isfinite(low - reach) and math.isfinite(high + reach)) or spread <= 0:
        return None
    return low - reach, high + reach
