"""Functions of one column each, in steps, as trees that ask about that column alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from narrative.engine.candidates._forest import Forest
from narrative.engine.learners._grid import LARGEST_FEATURE
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray


@dataclass
class _Node:
    feature: int
    cover: float
    threshold: float = 0.0
    left: int = -1
    right: int = -1
    value: FloatArray | None = None


@dataclass
class OneColumnTrees:
    """Collects one tree per column; their sum is a learner."""

    _nodes: list[_Node] = field(default_factory=list)
    _roots: list[int] = field(default_factory=list)

    @property
    def n_trees(self) -> int:
        return len(self._roots)

    def add(self, feature: int, cuts: FloatArray, values: FloatArray, weights: FloatArray) -> None:
        """The function of one column.

        Args:
            cuts: borders of its ranges, ascending; a value on a border belongs to the range below.
            values: per range from low to high, then for missing, one value per output; ``(len(cuts) + 2) × n_outputs``.
            weights: of the training rows in each range, then of the missing.
        """
        self._roots.append(len(self._nodes))
        root = self._new(_Node(feature, float(weights.sum()), LARGEST_FEATURE))
        root.left = len(self._nodes)
        self._halve(feature, cuts, values[:-1], weights[:-1])
        root.right = len(self._nodes)
        self._new(_Node(feature, float(weights[-1]), value=values[-1]))

    def learner(self, n_features: int, base: FloatArray) -> Trees:
        """The sum of the trees and ``base``, one entry per output."""
        nodes = self._nodes
        blank = np.zeros(len(base))
        return Forest(
            roots=np.array(self._roots, dtype=np.int64),
            left=np.array([node.left for node in nodes], dtype=np.int64),
            right=np.array([node.right for node in nodes], dtype=np.int64),
            feature=np.array([node.feature for node in nodes], dtype=np.int64),
            threshold=np.array([node.threshold for node in nodes], dtype=np.float64),
            missing_left=np.zeros(len(nodes), dtype=np.bool_),
            cover=np.array([node.cover for node in nodes], dtype=np.float64),
            value=np.array([blank if node.value is None else node.value for node in nodes], dtype=np.float64),
        ).to_trees(n_features=n_features, base=base)

    def _halve(self, feature: int, cuts: FloatArray, values: FloatArray, weights: FloatArray) -> None:
        """The tree of some neighbouring ranges: the middle border first."""
        node = self._new(_Node(feature, float(weights.sum())))
        if len(cuts) == 0:
            node.value = values[0]
            return
        middle = len(cuts) // 2
        node.threshold = float(cuts[middle])
        node.left = len(self._nodes)
        self._halve(feature, cuts[:middle], values[: middle + 1], weights[: middle + 1])
        node.right = len(self._nodes)
        self._halve(feature, cuts[middle + 1 :], values[middle + 1 :], weights[middle + 1 :])

    def _new(self, node: _Node) -> _Node:
        self._nodes.append(node)
        return node
