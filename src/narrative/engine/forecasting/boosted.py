"""Boosted trees over the past of a series: one model for all series and all steps ahead."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from narrative.engine.types import FloatArray, IntArray

MOST_ROWS: Final = 20_000
LEAST_ROWS: Final = 200
LAGS: Final = 8
ROUNDS: Final = 150


class BoostedTrees:
    """LightGBM on lags, means of windows, the same place in past seasons, the calendar and how far ahead it is.

    It learns the change from the present level in units of the usual change of its series, so that it can follow
    levels it has not seen. Source: Januschowski et al. (2022), "Forecasting with trees", Int. J. of Forecasting 38.
    """

    name, title, is_baseline = "boosted_trees", "Boosted trees on the past", False
    is_relative = False

    def __init__(self, season: int, calendar: FloatArray, seed: int, threads: int = 1) -> None:
        """``calendar``: ``n_times × n_parts`` of all periods and as many future ones as are forecast."""
        self.season = season
        self.calendar = calendar
        self.seed = seed
        self.threads = threads

    @property
    def reach(self) -> int:
        """Periods of the past that one forecast looks at."""
        return max(LAGS + 1, 2 * self.season, 4)

    def forecasts(self, values: FloatArray, *, learn_until: int, origins: IntArray, horizon: int) -> FloatArray:
        import lightgbm

        unit = self._unit(values[:, :learn_until])
        series, moments, steps = self._training_places(values.shape[0], learn_until, horizon)
        features, level = self._features(values, unit, series, moments, steps)
        change = (values[series, moments + steps] - level) / unit[series]
        booster = lightgbm.train(
            {
                "objective": "regression_l1",
                "num_leaves": 15,
                "learning_rate": 0.08,
                "min_data_in_leaf": 20,
                "feature_fraction": 0.8,
                "num_threads": self.threads,
                "seed": self.seed,
                "deterministic": True,
                "force_row_wise": True,
                "verbosity": -1,
            },
            lightgbm.Dataset(features, change),
            num_boost_round=ROUNDS,
        )
        shape = (values.shape[0], origins.size, horizon)
        own, at, ahead = (grid.ravel() for grid in np.indices(shape))
        features, level = self._features(values, unit, own, origins[at], ahead)
        found = np.asarray(booster.predict(features), dtype=np.float64) * unit[own] + level
        return np.asarray(found.reshape(shape), dtype=np.float64)

    def can_learn(self, learn_until: int, horizon: int, n_series: int) -> bool:
        """Whether the past holds enough examples."""
        return (learn_until - horizon - self.reach) * n_series * min(horizon, 5) >= LEAST_ROWS

    def _unit(self, past: FloatArray) -> FloatArray:
        """The usual change of every series from one period to the next."""
        unit = np.abs(np.diff(past, axis=1)).mean(axis=1)
        return np.asarray(np.where(unit > 0, unit, 1.0), dtype=np.float64)

    def _training_places(self, n_series: int, until: int, horizon: int) -> tuple[IntArray, IntArray, IntArray]:
        """Series, moment and step (from 0) of training rows; what is forecast lies before ``until``."""
        moments = np.arange(self.reach, until - horizon + 1)
        total = n_series * moments.size * horizon
        picked = np.random.default_rng(self.seed).permutation(total)[:MOST_ROWS]
        series, rest = np.divmod(picked, moments.size * horizon)
        place, steps = np.divmod(rest, horizon)
        return series, moments[place], steps

    def _features(
        self, values: FloatArray, unit: FloatArray, series: IntArray, moments: IntArray, steps: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Rows of features, and the level they are relative to (mean of the last season, or of four periods)."""
        width = max(self.season, 4)
        sums = np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(values, axis=1)], axis=1)

        def mean_of(n: int, end: IntArray) -> FloatArray:
            return np.asarray((sums[series, end] - sums[series, end - n]) / n, dtype=np.float64)

        level = mean_of(width, moments)
        scale = unit[series]
        parts = [(values[series, moments - lag] - level) / scale for lag in range(1, LAGS + 1)]
        parts.append((mean_of(2, moments) - level) / scale)
        if self.season > 1:
            back = self.season - steps % self.season
            parts.append((values[series, moments - back] - level) / scale)
            parts.append((level - mean_of(width, moments - self.season)) / scale if width == self.season else parts[-1])
        parts.append(steps.astype(np.float64))
        calendar = self.calendar[moments + steps]
        parts += [calendar[:, part] for part in range(calendar.shape[1])]
        return np.stack(parts, axis=1), level


def calendar_of(times: pl.Series) -> FloatArray:
    """Hour, weekday, day of the month and month of every time."""
    parts = [times.dt.hour(), times.dt.weekday(), times.dt.day(), times.dt.month()]
    return np.stack([part.cast(pl.Float64).to_numpy() for part in parts], axis=1)
