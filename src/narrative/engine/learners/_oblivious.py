"""Leaves of oblivious trees, which ask the same question at every node of a level: the answers are the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._grid import Grid
from narrative.engine.learners._tables import TREES_AT_ONCE, Groups, RankTables, Words
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray, IntArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

DEEPEST = 16


def is_oblivious(trees: Trees, topology: Topology) -> bool:
    """Whether every tree is complete and asks one question per level."""
    n_inner = np.diff(topology.inner_starts)
    depths = np.bitwise_count(n_inner)
    complete = n_inner == (1 << depths.astype(np.int64)) - 1
    if not complete.all() or depths.max(initial=0) > DEEPEST:
        return False
    first = _first_of_level(topology)
    same = (
        (trees.feature == trees.feature[first])
        & (trees.threshold == trees.threshold[first])
        & (trees.missing_left == trees.missing_left[first])
    )
    depth = topology.depth[topology.inner_nodes]
    place = np.arange(len(n_inner)).repeat(n_inner)
    rank = np.arange(len(depth)) - topology.inner_starts[place]
    level_is_whole = (rank + 1) >> depth == 1
    return bool(same.all() and level_is_whole.all())


class ObliviousFinder:
    """Slots are ``tree × 2^depth + answers``, the root's answer first."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid, order: IntArray) -> None:
        n_inner = np.diff(topology.inner_starts)
        depths = np.bitwise_count(n_inner).astype(np.int64)[order]
        self._depth = depth = int(depths.max(initial=0))
        n_trees = len(order)
        self._answer_type = np.uint8 if depth <= 8 else np.uint16
        level = topology.depth[topology.inner_nodes]
        tree_depth = np.bitwise_count(n_inner).repeat(n_inner).astype(np.int64)
        # The bit of the address that an answer "right" sets: the last level of every tree is the lowest.
        bit = (np.int64(1) << (tree_depth - 1 - level)).astype(self._answer_type)
        place = np.empty(n_trees, dtype=np.int64)
        place[order] = np.arange(n_trees)
        self._tables = RankTables(trees, grid, place.repeat(n_inner), bit, np.bitwise_or)
        self._column = np.zeros((n_trees, depth), dtype=np.intp)
        self._threshold = np.full((n_trees, depth), np.inf)
        for step in range(depth):
            # Shallow trees are padded in front with a question that is always answered "left".
            real = np.flatnonzero(depths >= depth - step)
            own_level = step - (depth - depths[real])
            node = topology.inner_starts[order[real]] + (1 << own_level) - 1
            self._column[real, step] = grid.column[node]
            self._threshold[real, step] = trees.threshold[node]
        self._offset = (np.arange(n_trees, dtype=np.intp) << depth)[:, None]
        self.values = self._table(trees, topology, order, depths)
        self.rows_at_once = self._tables.rows_at_once
        self.trees_at_once = TREES_AT_ONCE
        self._grid = grid

    def _table(self, trees: Trees, topology: Topology, order: IntArray, depths: IntArray) -> FloatArray:
        leaf_starts = (topology.starts - topology.inner_starts)[order]
        slot = np.repeat(self._offset[:, 0], 1 << depths)
        within = np.arange(len(slot)) - np.repeat(np.cumsum(1 << depths) - (1 << depths), 1 << depths)
        table = np.zeros((trees.value.shape[1], len(order) << self._depth))
        table[:, slot + within] = trees.value[np.repeat(leaf_starts, 1 << depths) + within].T
        return table

    def of_row(self, cells: Sequence[float | None]) -> npt.NDArray[np.intp] | None:
        if not self._tables.is_kept:
            return None
        return self._slots(self._tables.of_row(cells)[:, None], 0, len(self._offset))

    def few(self, numbers: FloatArray) -> npt.NDArray[np.intp]:
        right = numbers.take(self._column, axis=0) > self._threshold[:, :, None]
        bits = right.view(np.uint8)
        answers = np.zeros((len(right), right.shape[2]), dtype=self._answer_type)
        for level in range(self._depth):
            np.add(answers, answers, out=answers)
            np.bitwise_or(answers, bits[:, level], out=answers)
        return self._slots(answers, 0, len(self._offset))

    def read(self, features: FloatArray) -> Groups:
        return self._tables.grouped(self._grid.ranks(features))

    def many(self, first: int, last: int, block: Groups) -> Callable[[slice], npt.NDArray[np.intp]]:
        join = self._tables.many(first, last, block)
        return lambda rows: self._slots(join(rows), first, last)

    def _slots(self, answers: Words, first: int, last: int) -> npt.NDArray[np.intp]:
        slots: npt.NDArray[np.intp] = answers + self._offset[first:last]
        return slots


def _first_of_level(topology: Topology) -> IntArray:
    """For every inner node the leftmost inner node of its level in its tree, if the tree is complete."""
    n_inner = np.diff(topology.inner_starts)
    depth = topology.depth[topology.inner_nodes]
    first: IntArray = np.repeat(topology.inner_starts[:-1], n_inner) + (1 << np.minimum(depth, DEEPEST)) - 1
    return np.minimum(first, max(0, len(depth) - 1))
