"""Rows made between rows of a rare class: numbers on the line between two of them, categories taken from one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from narrative.engine.imbalance._space import Space, thinned
from narrative.engine.imbalance._wording import fewer_note, too_few_note
from narrative.engine.imbalance.base import Balanced, Rows, SamplingSettings
from narrative.engine.types import FloatArray, IntArray

MOST_CELLS = 20_000_000
"""Made rows × features, 160 MB: every further copy of them on the way to a model takes as much again."""
LEAST_TO_MIX = 3
"""Rows of a class below which nothing can be said about what lies between them; they are repeated instead."""


@dataclass(frozen=True)
class Wish:
    """Rows to make of one class: how many, from which of its rows (positions), and how likely each is chosen."""

    count: int
    bases: IntArray
    chances: FloatArray | None = None


def wanted(rows: Rows, ratio: float) -> tuple[dict[int, int], list[str]]:
    """Class -> rows to make, so that it has ``ratio`` rows for each one of the most frequent class; and notes.

    With many classes that can be many times the table: no more than :data:`MOST_CELLS` hold are made, unless as many
    are given; each class then gets the same part of what it lacks.
    """
    most = int(rows.counts.max())
    goal = round(ratio * most)
    lacking = {index: goal - int(n) for index, n in enumerate(rows.counts) if 0 < n < goal and n < most}
    total, limit = sum(lacking.values()), max(rows.target.size, MOST_CELLS // rows.features.shape[1])
    if total <= limit:
        return lacking, []
    made = {index: count * limit // total for index, count in lacking.items()}
    return made, [fewer_note(sum(made.values()), total)]


@dataclass(frozen=True)
class Rare:
    """One rare class: the rows that made ones come from (positions), and what they are made with."""

    rows: Rows
    space: Space
    index: int
    own: IntArray
    random: np.random.Generator

    def among(self, n_questions: int, *, others_only: bool = False) -> IntArray:
        """Rows of all classes, or of all others, to look for neighbours in; a part of them where they are too many."""
        target = self.rows.target
        found = np.flatnonzero(target != self.index) if others_only else np.arange(target.size)
        return thinned(found.astype(np.int64), n_questions, self.random)

    def share_of_others(self, k: int) -> FloatArray:
        """Share of other classes among the k rows nearest to each row of the class."""
        among = self.among(self.own.size)
        near = self.space.neighbours(self.own, among, min(k, among.size - 1))
        return np.asarray((self.rows.target[near] != self.index).mean(axis=1), dtype=np.float64)


Make = Callable[[Rare, int], tuple[FloatArray, list[str]]]
"""So many rows of a rare class, ``count × n_features``, and notes on what could not be done as intended."""


def filled(rows: Rows, settings: SamplingSettings, seed: int, make: Make) -> Balanced:
    """The given rows, followed by made ones of every rare class; one too small for that has its rows repeated."""
    random, space = np.random.default_rng(seed), Space(rows.features, rows.layout)
    made: dict[int, FloatArray] = {}
    lacking, notes = wanted(rows, settings.ratio)
    for index, count in lacking.items():
        own = np.flatnonzero(rows.target == index).astype(np.int64)
        if own.size < LEAST_TO_MIX:
            made[index], said = _repeated(rows, own, count, random), [too_few_note(own.size)]
        else:
            made[index], said = make(Rare(rows, space, index, thinned(own, own.size, random), random), count)
        notes += said
    features = np.concatenate([rows.features, *made.values()])
    target = np.concatenate([rows.target, *(np.full(len(part), float(index)) for index, part in made.items())])
    return Balanced(features, target, rows.n_classes, rows.target.size, notes=notes)


def _repeated(rows: Rows, own: IntArray, count: int, random: np.random.Generator) -> FloatArray:
    """Rows of a class once more, as evenly as it goes."""
    turns = np.resize(own, count)
    return np.asarray(rows.features[random.permutation(turns)], dtype=np.float64)


def lowered(settings: SamplingSettings, own: IntArray) -> int:
    """Neighbours a class of this size can have."""
    return min(settings.k_neighbors, own.size - 1)


def between(
    rare: Rare,
    wish: Wish,
    k: int,
    *,
    partners: IntArray | None = None,
    reach: FloatArray | None = None,
) -> FloatArray:
    """Made rows, ``wish.count × n_features``.

    Args:
        partners: ``len(wish.bases) × k`` rows that made ones lie towards; by default the nearest of the class.
        reach: largest share of the way towards a partner, of that shape; by default the whole way.
    """
    space, random = rare.space, rare.random
    donors = space.neighbours(wish.bases, rare.own, k)
    if partners is None:
        partners = donors
    base = random.choice(wish.bases.size, size=wish.count, p=wish.chances)
    column = random.integers(partners.shape[1], size=wish.count)
    partner = partners[base, column]
    gap = random.random(wish.count) * (1.0 if reach is None else reach[base, column])
    start, end = space.features[wish.bases[base]], space.features[partner]
    made = np.array(start)
    for numbers, flags in zip(space.numbers, space.flags, strict=True):
        # Where a mark beside a number differs (a gap, another code), what lies between them means nothing.
        same = (start[:, flags] == end[:, flags]).all(axis=1)
        for index in numbers:
            line = start[:, index] + gap * (end[:, index] - start[:, index])
            made[:, index] = np.where(same & np.isfinite(line), line, start[:, index])
    for block, features in enumerate(space.blocks):
        chosen = _most_common(space, block, wish.bases, donors)[base]
        made[:, features] = space.features[chosen][:, features]
    return made


def _most_common(space: Space, block: int, bases: IntArray, donors: IntArray) -> IntArray:
    """Per base, a neighbour with the category most of the neighbours have; the nearest of several such."""
    ids = space.ids
    if ids is None:
        return bases
    own = ids[donors, block]
    votes = (own[:, :, None] == own[:, None, :]).sum(axis=2)
    winner = np.asarray(donors[np.arange(len(bases)), votes.argmax(axis=1)], dtype=np.int64)
    # Where no two neighbours agree, the row's own category is as good as any, and it is real with this row's numbers.
    return np.where(votes.max(axis=1) > 1, winner, bases)
