"""Leaves of trees with at most 64 leaves, by one bit per leaf instead of a walk.

Every split that a row fails (goes right) rules out the leaves left of it. Ruling out is one bitwise AND; the leftmost
leaf that remains is the row's leaf. No branch and no walk, and every step is a plain array operation. Eight splits at
a time are looked up in a table of their 256 outcomes.

Source: Lucchese et al. 2015, "QuickScorer: a Fast Algorithm to Rank Documents with Additive Ensembles of Regression
Trees".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._grid import Codes, Grid
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray, IntArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

Words = npt.NDArray[Any]
"""Unsigned integers with one bit per leaf, the leftmost leaf lowest."""


class BitFinder:
    """Slots are ``tree × leaves_per_word + place of the leaf from the left``."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid, order: IntArray) -> None:
        n_inner = np.diff(topology.inner_starts)
        n_trees, most = len(order), int(n_inner.max(initial=0))
        self._word = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if most < np.iinfo(kind).bits)
        self._groups = -(-max(1, most) // 8)
        width = 8 * self._groups
        place = np.empty(n_trees, dtype=np.int64)
        place[order] = np.arange(n_trees)
        tree = np.arange(n_trees).repeat(n_inner)
        slot = place[tree] * width + np.arange(len(tree)) - topology.inner_starts[tree]

        def spread(content: npt.NDArray[Any], padding: float, kind: Any) -> npt.NDArray[Any]:
            table = np.full(n_trees * width, padding, dtype=kind)
            table[slot] = content
            return table.reshape(n_trees, width)

        below, first = _leaf_spans(topology)
        everything = np.iinfo(self._word).max
        left = topology.left
        ruled_out = ((np.uint64(1) << below[left]) - np.uint64(1)) << first[left]
        self._column = spread(grid.column, 0, np.intp)
        self._rank = spread(grid.rank, grid.never, grid.dtype)
        self._kept = spread(np.invert(ruled_out.astype(self._word)), everything, self._word)
        self._few_column = np.ascontiguousarray(self._column.T)
        self._few_threshold = np.ascontiguousarray(spread(trees.threshold, np.inf, np.float64).T)
        self._few_kept = np.ascontiguousarray(self._kept.T)
        self._bits = np.iinfo(self._word).bits
        self._offset = (np.arange(n_trees, dtype=np.intp) * self._bits)[:, None]
        leaves = np.flatnonzero(~trees.inner)
        tree_of_leaf = np.arange(n_trees).repeat(n_inner + 1)
        self.values = np.zeros((trees.value.shape[1], n_trees * self._bits))
        self.values[:, self._offset[place[tree_of_leaf], 0] + first[leaves].astype(np.int64)] = trees.value.T
        self.rows_at_once = 65_536 // width

    def few(self, numbers: FloatArray) -> npt.NDArray[np.intp]:
        # Trees last and splits before them: the AND then runs over long rows.
        left = np.ascontiguousarray(numbers.T).take(self._few_column, axis=1) <= self._few_threshold
        # -left as a word is all ones where the row goes left: nothing is ruled out.
        kept = np.negative(left.astype(self._word)) | self._few_kept
        return self._slots(np.bitwise_and.reduce(kept, axis=1).T, 0, len(self._offset))

    def many(self, first: int, last: int) -> Callable[[Codes], npt.NDArray[np.intp]]:
        column, rank = self._column[first:last], self._rank[first:last, :, None]
        table, starts = self._outcomes(first, last)
        shape = (last - first, self._groups, -1)

        def find(codes: Codes) -> npt.NDArray[np.intp]:
            answers = codes.take(column, axis=0) <= rank
            splits = answers.view(np.uint8).reshape(len(starts), 8, codes.shape[1])
            outcome = splits[:, 7].copy()
            for split in range(6, -1, -1):
                outcome += outcome
                outcome |= splits[:, split]
            kept = table.take(outcome + starts, mode="clip").reshape(shape)
            return self._slots(np.bitwise_and.reduce(kept, axis=1), first, last)

        return find

    def _outcomes(self, first: int, last: int) -> tuple[Words, npt.NDArray[np.intp]]:
        """For every group of eight splits and each of their 256 outcomes, the leaves that remain."""
        kept = self._kept[first:last].reshape(-1, 8)
        table = np.full((len(kept), 256), np.iinfo(self._word).max, dtype=self._word)
        for split in range(8):
            halves = table.reshape(len(kept), -1, 2, 1 << split)
            halves[:, :, 0] &= kept[:, split, None, None]
        return table.reshape(-1), (np.arange(len(kept), dtype=np.intp) * 256)[:, None]

    def _slots(self, kept: Words, first: int, last: int) -> npt.NDArray[np.intp]:
        lowest = kept & np.negative(kept)
        slots: npt.NDArray[np.intp] = np.bitwise_count(lowest - self._word(1)) + self._offset[first:last]
        return slots


def _leaf_spans(topology: Topology) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """For every node the number of leaves below it and, counted from the left, the first of them."""
    below = np.ones(topology.n_nodes, dtype=np.uint64)
    first = np.zeros(topology.n_nodes, dtype=np.uint64)
    depth = topology.depth[topology.inner_nodes]
    levels = [np.flatnonzero(depth == level) for level in range(topology.max_depth)]
    for inner in reversed(levels):
        left = topology.left[inner]
        below[topology.inner_nodes[inner]] = below[left] + below[left + 1]
    for inner in levels:
        node, left = topology.inner_nodes[inner], topology.left[inner]
        first[left] = first[node]
        first[left + 1] = first[node] + below[left]
    return below, first
