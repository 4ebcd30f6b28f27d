"""Sums of leaf values over many trees, for one row in microseconds and for many rows at memory speed.

Three ways to find leaves share one way to add them up, chosen by the form of the trees. All three decide alike, and
the order of summation does not depend on how many rows are asked for, so a row gets the same bits alone and in a
batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._bits import BitFinder
from narrative.engine.learners._grid import Grid
from narrative.engine.learners._levels import LevelFinder
from narrative.engine.learners._oblivious import ObliviousFinder, is_oblivious
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

Slots = npt.NDArray[np.intp]
"""Where in the finder's table of values a row ends, shape ``n_trees × n_rows``."""

ROWS_AT_ONCE = 16_384
FEW_ROWS = 16


class Finder(Protocol):
    """Finds the leaves of rows. Trees stand in the order they were given at construction."""

    values: FloatArray
    """Leaf values, shape ``width × n_slots``."""
    rows_at_once: int
    """Rows for which the intermediate arrays stay in the processor's cache."""
    trees_at_once: int

    def read(self, features: FloatArray) -> Any:
        """Many rows in the form that :meth:`many` reads."""

    def of_row(self, cells: Sequence[float | None]) -> Slots | None:
        """Slots of one row of floats, None where missing; None when there is no such way."""

    def few(self, numbers: FloatArray) -> Slots:
        """Slots of a few rows in all trees, from :meth:`Grid.numbers`."""

    def many(self, first: int, last: int, block: Any) -> Callable[[slice], Slots]:
        """A function from some rows of what :meth:`read` gave to slots in the trees ``first`` to ``last - 1``."""


class Walk:
    """The compiled form of a set of trees; built once, used by any number of threads."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid) -> None:
        order = np.argsort(trees.tree_output, kind="stable")
        outputs = trees.tree_output[order]
        ends = np.searchsorted(outputs, np.arange(trees.n_outputs + 1))
        self._n_outputs = trees.n_outputs
        self._spans = [(int(ends[k]), int(ends[k + 1]), k) for k in range(trees.n_outputs) if ends[k] < ends[k + 1]]
        self._grid = grid
        self._finder = _finder(trees, topology, grid, order)

    def sums(self, features: FloatArray) -> FloatArray:
        """Sum of leaf values per row and output, shape ``n_rows × n_outputs``."""
        totals = np.zeros((self._n_outputs, len(features)))
        if not self._spans or len(features) == 0:
            return totals.T.copy()
        if len(features) <= FEW_ROWS:
            slots = self._finder.few(self._grid.numbers(features))
            for start, end, output in self._spans:
                self._add(slots[start:end], output, totals)
            return np.ascontiguousarray(totals.T)
        for rows in _parts(len(features), ROWS_AT_ONCE):
            self._sum_block(features[rows], totals[:, rows])
        return np.ascontiguousarray(totals.T)

    def of_row(self, cells: Sequence[float | None]) -> FloatArray | None:
        """The sums of one row of floats, None where missing, shape ``n_outputs``; None when trees have no such way."""
        slots = self._finder.of_row(cells) if self._spans else None
        if slots is None:
            return None
        totals = np.zeros((self._n_outputs, 1))
        for start, end, output in self._spans:
            self._add(slots[start:end], output, totals)
        return totals[:, 0]

    def _sum_block(self, features: FloatArray, totals: FloatArray) -> None:
        block = self._finder.read(features)
        for start, end, output in self._spans:
            for first in range(start, end, self._finder.trees_at_once):
                find = self._finder.many(first, min(first + self._finder.trees_at_once, end), block)
                for rows in _parts(len(features), self._finder.rows_at_once):
                    self._add(find(rows), output, totals[:, rows])

    def _add(self, slots: Slots, output: int, totals: FloatArray) -> None:
        """Add tree after tree to what is there already: this order never depends on blocks or numbers of rows."""
        for place, values in enumerate(self._finder.values, start=output):
            terms = np.empty((len(slots) + 1, slots.shape[1]))
            terms[0] = totals[place]
            values.take(slots, out=terms[1:], mode="clip")  # Slots are within range; "clip" only avoids a copy.
            if slots.shape[1] == 1:
                # A column alone would be summed pairwise; accumulating keeps the order of the general case.
                totals[place] = np.add.accumulate(terms[:, 0])[-1]
            else:
                np.add.reduce(terms, axis=0, out=totals[place])


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
