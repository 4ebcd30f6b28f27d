"""Ways to forecast. Each sees only what lay before the moment it forecasts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np

from narrative.engine.types import FloatArray, IntArray

ALPHAS: Final = (0.05, 0.1, 0.2, 0.4, 0.7, 0.95)
BETAS: Final = (0.0, 0.02, 0.1)
GAMMAS: Final = (0.0, 0.05, 0.15, 0.4)
DAMPING: Final = (0.9, 0.98)
MOST_LEARNED: Final = 1_500
"""Periods, the last ones, that settings are learned from."""
SERIES_AT_ONCE: Final = 20


class Method(Protocol):
    """A way to forecast many series at once."""

    name: str
    title: str
    is_baseline: bool
    is_relative: bool
    """Whether errors grow with what is forecast, so that intervals are in shares of it."""

    def forecasts(self, values: FloatArray, *, learn_until: int, origins: IntArray, horizon: int) -> FloatArray:
        """Forecasts from every origin, ``n_series × n_origins × horizon``.

        Args:
            values: ``n_series × n_periods``, no gaps.
            learn_until: settings are learned from the periods before this one.
            origins: a forecast from origin t sees the periods before t and is for t, t + 1, …
        """


class LastValue:
    """The last value stays."""

    name, title, is_baseline = "last_value", "Last value", True
    is_relative = False

    def forecasts(self, values: FloatArray, *, learn_until: int, origins: IntArray, horizon: int) -> FloatArray:
        return np.repeat(values[:, origins - 1][:, :, None], horizon, axis=2)


class SeasonalNaive:
    """The last season repeats."""

    name, title, is_baseline = "seasonal_naive", "Last season repeated", True
    is_relative = False

    def __init__(self, season: int) -> None:
        self.season = season

    def forecasts(self, values: FloatArray, *, learn_until: int, origins: IntArray, horizon: int) -> FloatArray:
        back = self.season - np.arange(horizon) % self.season
        return np.asarray(values[:, origins[:, None] - back[None, :]], dtype=np.float64)


class Smoothing:
    """Exponential smoothing with a damped trend and a season that adds up; ETS(A, Ad, A).

    The four settings are those of a grid with the smallest squared error one period ahead, for each series its own.
    Source: Hyndman & Athanasopoulos (2021), "Forecasting: Principles and Practice", sections 8.4 and 8.5.
    """

    is_baseline = False

    def __init__(self, season: int, *, by_logarithm: bool = False) -> None:
        self.season = season
        self.by_logarithm = self.is_relative = by_logarithm
        self.name = "smoothing_log" if by_logarithm else "smoothing"
        self.title = "Smoothing of logarithms" if by_logarithm else "Exponential smoothing"

    def forecasts(self, values: FloatArray, *, learn_until: int, origins: IntArray, horizon: int) -> FloatArray:
        work = np.log(values) if self.by_logarithm else values
        settings = self._learn(work[:, :learn_until])
        level, slope, seasons = self._states(work, settings, origins)
        damping = settings[3][:, None, None] ** np.arange(1, horizon + 1)
        ahead = level[:, :, None] + slope[:, :, None] * np.cumsum(damping, axis=2)
        places = (origins[:, None] + np.arange(horizon)) % self.season
        found = ahead + np.take_along_axis(seasons, np.broadcast_to(places, ahead.shape), axis=2)
        return np.asarray(np.exp(found) if self.by_logarithm else found, dtype=np.float64)

    def _learn(self, past: FloatArray) -> FloatArray:
        """Settings of every series, ``4 × n_series`` (level, trend, season, damping)."""
        grid = [
            (alpha, beta * alpha, gamma * (1.0 - alpha), phi)
            for alpha in ALPHAS
            for beta in BETAS
            for gamma in (GAMMAS if self.season > 1 else (0.0,))
            for phi in DAMPING
        ]
        past = past[:, -MOST_LEARNED:]
        settings = np.array(grid).T
        chosen = np.zeros((4, past.shape[0]))
        for start in range(0, past.shape[0], SERIES_AT_ONCE):
            block = past[start : start + SERIES_AT_ONCE]
            # Every series with every setting, side by side.
            errors = self._error(np.repeat(block, len(grid), axis=0), np.tile(settings, (1, block.shape[0])))
            best = errors.reshape(block.shape[0], len(grid)).argmin(axis=1)
            chosen[:, start : start + SERIES_AT_ONCE] = settings[:, best]
        return chosen

    def _start(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Level, trend and season from the first seasons."""
        m = self.season
        if m == 1:
            return values[:, 0].copy(), np.zeros(values.shape[0]), np.zeros((values.shape[0], 1))
        n_seasons = min(2, values.shape[1] // m)
        first = values[:, : n_seasons * m].reshape(values.shape[0], n_seasons, m)
        means = first.mean(axis=2)
        slope = (means[:, -1] - means[:, 0]) / m if n_seasons > 1 else np.zeros(values.shape[0])
        centred = first - means[:, :, None] - slope[:, None, None] * (np.arange(m) - (m - 1) / 2)
        return means[:, 0] - slope * (m + 1) / 2, slope, centred.mean(axis=1)

    def _error(self, values: FloatArray, settings: FloatArray) -> FloatArray:
        total = np.zeros(values.shape[0])
        burn = min(2 * self.season, values.shape[1] // 3)
        for t, errors, *_ in self._steps(values, settings):
            if t >= burn:
                total += np.minimum(errors**2, 1e300)
        return total

    def _states(self, values: FloatArray, settings: FloatArray, origins: IntArray) -> tuple[FloatArray, ...]:
        """Level, trend and season as they were known at each origin."""
        n = values.shape[0]
        level, slope = np.zeros((n, origins.size)), np.zeros((n, origins.size))
        seasons = np.zeros((n, origins.size, self.season))
        wanted = {int(origin): place for place, origin in enumerate(origins)}
        for t, _, now, trend, season in self._steps(values[:, : int(origins.max())], settings):
            place = wanted.get(t + 1)
            if place is not None:
                level[:, place], slope[:, place], seasons[:, place] = now, trend, season
        return level, slope, seasons

    def _steps(
        self, values: FloatArray, settings: FloatArray
    ) -> Iterator[tuple[int, FloatArray, FloatArray, FloatArray, FloatArray]]:
        """Period by period: (t, error one period ahead, level, trend, season after it)."""
        alpha, beta, gamma, phi = settings
        level, slope, season = self._start(values)
        season = season.copy()
        for t in range(values.shape[1]):
            place = t % self.season
            expected = level + phi * slope
            errors = values[:, t] - expected - season[:, place]
            level, slope = expected + alpha * errors, phi * slope + beta * errors
            if self.season > 1:
                season[:, place] += gamma * errors
            yield t, errors, level, slope, season
