"""Sums of leaf values over many trees, for one row in microseconds and for many rows at memory speed.

Three ways to find leaves share one way to add them up, chosen by the form of the trees. All three decide alike, and
the order of summation does not depend on how many rows are asked for, so a row gets the same bits alone and in a
batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._bits import BitFinder
from narrative.engine.learners._grid import Codes, Grid
from narrative.engine.learners._levels import LevelFinder
from narrative.engine.learners._oblivious import ObliviousFinder, is_oblivious
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

Slots = npt.NDArray[np.intp]
"""Where in the finder's table of values a row ends, shape ``n_trees × n_rows``."""

TREES_AT_ONCE = 16
ROWS_AT_ONCE = 16_384
FEW_ROWS = 16


class Finder(Protocol):
    """Finds the leaves of rows. Trees stand in the order they were given at construction."""

    values: FloatArray
    """Leaf values, shape ``width × n_slots``."""
    rows_at_once: int
    """Rows for which the intermediate arrays stay in the processor's cache."""

    def few(self, numbers: FloatArray) -> Slots:
        """Slots of a few rows in all trees, from :meth:`Grid.numbers`."""

    def many(self, first: int, last: int) -> Callable[[Codes], Slots]:
        """A function from :meth:`Grid.codes` to slots in the trees ``first`` to ``last - 1``."""


class Walk:
    """The compiled form of a set of trees; built once, used by any number of threads."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid) -> None:
        order = np.argsort(trees.tree_output, kind="stable")
        outputs = trees.tree_output[order]
        self._n_outputs = trees.n_outputs
        self._blocks: list[tuple[int, int, int]] = []
        for output in np.unique(outputs):
            first, end = (int(place) for place in np.searchsorted(outputs, [output, output + 1]))
            steps = range(first, end, TREES_AT_ONCE)
            self._blocks += [(start, min(start + TREES_AT_ONCE, end), int(output)) for start in steps]
        self._grid = grid
        self._finder = _finder(trees, topology, grid, order)

    def sums(self, features: FloatArray) -> FloatArray:
        """Sum of leaf values per row and output, shape ``n_rows × n_outputs``."""
        totals = np.zeros((self._n_outputs, len(features)))
        if not self._blocks:
            return totals.T.copy()
        if len(features) <= FEW_ROWS:
            slots = self._finder.few(self._grid.numbers(features))
            for first, last, output in self._blocks:
                self._add(slots[first:last], output, totals)
            return np.ascontiguousarray(totals.T)
        for rows in _parts(len(features), ROWS_AT_ONCE):
            codes = self._grid.codes(features[rows])
            self._sum_codes(codes, totals[:, rows])
        return np.ascontiguousarray(totals.T)

    def _sum_codes(self, codes: Codes, totals: FloatArray) -> None:
        parts = list(_parts(codes.shape[1], self._finder.rows_at_once))
        pieces = [np.ascontiguousarray(codes[:, part]) for part in parts]
        for first, last, output in self._blocks:
            find = self._finder.many(first, last)
            for part, piece in zip(parts, pieces, strict=True):
                self._add(find(piece), output, totals[:, part])

    def _add(self, slots: Slots, output: int, totals: FloatArray) -> None:
        for place, values in enumerate(self._finder.values, start=output):
            found = values.take(slots)
            if found.shape[1] == 1:
                # A column alone would be summed pairwise; accumulating keeps the order of the general case.
                totals[place] += np.add.accumulate(found[:, 0])[-1]
            else:
                totals[place] += np.add.reduce(found, axis=0)


def _parts(n_rows: int, size: int) -> Iterator[slice]:
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def _finder(trees: Trees, topology: Topology, grid: Grid, order: npt.NDArray[Any]) -> Finder:
    most_leaves = int(np.diff(topology.inner_starts).max(initial=0)) + 1
    if is_oblivious(trees, topology):
        return ObliviousFinder(trees, topology, grid, order)
    if most_leaves <= 64:
        return BitFinder(trees, topology, grid, order)
    return LevelFinder(trees, topology, grid, order)
