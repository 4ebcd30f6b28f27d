"""What a forecast gives; every sentence in it was proven against the table of forecasts and tests."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from narrative.engine.story.types import Story

Step = Literal["minutes", "hours", "days", "weekdays", "weeks", "months", "quarters", "years"]
Moment = datetime.datetime | datetime.date


class Frequency(BaseModel):
    """How far apart the times of a series are, and after how many of them it may repeat."""

    model_config = ConfigDict(frozen=True)
    step: Step
    every: int = 1
    season: int
    """Periods of a season; 1: none."""
    words: str
    """``daily``, ``every 15 minutes``."""
    at_month_end: bool = False
    """Months, quarters or years that are dated by their last day, whichever that is."""


class MethodTried(BaseModel):
    """One way to forecast, and how far off it was; smaller is better."""

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    is_baseline: bool
    chosen: bool
    choosing_error: float
    """Mean absolute error on the periods that the choice was made by, in units of the usual seasonal change (MASE)."""
    test_error: float
    """The same on the last periods, which took no part in any choice."""
    test_mae: float
    """Mean absolute error there in the units of the target."""


class ForecastPoint(BaseModel):
    """One future value."""

    model_config = ConfigDict(frozen=True)
    series: str | None
    time: Moment
    forecast: float
    lower: float
    upper: float


class HistoryPoint(BaseModel):
    """One known value; ``value`` is None where the table has none."""

    model_config = ConfigDict(frozen=True)
    series: str | None
    time: Moment
    value: float | None


class TestedStep(BaseModel):
    """How forecasts so many periods ahead did on the last periods."""

    model_config = ConfigDict(frozen=True)
    step: int
    mae: float
    baseline_mae: float
    coverage: float


class ForecastResult(BaseModel):
    """Forecasts with intervals, and how such forecasts did on periods they had not seen."""

    model_config = ConfigDict(frozen=True)
    target: str
    time: str
    series_column: str | None
    horizon: int
    frequency: Frequency
    n_periods: int
    n_series: int
    n_gaps: int
    """Periods between the first and the last of a series without a value; they hold the value before."""
    methods: list[MethodTried]
    chosen: str
    baseline: str
    mae: float
    baseline_mae: float
    is_better: bool | None
    """Whether the error is below that of the baseline beyond luck; None: too few periods to tell."""
    interval_level: float
    coverage: float
    """Share of the last periods that lay within their interval, which was learned from the periods before them."""
    n_tested: int
    """Forecasts that were tested."""
    test_from: Moment
    forecasts: list[ForecastPoint]
    history: list[HistoryPoint]
    """The last known values of the series shown."""
    by_step: list[TestedStep]
    story: Story
    content_hash: str
    seed: int
    seconds: float | None = None
    warnings: list[str] = []
