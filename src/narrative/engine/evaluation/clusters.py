"""Kinds of rows that are missed alike: found among the errors of one half, proven on the other.

What counts is the loss beyond what the model itself expects: a row it calls a toss-up is no surprise when it is missed.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.cases import rows_of_places
from narrative.engine.evaluation.pieces import Mask, pieces_of, told_conditions
from narrative.engine.evaluation.rows import Rows
from narrative.engine.evaluation.slices import LEVEL, SMALLEST, shuffled_p, surprises
from narrative.engine.evaluation.space import Space, distances_between
from narrative.engine.evaluation.telling import Named, absent, more, tell
from narrative.engine.evaluation.uncertainty import difference_bounds, found_by_false_discovery, welch_p
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray, IntArray

LEAST_ROWS: Final = 400
TESTED_ROWS: Final = 10_000
WORST_SHARE: Final = 0.1
MOST_CLUSTERS: Final = 6
ROUNDS: Final = 50
TRAITS: Final = 3


class Trait(BaseModel):
    """What rows of a cluster have in common: the share of them it holds for, and of the other rows (the baseline)."""

    model_config = ConfigDict(frozen=True)
    name: str
    conditions: list[dict[str, Any]]
    inside: float
    outside: float


class ErrorCluster(BaseModel):
    """A region of alike rows with more loss than the model expects; measured on rows that did not help to find it.

    ``surprise`` is the mean loss beyond the expected one inside, ``surprise_outside`` that of all other rows.
    """

    model_config = ConfigDict(frozen=True)
    n_rows: int
    share: float
    surprise: float
    surprise_outside: float
    interval: tuple[float, float]
    """Of the difference, 95 %."""
    p_value: float
    traits: list[Trait]
    rows: list[int]


class ErrorClusters(BaseModel):
    """Regions of surprising errors, the most surprising first; none is an answer."""

    model_config = ConfigDict(frozen=True)
    found: list[ErrorCluster]
    n_tested: int
    n_rows_tested: int
    level: float = LEVEL
    words: ChartStory


def error_clusters(space: Space, rows: Rows, *, seed: int = 42) -> ErrorClusters:
    """Where errors lie together.

    Args:
        space: learned from the cells of ``rows``.

    Raises:
        NotApplicable: ``too_few_rows`` below 400 rows.
    """
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"It takes {LEAST_ROWS} rows to tell clusters of errors from luck.")
    surprise = surprises(rows)
    order = np.random.default_rng(seed).permutation(rows.size)
    half = rows.size // 2
    looking, testing = np.sort(order[:half]), np.sort(order[half : half + TESTED_ROWS])
    worst = looking[np.argsort(-surprise[looking], kind="stable")[: max(int(WORST_SHARE * half), SMALLEST)]]
    regions = _regions(space.points, worst, seed)
    masks = [distances_between(space.points, centre[None, :])[:, 0] <= radius for centre, radius in regions]
    masks = [mask for mask in masks if SMALLEST <= int(mask[testing].sum()) <= testing.size - SMALLEST]
    if not masks:
        return ErrorClusters(found=[], n_tested=0, n_rows_tested=testing.size, words=_words([], testing.size))
    shuffled = shuffled_p(surprise[testing], np.stack([mask[testing] for mask in masks]), seed=seed)
    # Losses vary more where the model is unsure, which shuffling does not know; Welch's test does.
    p_values = [
        max(p, welch_p(surprise[testing][mask[testing]], surprise[testing][~mask[testing]]))
        for p, mask in zip(shuffled, masks, strict=True)
    ]
    stands = found_by_false_discovery(p_values, LEVEL)
    found = [
        _cluster(rows, surprise, mask, testing, p)
        for mask, p, stays in zip(masks, p_values, stands, strict=True)
        if stays
    ]
    found.sort(key=lambda each: (-each.surprise * each.n_rows, each.rows))
    words = _words(found, testing.size)
    return ErrorClusters(found=found, n_tested=len(masks), n_rows_tested=testing.size, words=words)


def _regions(points: FloatArray, worst: IntArray, seed: int) -> list[tuple[FloatArray, float]]:
    """Balls around clusters of the worst rows: centre, and the distance that holds three quarters of the cluster."""
    own = points[worst]
    regions = []
    for number in range(1, MOST_CLUSTERS + 1):
        if own.shape[1] == 0 or len(np.unique(own, axis=0)) < number:
            break
        labels = k_means(own, number, seed=seed)
        for place in range(number):
            members = own[labels == place]
            if len(members) >= SMALLEST // 2:
                centre = members.mean(axis=0)
                away = distances_between(members, centre[None, :])[:, 0]
                regions.append((centre, float(np.quantile(away, 0.75))))
    return regions


def k_means(points: FloatArray, number: int, *, seed: int = 42) -> IntArray:
    """Cluster of each point, 0 to ``number`` - 1: centres move to the mean of their points until nothing changes.

    Source: Lloyd (1982), "Least squares quantization in PCM", IEEE Transactions on Information Theory 28; Arthur &
    Vassilvitskii (2007), "k-means++: the advantages of careful seeding", SODA, for where they begin.
    """
    random = np.random.default_rng(seed)
    centres = points[[int(random.integers(len(points)))]]
    while len(centres) < number:
        squares = distances_between(points, centres).min(axis=1) ** 2
        shares = squares / squares.sum() if squares.sum() > 0 else None
        centres = np.vstack([centres, points[random.choice(len(points), p=shares)]])
    labels = distances_between(points, centres).argmin(axis=1)
    for _ in range(ROUNDS):
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, points)
        counts = np.bincount(labels, minlength=number)[:, None]
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
        moved = distances_between(points, centres).argmin(axis=1)
        if (moved == labels).all():
            break
        labels = moved
    return np.asarray(labels, dtype=np.int64)


def _cluster(rows: Rows, surprise: FloatArray, mask: Mask, testing: IntArray, p_value: float) -> ErrorCluster:
    inside, outside = testing[mask[testing]], testing[~mask[testing]]
    own, others = surprise[inside], surprise[outside]
    return ErrorCluster(
        n_rows=int(inside.size),
        share=inside.size / testing.size,
        surprise=float(own.mean()),
        surprise_outside=float(others.mean()),
        interval=difference_bounds(own, others),
        p_value=p_value,
        traits=_traits(rows, mask),
        rows=rows_of_places(rows, np.flatnonzero(mask)),
    )


def _traits(rows: Rows, mask: Mask) -> list[Trait]:
    """The pieces of columns that set the rows apart, one a column, the clearest first."""
    best: dict[str, Trait] = {}
    for piece in pieces_of(rows.cells, least=SMALLEST):
        trait = Trait(
            name=piece.name,
            conditions=piece.conditions,
            inside=float(piece.mask[mask].mean()),
            outside=float(piece.mask[~mask].mean()),
        )
        held = best.get(piece.column)
        if held is None or trait.inside - trait.outside > held.inside - held.outside:
            best[piece.column] = trait
    return sorted(best.values(), key=lambda trait: (trait.outside - trait.inside, trait.name))[:TRAITS]


def _words(found: list[ErrorCluster], n_rows: int) -> ChartStory:
    account = {
        "found": Named(len(found), "clusters that stand", "integer"),
        "n": Named(n_rows, "rows they were tested on", "integer", "rows"),
    }
    if not found or not found[0].traits:
        text = "Its errors form no cluster beyond luck and beyond its own doubts ({n:unit})."
        return tell(account, (text, absent("found"), "presence"))
    trait = found[0].traits[0]
    where, named = told_conditions(trait.conditions)
    account |= {
        **named,
        "size": Named(found[0].n_rows, "rows of the cluster", "integer", "rows"),
        "inside": Named(trait.inside, "share of the cluster it holds for", "percent"),
        "outside": Named(trait.outside, "share of the other rows", "percent"),
    }
    text = f"Surprising errors gather in {{size:unit}}: {where} holds for {{inside}}, more than {{outside}} elsewhere."
    return tell(account, (text, more("inside", "outside"), "order"))
