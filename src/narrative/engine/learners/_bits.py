"""Leaves of trees with at most 64 leaves, by one bit per leaf instead of a walk.

Every split that a row fails (goes right) rules out the leaves left of it. Ruling out is one bitwise AND; the leftmost
leaf that remains is the row's leaf. No branch and no walk, and every step is a plain array operation. What all splits
on one feature rule out together is looked up, see :class:`RankTables`.

Source: Lucchese et al. 2015, "QuickScorer: a Fast Algorithm to Rank Documents with Additive Ensembles of Regression
Trees".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._grid import Grid
from narrative.engine.learners._tables import TREES_AT_ONCE, Groups, RankTables, Words
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray, IntArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees


class BitFinder:
    """Slots are ``tree × leaves_per_word + place of the leaf from the left``; words have the leftmost leaf lowest."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid, order: IntArray) -> None:
        n_inner = np.diff(topology.inner_starts)
        n_trees, most = len(order), int(n_inner.max(initial=0))
        self._word = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if most < np.iinfo(kind).bits)
        below, first = _leaf_spans(topology)
        left = topology.left
        ruled_out = ((np.uint64(1) << below[left]) - np.uint64(1)) << first[left]
        kept = np.invert(ruled_out.astype(self._word))
        place = np.empty(n_trees, dtype=np.int64)
        place[order] = np.arange(n_trees)
        tree = place.repeat(n_inner)
        self._tables = RankTables(trees, grid, tree, kept, np.bitwise_and)
        slot = tree * most + np.arange(len(tree)) - topology.inner_starts[:-1].repeat(n_inner)

        def spread(content: npt.NDArray[Any], padding: float, kind: Any) -> npt.NDArray[Any]:
            """One row per split and one column per tree, so that the AND runs over long rows."""
            table = np.full(n_trees * most, padding, dtype=kind)
            table[slot] = content
            return np.ascontiguousarray(table.reshape(n_trees, most).T)

        self._few_column = spread(grid.column, 0, np.intp)
        self._few_threshold = spread(trees.threshold, np.inf, np.float64)
        self._few_kept = spread(kept, np.iinfo(self._word).max, self._word)
        bits = np.iinfo(self._word).bits
        self._offset = (np.arange(n_trees, dtype=np.intp) * bits)[:, None]
        leaves = np.flatnonzero(~trees.inner)
        tree_of_leaf = np.arange(n_trees).repeat(n_inner + 1)
        self.values = np.zeros((trees.value.shape[1], n_trees * bits))
        self.values[:, self._offset[place[tree_of_leaf], 0] + first[leaves].astype(np.int64)] = trees.value.T
        self.rows_at_once = self._tables.rows_at_once
        self.trees_at_once = TREES_AT_ONCE
        self._grid = grid

    def of_row(self, cells: Sequence[float | None]) -> npt.NDArray[np.intp] | None:
        if not self._tables.is_kept:
            return None
        return self._slots(self._tables.of_row(cells)[:, None], 0, len(self._offset))

    def few(self, numbers: FloatArray) -> npt.NDArray[np.intp]:
        left = np.ascontiguousarray(numbers.T).take(self._few_column, axis=1) <= self._few_threshold
        # -left as a word is all ones where the row goes left: nothing is ruled out.
        kept = np.negative(left.astype(self._word)) | self._few_kept
        everything = np.iinfo(self._word).max  # What remains of a tree without splits.
        return self._slots(np.bitwise_and.reduce(kept, axis=1, initial=everything).T, 0, len(self._offset))

    def read(self, features: FloatArray) -> Groups:
        return self._tables.grouped(self._grid.ranks(features))

    def many(self, first: int, last: int, block: Groups) -> Callable[[slice], npt.NDArray[np.intp]]:
        join = self._tables.many(first, last, block)
        return lambda rows: self._slots(join(rows), first, last)

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
