"""Bend numbers so that they spread evenly."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final, Literal

import numpy as np
import polars as pl
from pydantic import Field

from narrative.core.errors import InvalidInput
from narrative.engine.steps._columns import ColumnsParams, chosen, is_quantity, named, numbers_of, unread_notes
from narrative.engine.steps.base import FitContext, Layout, RowFunction, State, Step
from narrative.engine.types import ColumnKind, FloatArray

Method = Literal["log1p", "sqrt", "box_cox", "yeo_johnson"]
_ABOVE: Final[dict[Method, tuple[float, str]]] = {
    "log1p": (-1.0, "above -1"), "sqrt": (-math.ulp(0.0), "0 or more"), "box_cox": (0.0, "above 0"),
}  # fmt: skip
_MOST_POWER: Final = 5.0
_FITTED_ON: Final = 100_000
_SPREAD_LIMIT: Final = 1e100
"""Values beyond this are not raised to a power: the power would be no number."""


class PowerTransformParams(ColumnsParams):
    method: Method = Field(
        default="yeo_johnson",
        title="Method",
        description="log1p: logarithm of 1 + value; sqrt: square root; box_cox: the best power, for values above 0; "
        "yeo_johnson: the best power, for any values.",
    )


class PowerTransform(Step[PowerTransformParams]):
    """Replaces numbers by a power or logarithm of them, so that a long tail becomes short.

    The power of box_cox and yeo_johnson is the most likely one for a normal distribution, from the training rows,
    between -5 and 5. A column without spread keeps its values. A value for which the method has no result becomes
    missing when applied and is counted; among training rows it is an error.
    Source: Box and Cox (1964); Yeo and Johnson, Biometrika 87 (2000).
    """

    name: ClassVar[str] = "power_transform"
    title: ClassVar[str] = "Bend skewed numbers"
    sentence: ClassVar[str] = "Takes logarithms or powers of numbers, so that a few huge values do not rule the rest."
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({"integer", "decimal", "constant", "empty"})
    inverse: ClassVar[str] = "The opposite power or the exponential, with the power that was learned."
    Params = PowerTransformParams

    def says(self, params: PowerTransformParams) -> str:
        how = {
            "log1p": "the logarithm of 1 + value", "sqrt": "the square root",
            "box_cox": "the best power (Box-Cox)", "yeo_johnson": "the best power (Yeo-Johnson)",
        }[params.method]  # fmt: skip
        return f"Replaces {named(params.columns, 'all numbers')} by {how}."

    def columns(self, params: PowerTransformParams) -> list[str]:
        return list(params.columns or [])

    def layout(self, params: PowerTransformParams, before: Layout) -> Layout:
        return before.adding(dict.fromkeys(params.columns or [], "decimal"))

    def fit(self, frame: pl.DataFrame, params: PowerTransformParams, context: FitContext) -> State:
        powers: dict[str, float | None] = {}
        for name in chosen(frame, params.columns, is_quantity):
            values = numbers_of(self, frame, name)
            above, wanted = _ABOVE.get(params.method, (-math.inf, ""))
            outside = values[~(values > above)]
            if len(outside) and params.columns is None:
                continue
            if len(outside):
                raise InvalidInput(
                    "value_unfit",
                    f"{self.title}: {params.method} has no result for {outside[0]:g} in '{name}'.",
                    column=name,
                    fix=f"It needs values that are {wanted}. Use yeo_johnson, which takes any value.",
                )
            powers[name] = _power(values, params.method)
        return {"powers": powers}

    def apply(self, frame: pl.LazyFrame, params: PowerTransformParams, state: State) -> pl.LazyFrame:
        made = []
        for name, power in state["powers"].items():
            bent = _bent(pl.col(name).cast(pl.Float64), params.method, power)
            made.append(pl.when(bent.is_finite()).then(bent).alias(name))
        return frame.with_columns(made)

    def row(self, params: PowerTransformParams, state: State) -> RowFunction | None:
        def bend(row: dict[str, Any]) -> None:
            for name, power in state["powers"].items():
                if row[name] is not None:
                    bent = _bent_cell(float(row[name]), params.method, power)
                    row[name] = bent if bent is not None and math.isfinite(bent) else None

        return bend

    def notes(self, frame: pl.DataFrame, params: PowerTransformParams, state: State) -> list[str]:
        return unread_notes(self, frame, params, state, f"input of {params.method}")

    def outputs(self, params: PowerTransformParams, state: State) -> dict[str, str]:
        return {name: name for name in state["powers"]}


def _power(values: FloatArray, method: Method) -> float | None:
    """The most likely power; 1 where the values have no spread or are too far apart; None for fixed methods."""
    if method in {"log1p", "sqrt"}:
        return None
    if len(values) < 2 or np.ptp(values) == 0 or np.abs(values).max() > _SPREAD_LIMIT:
        return 1.0
    from scipy import optimize, stats

    # More values than this move the power in the third digit only, and cost seconds.
    some = values[:: max(1, len(values) // _FITTED_ON)]
    likelihood = stats.boxcox_llf if method == "box_cox" else stats.yeojohnson_llf
    with np.errstate(all="ignore"):
        best = optimize.minimize_scalar(
            lambda power: _worst_if_none(-likelihood(power, some)), bounds=(-_MOST_POWER, _MOST_POWER), method="bounded"
        )
    return float(best.x)


def _worst_if_none(value: float) -> float:
    return float(value) if math.isfinite(value) else 1e300


def _bent(value: pl.Expr, method: Method, power: float | None) -> pl.Expr:
    if method == "log1p":
        return value.log1p()
    if method == "sqrt":
        return value.sqrt()
    lam = 1.0 if power is None else power
    if method == "box_cox":
        return pl.when(value > 0).then(_box_cox(value, lam))
    return pl.when(value >= 0).then(_box_cox(value + 1.0, lam)).when(value < 0).then(-_box_cox(1.0 - value, 2.0 - lam))


def _box_cox(value: pl.Expr, power: float) -> pl.Expr:
    """(value^power - 1) / power, or the logarithm where the power is next to nothing."""
    if abs(power) < 1e-12:
        return value.log()
    return (value.pow(power) - 1.0) * (1.0 / power)


def _bent_cell(value: float, method: Method, power: float | None) -> float | None:
    """The same as :func:`_bent` for one cell; None where there is no result."""
    if method == "log1p":
        return math.log1p(value) if value > -1.0 else None
    if method == "sqrt":
        return math.sqrt(value) if value >= 0 else None
    lam = 1.0 if power is None else power
    if method == "box_cox":
        return _box_cox_cell(value, lam) if value > 0 else None
    if value >= 0:
        return _box_cox_cell(value + 1.0, lam)
    bent = _box_cox_cell(1.0 - value, 2.0 - lam)
    return None if bent is None else -bent


def _box_cox_cell(value: float, power: float) -> float | None:
    """The same as :func:`_box_cox` for a cell above zero; None where the power is no number any more."""
    if abs(power) < 1e-12:
        return math.log(value)
    try:
        return (_power_of(value, power) - 1.0) * (1.0 / power)
    except OverflowError:
        return None


def _power_of(value: float, power: float) -> float:
    """As Polars does it: a root and products where there are some, whose last bits differ from those of a power."""
    if power == 0.5:
        return math.sqrt(value)
    if power == 2.0:
        return value * value
    return value * value * value if power == 3.0 else math.pow(value, power)
