"""Errors of a regression: how large, whether they lean to one side, where, and whether its ranges keep their word."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.curves import Band
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.telling import Named, among, beyond, tell
from narrative.engine.evaluation.uncertainty import mean_bounds, wilson
from narrative.engine.explain import charts
from narrative.engine.model import Intervals
from narrative.engine.story.types import ChartStory

BINS: Final = 10
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


class Coverage(BaseModel):
    """How often the truth lies in the range it was given; ``stated`` is the promise."""

    model_config = ConfigDict(frozen=True)
    stated: float
    share: float
    interval: tuple[float, float]
    n_rows: int


class Residuals(BaseModel):
    """Errors: actual less predicted, in the unit of the target.

    ``by_prediction``: mean prediction (x) of equally full bins against their mean error (y), 0 for a fair model.
    ``points`` are (predicted, actual), at most 1,000. ``baseline_quantiles`` are those of one answer to every row.
    """

    model_config = ConfigDict(frozen=True)
    n_rows: int
    mean: float
    interval: tuple[float, float]
    quantiles: dict[str, float]
    baseline_quantiles: dict[str, float]
    histogram: dict[str, list[float]]
    points: list[tuple[float, float]]
    by_prediction: Band
    coverage: Coverage | None = None
    words: ChartStory


def residuals(rows: Rows, intervals: Intervals | None = None) -> Residuals:
    """The account of the errors of a regression.

    Raises:
        NotApplicable: ``needs_numbers``, ``too_few_rows``.
    """
    if rows.problem != "regression":
        raise NotApplicable("needs_numbers", "Errors with a size are told of models of numbers only.")
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"{rows.size:,} rows say too little; it takes {LEAST_ROWS}.")
    errors = rows.target - rows.predictions
    order = np.argsort(rows.predictions, kind="stable")
    bins = [part for part in np.array_split(order, min(BINS, rows.size // 2)) if part.size > 1]
    bounds = [mean_bounds(errors[part]) for part in bins]
    lean = mean_bounds(errors)
    return Residuals(
        n_rows=rows.size,
        mean=float(errors.mean()),
        interval=lean,
        quantiles={f"{share:g}": float(np.quantile(errors, share)) for share in QUANTILES},
        baseline_quantiles={f"{share:g}": float(np.quantile(rows.target - rows.naive, share)) for share in QUANTILES},
        histogram=charts.residual_histogram(rows.target, rows.predictions),
        points=charts.predicted_actual(rows.target, rows.predictions),
        by_prediction=Band(
            x_title="mean prediction",
            y_title="mean error",
            x=[float(rows.predictions[part].mean()) for part in bins],
            y=[float(errors[part].mean()) for part in bins],
            low=[low for low, _ in bounds],
            high=[high for _, high in bounds],
            baseline=[0.0] * len(bins),
            rows=[int(part.size) for part in bins],
        ),
        coverage=None if intervals is None else coverage(rows, intervals),
        words=_words(float(errors.mean()), lean, float(np.median(np.abs(errors)))),
    )


def coverage(rows: Rows, intervals: Intervals) -> Coverage:
    """How many rows lie inside their own range."""
    lower, upper = intervals.bounds(rows.predictions)
    inside = int(np.sum((lower <= rows.target) & (rows.target <= upper)))
    return Coverage(
        stated=intervals.coverage, share=inside / rows.size, interval=wilson(inside, rows.size), n_rows=rows.size
    )


def _words(mean: float, lean: tuple[float, float], middle: float) -> ChartStory:
    account = {
        "mean": Named(mean, "mean error, actual less predicted"),
        "low": Named(lean[0], "lower end of its interval"),
        "high": Named(lean[1], "upper end of its interval"),
        "zero": Named(0.0, "no lean to either side"),
        "middle": Named(middle, "middle size of an error"),
    }
    return tell(
        account,
        ("Errors are even on both sides: {mean} on average ({low} to {high}), their middle size is {middle}.",
         among("zero", "low", "high"), "interval"),
        ("Errors lean: truth minus prediction is {mean} on average ({low} to {high}), their middle size is {middle}.",
         beyond("zero", "low", "high"), "interval"),
    )  # fmt: skip
