"""How far a row lies from its nearest others, with p-values from rows that the score at hand never saw.

Forests that set rows apart by cuts cannot tell how far beyond the rows they learned from a value lies, so that a gross
error held out looks like any extreme row; distances can.
Source: Ramaswamy, Rastogi & Shim (2000), "Efficient algorithms for mining outliers", SIGMOD; Vovk (2015),
"Cross-conformal predictors", in the form of Barber et al. (2021), "Predictive inference with the jackknife+" (CV+).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.engine.exploration.matrix import UsedColumns, numbers_of
from narrative.engine.types import FloatArray, IntArray

FOLDS: Final = 5
NEIGHBOURS: Final = 10
POOL_ROWS: Final = 2_000
BLOCK_ROWS: Final = 4_000
TAIL: Final = 0.1
"""Share of rows, the most unusual, that the tail is judged by."""
SKEWED, HEAVY = 1.0, 3.0
"""Skewness and excess kurtosis from which logarithms are taken."""


@dataclass(frozen=True)
class Scale:
    """A column of numbers as distances: from its median in its own spread, by logarithms where its tails are heavy."""

    middle: float
    unit: float
    by_logarithm: bool
    spread: float

    @classmethod
    def learn(cls, values: FloatArray) -> Scale:
        """The scale of a column; missing values are left out."""
        values = values[~np.isnan(values)]
        middle = float(np.median(values))
        unit = float(np.median(np.abs(values - middle))) or float(values.std()) or 1.0
        standard = (values - values.mean()) / (float(values.std()) or 1.0)
        heavy = abs(float((standard**3).mean())) > SKEWED or float((standard**4).mean()) - 3.0 > HEAVY
        raw = cls(middle, unit, heavy, 1.0)
        return cls(middle, unit, heavy, float(raw.apply(values).std()) or 1.0)

    def apply(self, values: FloatArray) -> FloatArray:
        """Distances from the median, empty cells at it."""
        away = (np.where(np.isnan(values), self.middle, values) - self.middle) / self.unit
        shown = np.sign(away) * np.log1p(np.abs(away)) if self.by_logarithm else away
        return np.asarray(shown / self.spread, dtype=np.float64)


@dataclass(frozen=True)
class Encoding:
    """Numbers scaled, what is empty, and values of categories by how rare they are (logarithm of their share)."""

    used: UsedColumns
    scales: Mapping[str, Scale]
    frequencies: Mapping[str, Mapping[str, float]]
    gaps: frozenset[str]
    """Columns with empty cells where this was learned."""
    rare: float

    @classmethod
    def learn(cls, frame: pl.DataFrame, used: UsedColumns) -> Encoding:
        """The encoding of a table."""
        frequencies = {}
        for name in used.categories:
            texts = frame[name].cast(pl.String).fill_null("").alias("value").to_frame()
            counts = texts.group_by("value").len(name="n").rows()
            frequencies[name] = {str(value): float(np.log(n / frame.height)) for value, n in counts}
        return cls(
            used=used,
            scales={name: Scale.learn(numbers_of(frame[name])) for name in used.numbers},
            frequencies=frequencies,
            gaps=frozenset(name for name in used.numbers if frame[name].null_count()),
            rare=float(np.log(1.0 / (frame.height + 1))),
        )

    @property
    def owners(self) -> list[str]:
        """Column of the table that each feature belongs to."""
        return [*self.used.numbers, *(name for name in self.used.numbers if name in self.gaps), *self.used.categories]

    def apply(self, frame: pl.DataFrame) -> FloatArray:
        """``n_rows × n_features``."""
        raw = {name: numbers_of(frame[name]) for name in self.used.numbers}
        parts = [self.scales[name].apply(values) for name, values in raw.items()]
        parts += [np.isnan(values).astype(np.float64) for name, values in raw.items() if name in self.gaps]
        for name in self.used.categories:
            texts = frame[name].cast(pl.String).fill_null("").to_list()
            known = self.frequencies[name]
            parts.append(np.array([known.get(text, self.rare) for text in texts], dtype=np.float64))
        return np.asarray(np.stack(parts, axis=1), dtype=np.float64)


@dataclass(frozen=True)
class Nearness:
    """Rows to compare with, in parts, and how far each of them lies from rows of the other parts.

    Attributes:
        pools: rows outside each part, drawn by chance; ``n_pool × n_features``.
        held_out: distance of every row, itself and its part left out.
        folds: part of every row.
    """

    pools: list[FloatArray]
    held_out: FloatArray
    folds: IntArray

    @classmethod
    def fit(cls, points: FloatArray, rng: np.random.Generator) -> Nearness:
        """The rows of a table as those to compare with."""
        folds = rng.permutation(points.shape[0]) % FOLDS
        held_out, pools = np.empty(points.shape[0]), []
        for fold in range(FOLDS):
            others = points[folds != fold]
            pools.append(others[rng.permutation(others.shape[0])[:POOL_ROWS]])
            held_out[folds == fold] = _distances(points[folds == fold], pools[-1])
        return cls(pools, held_out, np.asarray(folds, dtype=np.int64))

    def scores(self, points: FloatArray) -> FloatArray:
        """Distance of other rows, mean over the parts."""
        return np.asarray(np.mean([_distances(points, pool) for pool in self.pools], axis=0), dtype=np.float64)

    def own_p_values(self) -> FloatArray:
        """Share of the rows, each scored unseen, that are at least as far away."""
        ordered = np.sort(self.held_out)
        as_far = ordered.size - np.searchsorted(ordered, self.held_out, side="left")
        return np.asarray(as_far / ordered.size, dtype=np.float64)

    def p_values(self, points: FloatArray) -> FloatArray:
        """P-values of other rows: about a share ``a`` of rows drawn alike has a value of ``a`` or less."""
        more = np.zeros(points.shape[0])
        for fold, pool in enumerate(self.pools):
            ordered = np.sort(self.held_out[self.folds == fold])
            more += ordered.size - np.searchsorted(ordered, _distances(points, pool), side="left")
        return np.asarray((1.0 + more) / (self.held_out.size + 1.0), dtype=np.float64)


def _distances(points: FloatArray, pool: FloatArray) -> FloatArray:
    """Root mean square distance from the ten nearest rows of a pool."""
    found = np.empty(points.shape[0])
    count = min(NEIGHBOURS, pool.shape[0])
    squares = (pool**2).sum(axis=1)
    for start in range(0, points.shape[0], BLOCK_ROWS):
        block = points[start : start + BLOCK_ROWS]
        distances = (block**2).sum(axis=1)[:, None] + squares - 2.0 * block @ pool.T
        nearest = np.partition(distances, count - 1, axis=1)[:, :count]
        found[start : start + BLOCK_ROWS] = np.sqrt(np.maximum(nearest, 0.0).mean(axis=1))
    return found


def stand_apart(scores: FloatArray, among: FloatArray, level: float = 0.05) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows are further away than the furthest row of a clean table would be, but for a share ``level`` of tables.

    The tail of the distances is taken to fall off exponentially, its rate from the median of the excesses, which some
    odd rows cannot move, less what the median may be off.
    Distances in normal columns fall off faster; columns of heavy tails were drawn in before.
    Source: peaks over threshold, Pickands (1975); Siffer et al. (2017), KDD, for the use on scores.
    """
    start = float(np.quantile(among, 1.0 - TAIL))
    excess = among[among > start] - start
    if excess.size < 5:
        return np.zeros(scores.size, dtype=np.bool_)
    scale = max(float(np.median(excess)), 1e-12) / np.log(2.0)
    # The upper end of where the scale may lie: its standard error by the median is scale / (ln 2 * sqrt(n)).
    scale *= 1.0 + 1.645 / (np.log(2.0) * np.sqrt(excess.size))
    expected = scores.size * TAIL * np.exp(-np.maximum(scores - start, 0.0) / scale)
    return np.asarray((scores > start) & (expected <= level), dtype=np.bool_)
