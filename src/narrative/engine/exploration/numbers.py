"""How many groups there are, and whether there are any: against tables without groups, and by stability.

The number is the one with the largest mean silhouette among those whose groups are stable. There are groups at all
when the table stands out, over all numbers tried, from tables drawn with the same columns and pairwise relations.
Source: Rousseeuw (1987), "Silhouettes"; Hennig (2007), "Cluster-wise assessment of cluster stability" (mean Jaccard
below 0.75: not stable); Besag & Clifford (1989) for the Monte Carlo p-value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from narrative.engine.exploration.matrix import Matrix
from narrative.engine.exploration.null_tables import NullTables
from narrative.engine.types import FloatArray, IntArray

NUMBERS: Final = (2, 3, 4, 5, 6, 7, 8)
LOOKED_AT: Final = 500
"""Rows on which silhouettes are compared with those of tables without groups."""
NULL_TABLES: Final = 39
LEVEL: Final = 0.05
RESAMPLES: Final = 20
STABLE: Final = 0.75
WEAKEST: Final = 0.25
"""Mean silhouette below which there is no substantial structure (Kaufman & Rousseeuw 1990, table 4)."""
LEAST_SHARE: Final = 0.02
LEAST_ROWS: Final = 10
STARTS: Final = 2
Say = Callable[[str, float], None]


def say_nothing(message: str, share: float) -> None:
    """For callers who do not follow the work."""


@dataclass(frozen=True)
class Evidence:
    """What was found about the number of groups.

    Attributes:
        number: the best number that is stable; None when none is.
        p_value: share of tables without groups that stand out as much as this one.
        silhouettes, expected: by number tried, of the table and of the tables without groups (mean).
        stability: by number tried, of each group; only where it was computed.
    """

    number: int | None
    p_value: float
    silhouettes: dict[int, float]
    expected: dict[int, float]
    stability: dict[int, list[float]]


def weigh(matrix: Matrix, sample: IntArray, rng: np.random.Generator, say: Say, wanted: int | None = None) -> Evidence:
    """The evidence of a table.

    Args:
        sample: rows that stability is computed on.
        wanted: a number of groups that is asked for; its stability is computed too.
    """
    from threadpoolctl import threadpool_limits

    # The fits are many and tiny: threads would only wait for each other.
    with threadpool_limits(1):
        return _weigh(matrix.values[sample], matrix.owners, rng, say, wanted)


def _weigh(points: FloatArray, owners: list[str], rng: np.random.Generator, say: Say, wanted: int | None) -> Evidence:
    looked = points[np.sort(rng.permutation(points.shape[0])[:LOOKED_AT])]
    numbers = [number for number in NUMBERS if number * LEAST_ROWS <= looked.shape[0]] or [2]
    own = _silhouettes(looked, numbers, rng)
    nulls = NullTables(Matrix(points, owners), rng)
    drawn = np.empty((NULL_TABLES, len(numbers)))
    for index in range(NULL_TABLES):
        say("Comparing with tables that have no groups", 0.05 + 0.55 * index / NULL_TABLES)
        drawn[index] = _silhouettes(nulls.draw(looked.shape[0]), numbers, rng)
    p_value = monte_carlo(own, drawn)
    stability: dict[int, list[float]] = {}
    number = None
    for place in np.argsort(-own):
        candidate = numbers[int(place)]
        if own[place] < WEAKEST or number is not None:
            break
        # The number itself must stand out, not only another one: at most one table without groups comes as high.
        if own[place] <= np.sort(drawn[:, place])[-2]:
            continue
        say("Testing how stable the groups are", 0.65)
        stability[candidate] = stability_of(points, candidate, rng)
        sizes = np.bincount(assign(points, centres_of(points, candidate, rng)), minlength=candidate)
        if min(stability[candidate]) >= STABLE and sizes.min() >= max(LEAST_ROWS, LEAST_SHARE * points.shape[0]):
            number = candidate
    if wanted is not None and wanted not in stability:
        stability[wanted] = stability_of(points, wanted, rng)
    return Evidence(
        number=number,
        p_value=p_value,
        silhouettes=dict(zip(numbers, own.tolist(), strict=True)),
        expected=dict(zip(numbers, drawn.mean(axis=0).tolist(), strict=True)),
        stability=stability,
    )


def monte_carlo(own: FloatArray, drawn: FloatArray) -> float:
    """Share of tables, the own one among them, that stand out at least as much by their most remarkable number.

    Each number is set in relation to its mean and spread over all tables; as the own one is one of them, the share is
    exact when the own table is drawn like the others.
    """
    pooled = np.vstack([own, drawn])
    spread = pooled.std(axis=0)
    highest = ((pooled - pooled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).max(axis=1)
    return float((highest >= highest[0]).mean())


def centres_of(points: FloatArray, number: int, rng: np.random.Generator, starts: int = STARTS) -> FloatArray:
    """Centres of k-means, the best of some starts; ``number × n_features``."""
    from sklearn.cluster import KMeans

    seed = int(rng.integers(2**31 - 1))
    fitted = KMeans(number, n_init=starts, random_state=seed, max_iter=100).fit(points)
    return np.asarray(fitted.cluster_centers_, dtype=np.float64)


def assign(points: FloatArray, centres: FloatArray) -> IntArray:
    """The nearest centre of every point."""
    distances = (centres**2).sum(axis=1) - 2.0 * points @ centres.T
    return np.asarray(distances.argmin(axis=1), dtype=np.int64)


def stability_of(points: FloatArray, number: int, rng: np.random.Generator) -> list[float]:
    """Mean overlap (Jaccard) of each group with the most similar group of resampled rows.

    Groups are in the order of :func:`centres_of` sorted by size, the largest first.
    """
    own = by_size(points, centres_of(points, number, rng))
    labels = assign(points, own)
    overlap = np.zeros(number)
    for _ in range(RESAMPLES):
        drawn = points[rng.integers(points.shape[0], size=points.shape[0])]
        other = assign(points, centres_of(drawn, number, rng, starts=1))
        both = np.zeros((number, number))
        np.add.at(both, (labels, other), 1.0)
        union = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
        overlap += (both / np.maximum(union, 1.0)).max(axis=1)
    return [float(value) for value in overlap / RESAMPLES]


def by_size(points: FloatArray, centres: FloatArray) -> FloatArray:
    """The centres, that of the largest group first."""
    sizes = np.bincount(assign(points, centres), minlength=centres.shape[0])
    return centres[np.argsort(-sizes, kind="stable")]


def _silhouettes(points: FloatArray, numbers: list[int], rng: np.random.Generator) -> FloatArray:
    """Mean silhouette of k-means for every number; -1 where all points fall together."""
    squares = (points**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2.0 * points @ points.T, 0.0))
    found = np.full(len(numbers), -1.0)
    different = np.unique(points, axis=0).shape[0]
    for place, number in enumerate(numbers):
        if different > number:
            found[place] = silhouette(distances, assign(points, centres_of(points, number, rng)))
    return found


def silhouette(distances: FloatArray, labels: IntArray) -> float:
    """Mean over rows of (nearest other group - own group) / the larger of both, by mean distances.

    Source: Rousseeuw (1987), J. Comput. Appl. Math. 20; a row alone in its group counts 0.
    """
    present = np.unique(labels)
    if present.size < 2:
        return -1.0
    sizes = np.array([(labels == group).sum() for group in present], dtype=np.float64)
    sums = np.stack([distances[:, labels == group].sum(axis=1) for group in present], axis=1)
    own = np.searchsorted(present, labels)
    rows = np.arange(labels.size)
    inside = sums[rows, own] / np.maximum(sizes[own] - 1.0, 1.0)
    means = sums / sizes
    means[rows, own] = np.inf
    outside = means.min(axis=1)
    larger = np.maximum(inside, outside)
    values = np.where((sizes[own] > 1) & (larger > 0), (outside - inside) / np.where(larger > 0, larger, 1.0), 0.0)
    return float(values.mean())
