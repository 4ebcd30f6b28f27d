"""A forecast and its honest test: chosen on some past periods, tested on later ones, then made for the future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.errors import InvalidInput
from narrative.engine.exploration.numbers import Say, say_nothing
from narrative.engine.forecasting.boosted import BoostedTrees, calendar_of
from narrative.engine.forecasting.frequency import following
from narrative.engine.forecasting.intervals import covered, learn_widths
from narrative.engine.forecasting.luck import is_less
from narrative.engine.forecasting.methods import LastValue, Method, SeasonalNaive, Smoothing
from narrative.engine.forecasting.outcome import Tested, assemble_result
from narrative.engine.forecasting.panel import Combine, Panel, make_panel
from narrative.engine.forecasting.types import ForecastResult
from narrative.engine.tables.content import content_hash
from narrative.engine.types import FloatArray, IntArray

MOST_ORIGINS: Final = 60
LEAST_LEARNED: Final = 10
BUDGET: Final = 60.0
MOST_HORIZON: Final = 1_000
MOST_VALUES: Final = 20_000
"""Forecasts of one account, over all series: as many as a page can still be handed at once."""
_Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Parts:
    """The periods by their use: learned from (up to the first), chosen by, tested on."""

    choose_from: int
    test_from: int
    end: int

    def origins(self, horizon: int, *, test: bool) -> IntArray:
        """Moments to forecast from, at most sixty; all that is forecast lies in the part."""
        start, end = (self.test_from, self.end) if test else (self.choose_from, self.test_from)
        every = np.arange(start, end - horizon + 1)
        if every.size <= MOST_ORIGINS:
            return every
        return np.unique(np.linspace(every[0], every[-1], MOST_ORIGINS).round().astype(np.int64))


def find_forecast(
    frame: pl.DataFrame,
    target: str,
    time: str,
    horizon: int,
    *,
    series: str | None = None,
    combine: Combine | None = None,
    budget: float = BUDGET,
    seed: int = 42,
    threads: int = 1,
    say: Say = say_nothing,
    clock: Clock | None = None,
) -> ForecastResult:
    """The next values of a column, each with an interval that holds nine times of ten.

    Args:
        horizon: periods ahead.
        series: column that tells several series apart.
        combine: how rows of one time (and series) become one value; None: there may be only one.
        budget: seconds; ways that would not fit are left out and named.

    Raises:
        InvalidInput: ``horizon_out_of_range``, ``series_too_short``, ``too_many_series``, and what :func:`make_panel`
            raises.
    """
    clock = clock or SystemClock()
    deadline, started = Deadline(clock, budget), clock.monotonic()
    say("Putting the values in order of time", 0.0)
    panel = make_panel(frame, target, time, series, combine=combine)
    _check_amount(len(panel.names), horizon)
    parts = divide(panel.n_periods, horizon)
    season = panel.frequency.season if 2 * panel.frequency.season + 2 <= parts.choose_from else 1
    future = following(panel.times[-1], panel.frequency, horizon, panel.times[0])
    warnings = list(panel.warnings)
    if season != panel.frequency.season:
        warnings.append(f"The past is too short to learn a season of {panel.frequency.season} periods.")
    ways = _ways(panel, parts, horizon, season=season, future=future, seed=seed, threads=threads)
    tested: list[Tested] = []
    slowest = 0.0
    for number, way in enumerate(ways):
        # Another way is tried when it, and the chosen one once more for the future, will fit.
        if not way.is_baseline and deadline.remaining() < 0.25 * budget + 2.0 * slowest:
            warnings.append(f"{way.title} was left out: the time was up.")
            continue
        say(f"Testing: {way.title}", 0.1 + 0.6 * number / len(ways))
        before = clock.monotonic()
        tested.append(_test(way, panel, parts, horizon, season))
        slowest = max(slowest, clock.monotonic() - before)
    chosen = min(tested, key=lambda each: each.choosing_error)
    baseline = min((each for each in tested if each.method.is_baseline), key=lambda each: each.choosing_error)
    say("Forecasting", 0.8)
    ahead = chosen.method.forecasts(
        panel.values, learn_until=panel.n_periods, origins=np.array([panel.n_periods]), horizon=horizon
    )[:, 0, :]
    widths = learn_widths(
        np.concatenate([chosen.choosing / chosen.choosing_unit, chosen.testing / chosen.testing_unit], axis=1),
        np.concatenate([chosen.choosing_known, chosen.testing_known], axis=1),
    )
    tested_widths = learn_widths(chosen.choosing / chosen.choosing_unit, chosen.choosing_known)
    say("Putting it into words", 0.9)
    return assemble_result(
        panel,
        columns=(target, time, series),
        horizon=horizon,
        tested=tested,
        chosen=chosen,
        baseline=baseline,
        inside=covered(chosen.testing / chosen.testing_unit, chosen.testing_known, tested_widths),
        ahead=ahead,
        half=widths.half() * (ahead if chosen.method.is_relative else 1.0),
        future=future,
        origins=parts.origins(horizon, test=True),
        is_better=None
        if chosen is baseline
        else is_less(chosen.testing, baseline.testing, chosen.testing_known, horizon=horizon, seed=seed),
        table_hash=content_hash(frame),
        seed=seed,
        seconds=clock.monotonic() - started,
        warnings=warnings,
    )


def _check_amount(n_series: int, horizon: int) -> None:
    if n_series * horizon > MOST_VALUES:
        raise InvalidInput(
            "too_many_series",
            f"{n_series:,} series {horizon:,} periods ahead are {n_series * horizon:,} values; "
            f"up to {MOST_VALUES:,} can be forecast at once.",
            fix=f"Forecast at most {MOST_VALUES // n_series:,} periods ahead, or keep the series that matter.",
        )


def divide(n_periods: int, horizon: int) -> Parts:
    """The last fifth (or the horizon and a little more) for the test, as much before it for the choice.

    Raises:
        InvalidInput: ``horizon_out_of_range``, ``series_too_short``.
    """
    if not 1 <= horizon <= MOST_HORIZON:
        raise InvalidInput(
            "horizon_out_of_range",
            f"{horizon:,} periods ahead cannot be forecast.",
            fix=f"Choose 1 to {MOST_HORIZON:,} periods.",
        )
    part = max(horizon + min(20, n_periods // 10), n_periods // 5)
    learned = n_periods - 2 * part
    if learned < max(LEAST_LEARNED, horizon):
        longest = max((n_periods - LEAST_LEARNED) // 2 - min(20, n_periods // 10), 0)
        longest = min(longest, max(0, (n_periods - 2 * min(20, n_periods // 10)) // 3))
        raise InvalidInput(
            "series_too_short",
            f"{n_periods:,} periods are too few to forecast {horizon:,} ahead and to test that.",
            fix=f"Forecast at most {longest:,} ahead, or give more of the past."
            if longest
            else "Give more of the past.",
        )
    return Parts(learned, learned + part, n_periods)


def _ways(
    panel: Panel, parts: Parts, horizon: int, *, season: int, future: pl.Series, seed: int, threads: int
) -> list[Method]:
    """What can be tried on these series, cheap ones first."""
    ways: list[Method] = [LastValue()]
    if season > 1:
        ways.append(SeasonalNaive(season))
    ways.append(Smoothing(season))
    if panel.values.min() > 0:
        ways.append(Smoothing(season, by_logarithm=True))
    trees = BoostedTrees(season, calendar_of(pl.concat([panel.times, future])), seed, threads)
    if trees.can_learn(parts.choose_from, horizon, panel.values.shape[0]):
        ways.append(trees)
    return ways


def _test(way: Method, panel: Panel, parts: Parts, horizon: int, season: int) -> Tested:
    """Errors of a way on both parts; settings are learned before the part in question."""
    values = panel.values
    errors: list[FloatArray] = []
    units: list[FloatArray] = []
    known: list[_Mask] = []
    for test in (False, True):
        origins = parts.origins(horizon, test=test)
        until = parts.test_from if test else parts.choose_from
        places = origins[:, None] + np.arange(horizon)
        forecasts = way.forecasts(values, learn_until=until, origins=origins, horizon=horizon)
        errors.append(values[:, places] - forecasts)
        units.append(forecasts if way.is_relative else np.ones_like(forecasts))
        # Before its first value a series is filled with that value: no forecast from there can be tested.
        begun = origins[None, :] > panel.first[:, None]
        known.append(panel.known[:, places] & begun[:, :, None])
        _check_some(known[-1], panel, test=test)
    usual = usual_change(values[:, : parts.choose_from], season)
    scores = [
        float((np.abs(error) / usual[:, None, None])[mask].mean()) for error, mask in zip(errors, known, strict=True)
    ]
    return Tested(
        method=way,
        choosing=errors[0],
        choosing_known=known[0],
        testing=errors[1],
        testing_known=known[1],
        choosing_unit=units[0],
        testing_unit=units[1],
        choosing_error=scores[0],
        test_error=scores[1],
    )


def _check_some(known: _Mask, panel: Panel, *, test: bool) -> None:
    """Raises ``InvalidInput('series_too_short')`` where no known value is there to compare forecasts with."""
    if not known.any():
        where = "last" if test else "later"
        raise InvalidInput(
            "series_too_short",
            f"Of {panel.n_periods:,} periods too few have a value: none of the {where} ones can be tested.",
            fix="Give more of the past, or bring the rows to longer periods first.",
        )


def usual_change(past: FloatArray, season: int) -> FloatArray:
    """Mean absolute change from one season to the next of every series; the unit of errors across series.

    Source: Hyndman & Koehler (2006), "Another look at measures of forecast accuracy" (MASE).
    """
    change = np.abs(past[:, season:] - past[:, :-season]).mean(axis=1)
    return np.asarray(np.where(change > 0, change, 1.0), dtype=np.float64)
