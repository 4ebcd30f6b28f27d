"""Nearest neighbours: the answer of the training rows that are most alike."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.learners._checks import array_of, damaged, feature_matrix, whole_number
from narrative.engine.learners._scale import floored_margins
from narrative.engine.learners.base import Arrays, Learner
from narrative.engine.learners.trees import Link
from narrative.engine.types import FloatArray, IntArray

LARGEST = 1e38
MOST_REFERENCES = 64
"""Every reason is worked out against every reference: a file with a million of them would keep a server busy."""
MOST_STEPS = 40
"""A walk has at most so many steps; with more features some change together and share it by how far they moved."""
NEAREST = 1e-9
"""Distances below this count as this one, so that a row that is itself among the stored ones has a finite weight."""


class Neighbors(Learner):
    """The weighted mean of the targets of the nearest stored rows, as it is or as probabilities of classes.

    Features are shifted and scaled first, a gap counting as the shift. Distances are Euclidean, neighbours weigh the
    same or by one over their distance, and ``smoothing`` rows of the usual answer are added to them.

    Effects: from each of a few reference rows one walks to the row in question by changing one feature after the
    other, forwards for one reference and backwards for the next, and notes what each change did to the margin. The
    changes of a walk add up to the whole difference, and so does their mean over the walks: an estimate of Shapley
    values by few orders, exact in its sum. With many features several change at once.

    Args:
        shift, scale: per feature, shape ``n_features``; scales may be zero for features that do not count.
        rows: stored rows in shifted and scaled form, ``n_stored × n_features``.
        targets: per stored row its value, 1 or 0 for the second class, or 1 for its class; ``n_stored × n_outputs``.
        weights: per stored row how much it counts, shape ``n_stored``, positive.
        usual: the mean answer, shape ``n_outputs``.
        references: rows that walks start from, as features, ``n_references × n_features``.
        order: the order of features of each walk, ``n_references × n_features``.
        n_neighbors: how many are asked; at most ``n_stored``.
        by_distance: whether nearer ones count more.

    Source: Cover and Hart 1967, "Nearest neighbor pattern classification"; Castro, Gómez and Tejada 2009, "Polynomial
    calculation of the Shapley value based on sampling" (orders); Mitchell et al. 2022, "Sampling Permutations for
    Shapley Value Estimation" (forwards and backwards).
    """

    name: ClassVar[str] = "neighbors"

    def __init__(
        self,
        *,
        shift: FloatArray,
        scale: FloatArray,
        rows: FloatArray,
        targets: FloatArray,
        weights: FloatArray,
        usual: FloatArray,
        references: FloatArray,
        order: IntArray,
        n_neighbors: int,
        by_distance: bool,
        smoothing: float = 0.0,
        link: Link = "margin",
        floor: float = 1e-6,
    ) -> None:
        self.shift, self.scale = shift, scale
        self.rows = np.ascontiguousarray(rows)
        self.targets, self.weights, self.usual = targets, weights, usual
        self.references, self.order = references, order
        self.n_neighbors, self.by_distance = n_neighbors, by_distance
        self.smoothing, self.link, self.floor = smoothing, link, floor
        self._squares = np.einsum("sf,sf->s", self.rows, self.rows)

    @property
    def n_features(self) -> int:
        return len(self.shift)

    @property
    def n_outputs(self) -> int:
        return int(self.targets.shape[1])

    def margins(self, features: FloatArray) -> FloatArray:
        matrix = feature_matrix(features, self.n_features)
        means = np.empty((len(matrix), self.n_outputs))
        # One row at a time: its bits then do not depend on the others, and its distances stay in the cache.
        for place, row in enumerate(self._even(matrix)):
            means[place] = self._mean(row)
        return floored_margins(means, self.floor) if self.link == "probability" else means

    def contributions(self, features: FloatArray) -> FloatArray:
        """See the contract; the base is the mean margin of the references."""
        matrix = feature_matrix(features, self.n_features)
        matrix = np.where(np.isnan(matrix), self.shift, matrix)
        effects = np.zeros((len(matrix), self.n_outputs, self.n_features + 1))
        own, starts = self.margins(matrix), self.margins(self.references)
        for reference, order, start in zip(self.references, self.order, starts, strict=True):
            for place, row in enumerate(matrix):
                # A feature that is alike in both has no effect, and one that does not count neither.
                walk = order[((row != reference) & (self.scale > 0.0))[order]]
                if len(walk):
                    parts = np.array_split(walk, min(len(walk), MOST_STEPS))
                    changes = np.diff(self._passed(reference, row, parts, start, own[place]), axis=0)
                    shares = self._shares(row - reference, parts)
                    effects[place][:, walk] += (np.repeat(changes, [len(part) for part in parts], axis=0) * shares).T
        effects[:, :, -1] = starts.sum(axis=0)
        return effects / len(self.references)

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        description = {name: getattr(self, name) for name in _NUMBERS}
        return description, {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_parts(cls, description: dict[str, Any], arrays: Arrays) -> Neighbors:
        parts = {name: array_of(arrays, name, kind, n) for name, (kind, n) in _ARRAYS.items()}
        by_distance, link = description.get("by_distance"), description.get("link")
        smoothing, floor = description.get("smoothing"), description.get("floor")
        if not isinstance(by_distance, bool):
            damaged("'by_distance' must be true or false")
        if link not in ("margin", "probability"):
            damaged(f"'link' must be margin or probability, it is {link!r}")
        if not isinstance(floor, float) or not 0.0 < floor < 0.5:
            damaged("'floor' must be a number between 0 and 0.5")
        if not isinstance(smoothing, float) or not 0.0 <= smoothing < LARGEST:
            damaged("'smoothing' must be a number of at least 0")
        learner = cls(
            n_neighbors=whole_number(description, "n_neighbors", 1),
            by_distance=by_distance,
            smoothing=smoothing,
            link=link,
            floor=floor,
            **parts,
        )
        learner.validate()
        return learner

    def validate(self) -> None:
        """Check that the parts fit each other. Raises ``InvalidInput('learner_damaged')``."""
        width, stored = self.n_features, len(self.rows)
        if len(self.scale) != width or not (self.scale >= 0.0).all():
            damaged("'scale' must have one entry of at least 0 per feature")
        if self.rows.shape[1] != width or len(self.targets) != stored or not 1 <= self.n_neighbors <= stored:
            damaged("the stored rows do not fit its features, targets or number of neighbours")
        if len(self.weights) != stored or not (self.weights > 0.0).all():
            damaged("'weights' must have one positive entry per stored row")
        if self.n_outputs == 0 or len(self.usual) != self.n_outputs:
            damaged("it must have an output, and 'usual' one entry for each")
        if len(self.references) == 0 or self.references.shape[1] != width or self.order.shape != self.references.shape:
            damaged("'references' must hold at least one row of all features, and 'order' as many")
        if len(self.references) > MOST_REFERENCES:
            damaged(f"it has more than {MOST_REFERENCES} reference rows")
        if (np.sort(self.order, axis=1) != np.arange(width)).any():
            damaged("'order' must name every feature once")

    def changed(self, **parts: Any) -> Neighbors:
        """The same neighbours with other values for some of the constructor's arguments."""
        description, arrays = self.to_parts()
        return Neighbors(**{**description, **arrays, **parts})

    def _passed(
        self, reference: FloatArray, row: FloatArray, parts: list[IntArray], start: FloatArray, end: FloatArray
    ) -> FloatArray:
        """Margins along a walk that changes the features of one part after the other, both ends included."""
        steps = np.tile(reference, (len(parts) - 1, 1))
        for done, part in enumerate(parts[:-1]):
            steps[done:, part] = row[part]
        return np.concatenate([start[None], self.margins(steps), end[None]])

    def _shares(self, change: FloatArray, parts: list[IntArray]) -> FloatArray:
        """What each feature of a walk has of its step: all of it when it is alone, else by how far it moved."""
        moved = np.concatenate([np.abs(change[part] * self.scale[part]) for part in parts])
        moved = np.where(moved > 0.0, np.minimum(moved, LARGEST), 1.0)  # Zero: too small a product for a number.
        sizes = [len(part) for part in parts]
        totals = np.add.reduceat(moved, np.cumsum([0, *sizes[:-1]]))
        return np.asarray(moved / np.repeat(totals, sizes))[:, None]

    def _even(self, matrix: FloatArray) -> FloatArray:
        filled = np.clip(np.where(np.isnan(matrix), self.shift, matrix), -LARGEST, LARGEST)
        return np.asarray((filled - self.shift) * self.scale)

    def _mean(self, row: FloatArray) -> FloatArray:
        """Mean target of the nearest stored rows."""
        # Squared distances up to a part that all of them share; einsum adds alike on any number of threads.
        farther = self._squares - 2.0 * np.einsum("sf,f->s", self.rows, row)
        near = np.argpartition(farther, self.n_neighbors - 1)[: self.n_neighbors]
        near.sort()
        weights = self.weights[near]
        if self.by_distance:
            apart = self.rows[near] - row
            closeness = 1.0 / np.maximum(np.sqrt(np.einsum("sf,sf->s", apart, apart)), NEAREST)
            weights = weights * closeness / closeness.max()
        total = (weights[:, None] * self.targets[near]).sum(axis=0) + self.smoothing * self.usual
        return np.asarray(total / (weights.sum() + self.smoothing))


_NUMBERS = ("n_neighbors", "by_distance", "smoothing", "link", "floor")
_ARRAYS: dict[str, tuple[type[np.generic], int]] = {
    "shift": (np.float64, 1),
    "scale": (np.float64, 1),
    "rows": (np.float64, 2),
    "targets": (np.float64, 2),
    "weights": (np.float64, 1),
    "usual": (np.float64, 1),
    "references": (np.float64, 2),
    "order": (np.int64, 2),
}
