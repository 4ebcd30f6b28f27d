"""Rows as points where distance means being alike to the model: its own prepared columns, on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.evaluation.subject import Subject
from narrative.engine.exploration.matrix import UsedColumns
from narrative.engine.exploration.nearness import Encoding
from narrative.engine.types import FloatArray, IntArray

BLOCK_ROWS: Final = 2_000
MEASURED: Final = 500
"""Rows whose nearest others say what near means."""


@dataclass(frozen=True)
class Space:
    """Where rows lie. Distances are root mean squares over the features; about 1.4 for two rows without relation.

    Attributes:
        points: of the rows it was learned from, ``n_rows × n_features``.
        near, usual, random: distance to the nearest other row that half of the rows, and 95 % of them, stay within; and
            the middle distance of two rows drawn at random. They turn distances into words.
    """

    subject: Subject
    middle: FloatArray
    unit: FloatArray
    points: FloatArray
    near: float
    usual: float
    random: float
    encoding: Encoding | None = None

    @classmethod
    def learn(cls, subject: Subject, frame: pl.DataFrame, *, seed: int = 42) -> Space:
        """The space of a model with the rows of a table in it."""
        encoding = None if subject.space is not None else _encoding(frame.select(subject.columns))
        raw = _raw(subject, encoding, frame)
        middle, unit = _scale(raw)
        points = _points(raw, middle, unit)
        random = np.random.default_rng(seed)
        some = random.permutation(len(points))[:MEASURED]
        nearest = _nearest_other(points, some)
        pairs = random.integers(len(points), size=(2, 2 * MEASURED))
        apart = _root_mean_square(points[pairs[0]] - points[pairs[1]])
        near, usual = (float(value) for value in np.quantile(nearest, [0.5, 0.95]))
        return cls(subject, middle, unit, points, near, usual, float(np.median(apart)), encoding)

    def place(self, frame: pl.DataFrame) -> FloatArray:
        """Points of other rows."""
        return _points(_raw(self.subject, self.encoding, frame), self.middle, self.unit)

    def nearest(self, points: FloatArray, count: int) -> tuple[IntArray, FloatArray]:
        """Places and distances of the nearest learned rows of each point, nearest first; ``n × count`` each."""
        count = min(count, len(self.points))
        places, found = np.empty((len(points), count), dtype=np.int64), np.empty((len(points), count))
        for start in range(0, len(points), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            distances = distances_between(points[part], self.points)
            order = np.argsort(distances, axis=1, kind="stable")[:, :count]
            places[part], found[part] = order, np.take_along_axis(distances, order, axis=1)
        return places, found

    def words(self, distance: float) -> str:
        """How alike two rows at a distance are, in words."""
        if distance <= self.near:
            return "very alike"
        if distance <= self.usual:
            return "alike"
        return "roughly alike" if distance <= self.random else "not alike"


def distances_between(points: FloatArray, others: FloatArray) -> FloatArray:
    """Root mean square difference of every point to every other, ``n_points × n_others``."""
    squares = (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2.0 * points @ others.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0) / max(points.shape[1], 1)), dtype=np.float64)


def _encoding(frame: pl.DataFrame) -> Encoding:
    numbers = [name for name in frame.columns if frame[name].dtype.is_numeric() and frame[name].drop_nulls().len()]
    words = [name for name in frame.columns if not frame[name].dtype.is_numeric()]
    return Encoding.learn(frame, UsedColumns(numbers, words))


def _raw(subject: Subject, encoding: Encoding | None, frame: pl.DataFrame) -> FloatArray:
    cells = frame.select(subject.columns)
    if subject.space is not None:
        return subject.space(cells)
    if encoding is None:
        raise ValueError("A subject without a space of its own needs an encoding.")
    return encoding.apply(cells)


def _scale(raw: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Middle and unit of each feature: its spread, or the step between its two values; 0 where it never changes."""
    middle, unit = np.zeros(raw.shape[1]), np.zeros(raw.shape[1])
    for place in range(raw.shape[1]):
        known = raw[np.isfinite(raw[:, place]), place]
        if not known.size:
            continue
        levels = np.unique(known)
        middle[place] = float(np.median(known))
        unit[place] = float(levels[1] - levels[0]) if levels.size == 2 else float(known.std())
    return middle, unit


def _points(raw: FloatArray, middle: FloatArray, unit: FloatArray) -> FloatArray:
    """Scaled features; what is missing lies in the middle, what never changes is left out."""
    used = unit > 0
    filled = np.where(np.isfinite(raw), raw, middle)[:, used]
    return np.ascontiguousarray((filled - middle[used]) / unit[used])


def _nearest_other(points: FloatArray, rows: IntArray) -> FloatArray:
    distances = distances_between(points[rows], points)
    distances[np.arange(rows.size), rows] = np.inf
    finite = distances.min(axis=1)
    return finite[np.isfinite(finite)] if np.isfinite(finite).any() else np.zeros(1)


def _root_mean_square(values: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt((values**2).mean(axis=1)) if values.shape[1] else np.zeros(len(values)), dtype=np.float64)
