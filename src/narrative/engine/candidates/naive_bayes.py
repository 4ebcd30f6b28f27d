"""Naive Bayes: every column votes on its own."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._one_column_trees import OneColumnTrees
from narrative.engine.candidates._work import Watch, class_shares
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray, IntArray, Problem

FACTORS = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
ROWS_FOR_FACTOR = 20_000


class NaiveBayes(LearningCandidate):
    """Each column is cut into ranges of about equally many rows, missing being one of its own; the logarithm of how
    much more frequent a range is in a class adds to that class. Columns that say the same are counted once each, so
    the sum is too sure of itself: one factor for all, found on the training rows, takes that back.

    A column is a tree that asks about nothing else, so the learner is :class:`Trees` and reasons are exact.

    Source: Yang and Webb 2009, "Discretization for naive-Bayes learning: managing discretization bias and variance".
    """

    name: ClassVar[str] = "naive_bayes"
    title: ClassVar[str] = "Naive Bayes"
    sentence: ClassVar[str] = (
        "Lets every column vote on its own by how often its value occurs in each class; very quick, fair with few rows "
        "and many columns, and blind to what columns say only together."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 90
    by_default_share: ClassVar[float] = 0.01
    seconds_at_least: ClassVar[float] = 0.02
    seconds_per_million_cells: ClassVar[float] = 0.15

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        ranges = int(np.clip(round((max(n_rows, 2)) ** (1 / 3)), 2, 32))
        return [
            {"note": "Standard: ranges as many as the rows afford.", "ranges": ranges, "smoothing": 1.0},
            {"note": "Coarse: half as many ranges.", "ranges": max(2, ranges // 2), "smoothing": 5.0},
            {"note": "Fine: twice as many ranges.", "ranges": 2 * ranges, "smoothing": 2.0},
        ]

    def estimated_seconds(self, n_rows: int, n_features: int, n_classes: int) -> float:
        """Rows are counted once whatever the number of classes."""
        return super().estimated_seconds(n_rows, n_features, min(n_classes, 2))

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 10_000_000 + 16 * n_rows + 16 * n_features * 64 * max(2, n_classes) + 32 * n_rows * max(2, n_classes)

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        watch = Watch(options, data.features.shape[1])
        weights = np.ones(len(data.target)) if data.weights is None else data.weights / data.weights.mean()
        prior = class_shares(data)
        trees = OneColumnTrees()
        for feature, values in enumerate(data.features.T):
            cuts = _cuts(values, int(settings["ranges"]))
            place = np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values))
            counts = _counts(place, len(cuts) + 2, data, weights)
            votes = _votes(counts, prior, float(settings["smoothing"]))
            trees.add(feature, cuts, _per_output(data, votes), counts.sum(axis=1))
            if watch.time_is_up(feature + 1):
                break
        plain = trees.learner(data.features.shape[1], _per_output(data, np.log(prior)[None])[0])
        factor = _factor(plain, data, weights)
        learner = plain.changed(value=plain.value * factor)
        stopped = watch.stopped_by_deadline and trees.n_trees < data.features.shape[1]
        return Fitted(learner, stopped_by_deadline=stopped, details={"factor": factor})


def _cuts(values: FloatArray, ranges: int) -> FloatArray:
    """Borders between ranges of about equally many rows, halfway between two values that occur."""
    present = np.sort(values[~np.isnan(values)])
    if present.size == 0:
        return np.zeros(0)
    places = np.linspace(0, present.size - 1, ranges + 1)[1:-1].round().astype(np.int64)
    lower = np.unique(present[places])
    after = np.searchsorted(present, lower, side="right")
    inside = after < present.size
    return np.unique(0.5 * lower[inside] + 0.5 * present[after[inside]])


def _counts(place: IntArray, n_ranges: int, data: TrainingData, weights: FloatArray) -> FloatArray:
    """Weight of the rows of each range and class, ``n_ranges × n_classes``."""
    n_classes = max(2, data.n_classes)
    cell = place * n_classes + data.target.astype(np.int64)
    counts = np.bincount(cell, weights=weights, minlength=n_ranges * n_classes)
    return counts.astype(np.float64, copy=False).reshape(n_ranges, n_classes)


def _votes(counts: FloatArray, prior: FloatArray, smoothing: float) -> FloatArray:
    """How much more frequent each class is in each range than overall, as logarithm; ``n_ranges × n_classes``.

    ``smoothing`` rows with the usual shares of classes are added to every range: an empty one says nothing.
    """
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(np.log((counts + smoothing * prior) / ((total + smoothing) * prior)))


def _per_output(data: TrainingData, of_classes: FloatArray) -> FloatArray:
    """Of a binary problem one output: the second class against the first."""
    return of_classes[:, 1:] - of_classes[:, :1] if data.problem == "binary" else of_classes


def _factor(plain: Trees, data: TrainingData, weights: FloatArray) -> float:
    """The factor on the votes with the least log loss on (a part of) the training rows."""
    step = max(1, len(data.target) // ROWS_FOR_FACTOR)
    votes, classes = plain.margins(data.features[::step]) - plain.base, data.target[::step].astype(np.int64)
    losses = []
    for factor in FACTORS:
        margins = plain.base + factor * votes
        if margins.shape[1] == 1:
            margins = np.concatenate([np.zeros_like(margins), margins], axis=1)
        picked = margins[np.arange(len(classes)), classes]
        losses.append(np.average(np.logaddexp.reduce(margins, axis=1) - picked, weights=weights[::step]))
    return float(FACTORS[int(np.argmin(losses))])
