"""From arrays to the account of a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.forecasting.intervals import LEVEL
from narrative.engine.forecasting.methods import Method
from narrative.engine.forecasting.panel import Panel
from narrative.engine.forecasting.telling import account_table, tell_forecast
from narrative.engine.forecasting.types import ForecastPoint, ForecastResult, HistoryPoint, MethodTried, TestedStep
from narrative.engine.steps._columns import free_names
from narrative.engine.types import FloatArray, IntArray

SHOWN_SERIES: Final = 6
SHOWN_PERIODS: Final = 300
_Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Tested:
    """A way with its errors (actual less forecast, ``n_series × n_origins × horizon``) on both parts."""

    method: Method
    choosing: FloatArray
    choosing_known: _Mask
    testing: FloatArray
    testing_known: _Mask
    choosing_unit: FloatArray
    testing_unit: FloatArray
    """What errors are in proportion to: the forecasts of a relative way, else 1."""
    choosing_error: float
    test_error: float


def assemble_result(
    panel: Panel,
    *,
    columns: tuple[str, str, str | None],
    horizon: int,
    tested: list[Tested],
    chosen: Tested,
    baseline: Tested,
    inside: _Mask,
    ahead: FloatArray,
    half: FloatArray,
    future: pl.Series,
    origins: IntArray,
    is_better: bool | None,
    table_hash: str,
    seed: int,
    seconds: float,
    warnings: list[str],
) -> ForecastResult:
    """The account; ``inside``: of the test, ``ahead`` and ``half``: forecasts and half widths of their intervals."""
    target, time, series = columns
    floor = 0.0 if panel.values.min() >= 0 else -np.inf
    lower, upper = np.maximum(ahead - half, floor), np.maximum(ahead + half, floor)
    ahead = np.maximum(ahead, floor)
    moments = future.cast(pl.Date) if panel.is_date else future
    points = [
        ForecastPoint(series=name, time=moment, forecast=float(ahead[at, step]), lower=float(lower[at, step]),
                      upper=float(upper[at, step]))
        for at, name in enumerate(panel.names)
        for step, moment in enumerate(moments.to_list())
    ]  # fmt: skip
    table = account_table(points, chosen.testing, baseline.testing, chosen.testing_known, inside)
    known = chosen.testing_known
    times = panel.times.cast(pl.Date) if panel.is_date else panel.times
    return ForecastResult(
        target=target,
        time=time,
        series_column=series,
        horizon=horizon,
        frequency=panel.frequency,
        n_periods=panel.n_periods,
        n_series=len(panel.names),
        n_gaps=panel.n_gaps,
        methods=[_tried(each, chosen) for each in sorted(tested, key=lambda each: each.choosing_error)],
        chosen=chosen.method.title,
        baseline=baseline.method.title,
        mae=_mae(chosen),
        baseline_mae=_mae(baseline),
        is_better=is_better,
        interval_level=LEVEL,
        coverage=float(inside.sum() / max(int(known.sum()), 1)),
        n_tested=int(known.sum()),
        test_from=times[int(origins[0])],
        forecasts=points,
        history=_history(panel, times),
        by_step=[_step(step, chosen, baseline, inside) for step in range(horizon) if known[:, :, step].any()],
        story=tell_forecast(
            table, target=target, table_hash=table_hash, is_better=is_better, is_single=series is None,
            is_baseline=chosen is baseline, chosen=chosen.method.title, baseline=baseline.method.title,
        ),
        content_hash=table_hash,
        seed=seed,
        seconds=seconds,
        warnings=[*warnings, *(["No value of the past is below zero, so no forecast is."] if floor == 0.0 else [])],
    )  # fmt: skip


def forecast_frame(result: ForecastResult) -> pl.DataFrame:
    """The forecasts as a table: series (where there are several), time, forecast and both ends of its interval.

    A new column whose name is that of the series or of the time gets a number behind it.
    """
    columns: dict[str, list[object]] = {}
    if result.series_column is not None:
        columns[result.series_column] = [point.series for point in result.forecasts]
    columns[result.time] = [point.time for point in result.forecasts]
    made = {
        "forecast": [point.forecast for point in result.forecasts],
        "lower_90": [point.lower for point in result.forecasts],
        "upper_90": [point.upper for point in result.forecasts],
    }
    names = free_names(list(made), list(columns))
    return pl.DataFrame(columns | dict(zip(names, made.values(), strict=True)))


def _mae(tested: Tested) -> float:
    return float(np.abs(tested.testing)[tested.testing_known].mean())


def _tried(tested: Tested, chosen: Tested) -> MethodTried:
    return MethodTried(
        name=tested.method.name,
        title=tested.method.title,
        is_baseline=tested.method.is_baseline,
        chosen=tested is chosen,
        choosing_error=tested.choosing_error,
        test_error=tested.test_error,
        test_mae=_mae(tested),
    )


def _step(step: int, chosen: Tested, baseline: Tested, inside: _Mask) -> TestedStep:
    known = chosen.testing_known[:, :, step]
    return TestedStep(
        step=step + 1,
        mae=float(np.abs(chosen.testing[:, :, step])[known].mean()),
        baseline_mae=float(np.abs(baseline.testing[:, :, step])[known].mean()),
        coverage=float(inside[:, :, step].sum() / known.sum()),
    )


def _history(panel: Panel, times: pl.Series) -> list[HistoryPoint]:
    """The last periods of the first series."""
    start = max(0, panel.n_periods - SHOWN_PERIODS)
    return [
        HistoryPoint(
            series=name,
            time=times[period],
            value=float(panel.values[at, period]) if panel.known[at, period] else None,
        )
        for at, name in enumerate(panel.names[:SHOWN_SERIES])
        for period in range(start, panel.n_periods)
    ]
