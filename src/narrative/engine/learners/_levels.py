"""Leaves of large trees, by walking all rows down together, one level at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._grid import Codes, Grid
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray, IntArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

LEVELS_BETWEEN_SORTING = 3


class LevelFinder:
    """Slots are leaves in their own order. Leaves point to themselves, so rows may arrive at different times."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid, order: IntArray) -> None:
        self._topology = topology
        self._order = order
        self._inner = trees.inner
        nodes = topology.inner_nodes
        self._column = np.zeros(topology.n_nodes, dtype=np.intp)
        self._column[nodes] = grid.column
        self._threshold = np.full(topology.n_nodes, np.inf)
        self._threshold[nodes] = trees.threshold
        self._rank = np.full(topology.n_nodes, grid.never, dtype=grid.dtype)
        self._rank[nodes] = grid.rank
        self._next = np.arange(topology.n_nodes, dtype=np.intp)
        self._next[nodes] = topology.left
        self.values = np.ascontiguousarray(trees.value.T)
        self.rows_at_once = 8_192
        self.trees_at_once = 16
        self._grid = grid

    def of_row(self, cells: Sequence[float | None]) -> None:
        """Large trees have no tables."""

    def few(self, numbers: FloatArray) -> npt.NDArray[np.intp]:
        n_rows = numbers.shape[1]
        flat, row = numbers.reshape(-1), np.arange(n_rows)
        node = np.repeat(self._topology.starts[:-1][self._order], n_rows).reshape(-1, n_rows)
        for _ in range(self._topology.max_depth):
            right = flat.take(self._column.take(node) * n_rows + row) > self._threshold.take(node)
            node = self._next.take(node) + right
        return self._topology.leaf_of[node]

    def read(self, features: FloatArray) -> Codes:
        return self._grid.codes(features)

    def many(self, first: int, last: int, block: Codes) -> Callable[[slice], npt.NDArray[np.intp]]:
        ends = self._topology.starts
        spans = [(int(ends[tree]), int(ends[tree + 1])) for tree in self._order[first:last]]

        def find(rows: slice) -> npt.NDArray[np.intp]:
            codes = np.ascontiguousarray(block[:, rows])
            return np.stack([self._leaves(codes, start, end) for start, end in spans])

        return find

    def _leaves(self, codes: Codes, start: int, end: int) -> npt.NDArray[np.intp]:
        """Leaves of one tree, whose few arrays stay close to the processor."""
        n_rows = codes.shape[1]
        flat = codes.reshape(-1)
        column, rank, inner = self._column[start:end] * n_rows, self._rank[start:end], self._inner[start:end]
        below = self._next[start:end] - start
        arrived = np.zeros(n_rows, dtype=np.intp)
        rows, node = np.arange(n_rows), np.zeros(n_rows, dtype=np.intp)
        level = 0
        while len(rows):
            right = flat.take(column.take(node) + rows) > rank.take(node)
            node = below.take(node)
            node += right
            level += 1
            if level % LEVELS_BETWEEN_SORTING == 0:
                on_the_way = inner.take(node)
                arrived[rows] = node
                rows, node = rows[on_the_way], node[on_the_way]
        return self._topology.leaf_of[start:end].take(arrived)
