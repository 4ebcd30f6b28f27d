"""What one feature says about all trees at once, looked up by the rank of its value.

A split says something about its own tree only ("not these leaves", or "this bit of the address"), and what all splits
on one feature say depends on nothing but how many of their thresholds lie below the value. So it is written down once
per feature and rank, as one word per tree; a row is then one look-up per feature and the words joined. There is no
branch and no walk, and the cost of a row does not depend on how many splits there are.

Source: the words are those of Lucchese et al. 2015, "QuickScorer: a Fast Algorithm to Rank Documents with Additive
Ensembles of Regression Trees"; tables by rank replace its loop over the splits that a row fails.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._grid import LARGEST_FEATURE, Codes, Grid
from narrative.engine.types import IntArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

Words = npt.NDArray[Any]
"""Unsigned integers, one per tree."""

MOST_KEPT_BYTES = 64 * 1024**2
"""Tables of a larger set of trees are made for every batch anew, and rows alone take another way."""
BYTES_AT_ONCE = 262_144
"""Size of the working arrays: small enough for the processor's cache."""
TREES_AT_ONCE = 1_024


ROWS_PER_COMBINATION = 8
"""Combinations of ranks are written down only if this many rows share one on average."""
MOST_POSSIBLE = 65_536


@dataclass(frozen=True)
class _Group:
    """Features (by place) looked up together: the ranks of each combination, and per row which one it has."""

    places: list[int]
    ranks: IntArray
    codes: npt.NDArray[np.intp]


@dataclass(frozen=True)
class Groups:
    """Rows as the tables read them."""

    groups: list[_Group]
    n_rows: int


def _merged(left: _Group, right: _Group, most: int) -> _Group | None:
    """Two groups as one, or None when more than ``most`` combinations occur."""
    n_left, n_right = left.ranks.shape[1], right.ranks.shape[1]
    if n_left * n_right > min(MOST_POSSIBLE, most * most):
        return None
    both = left.codes * n_right + right.codes
    there = np.zeros(n_left * n_right, dtype=bool)
    there[both] = True
    found = np.flatnonzero(there)
    if len(found) > most:
        return None
    codes = np.cumsum(there).take(both) - 1
    ranks = np.concatenate([left.ranks[:, found // n_right], right.ranks[:, found % n_right]])
    return _Group([*left.places, *right.places], ranks, codes)


class RankTables:
    """The tables of a set of trees.

    Args:
        tree: for every inner node the place of its tree in the order that words are given in.
        words: for every inner node what a row says that goes right there, unsigned.
        join: how words of one tree become one: ``bitwise_and`` or ``bitwise_or``.
    """

    def __init__(self, trees: Trees, grid: Grid, tree: IntArray, words: Words, join: np.ufunc) -> None:
        self._cuts = grid.cuts
        self._join = join
        self._silent = np.iinfo(words.dtype).max if join is np.bitwise_and else 0
        self._n_trees = trees.n_trees
        at_once = min(int(np.bincount(trees.tree_output).max(initial=1)), TREES_AT_ONCE)
        self.rows_at_once = max(16, BYTES_AT_ONCE // (words.itemsize * at_once))
        """Rows whose words of all trees of one output, or of :data:`TREES_AT_ONCE`, stay in the processor's cache."""
        by_tree = np.argsort(tree, kind="stable")
        self._tree, self._words = tree[by_tree], words[by_tree]
        self._rank = grid.rank.astype(np.int64)[by_tree]
        self._missing_right = ~trees.missing_left[by_tree]
        # One row per rank, 0 to the number of cuts, and one for a missing value.
        n_ranks = [len(cuts) + 2 for cuts in self._cuts.values()]
        self._starts = np.concatenate([[0], np.cumsum(n_ranks)]).astype(np.int64)
        feature = np.searchsorted(np.array(list(self._cuts)), trees.feature[by_tree])
        self._first, self._last = self._starts[feature], self._starts[feature + 1] - 1
        self.is_kept = int(self._starts[-1]) * self._n_trees * words.itemsize <= MOST_KEPT_BYTES
        self._kept: dict[tuple[int, int], Words] = {}

    def of_row(self, cells: Sequence[float | None]) -> Words:
        """The joined word of every tree for a row of floats, None where missing; only if :attr:`is_kept`."""
        ranks = [
            missing if (cell := cells[feature]) is None else start + bisect_left(cuts, cell)
            for feature, cuts, start, missing in self._lists
        ]
        table = self._table(0, self._n_trees)
        if not ranks:
            return np.full(self._n_trees, self._silent, dtype=table.dtype)
        joined: Words = self._join.reduce(table.take(np.array(ranks), axis=0), axis=0)
        return joined

    def grouped(self, ranks: Codes) -> Groups:
        """Features of which few combinations occur in these rows, taken together: one look-up instead of several.

        Args:
            ranks: from :meth:`Grid.ranks`.
        """
        most = min(ranks.shape[1] // ROWS_PER_COMBINATION, self.rows_at_once)
        by_size = sorted(range(len(ranks)), key=lambda place: self._starts[place + 1] - self._starts[place])
        groups: list[_Group] = []
        for place in by_size:
            last = self._starts[place + 1] - self._starts[place]
            single = _Group([place], np.arange(last, dtype=np.int64)[None], ranks[place].astype(np.intp))
            merged = _merged(groups[-1], single, most) if groups else None
            groups = [*groups[:-1], merged] if merged is not None else [*groups, single]
        return Groups(groups, ranks.shape[1])

    def many(self, first: int, last: int, groups: Groups) -> Callable[[slice], Words]:
        """A function from some of the rows to their joined words, ``n_trees × n_rows``, of some trees."""
        table = self._table(first, last)
        looked_up = [(self._said_together(table, group), group.codes) for group in groups.groups]

        def join(rows: slice) -> Words:
            joined = np.full((rows.stop - rows.start, last - first), self._silent, dtype=table.dtype)
            said = np.empty_like(joined)
            for words, codes in looked_up:
                words.take(codes[rows], axis=0, out=said, mode="clip")  # Codes are in range; "clip" avoids a copy.
                self._join(joined, said, out=joined)
            return np.ascontiguousarray(joined.T)

        return join

    def _said_together(self, table: Words, group: _Group) -> Words:
        """What every combination of a group says about all trees, ``n_combinations × n_trees``."""
        spans = [table[self._starts[place] : self._starts[place + 1]] for place in group.places]
        if len(spans) == 1:
            return spans[0]
        words: Words = spans[0].take(group.ranks[0], axis=0)
        for span, ranks in zip(spans[1:], group.ranks[1:], strict=True):
            self._join(words, span.take(ranks, axis=0), out=words)
        return words

    @cached_property
    def _lists(self) -> list[tuple[int, list[float], int, int]]:
        """Feature, its cuts, first row and row of the missing. No value, however large, lies above the largest cuts."""
        return [
            (feature, np.where(cuts >= LARGEST_FEATURE, np.inf, cuts).tolist(), int(start), int(end) - 1)
            for (feature, cuts), (start, end) in zip(self._cuts.items(), pairwise(self._starts), strict=True)
        ]

    def _table(self, first: int, last: int) -> Words:
        found = self._kept.get((first, last))
        if found is None:
            found = self._made(first, last)
            if self.is_kept:
                self._kept[first, last] = found
        return found

    def _made(self, first: int, last: int) -> Words:
        """The rows of all features for some trees, shape ``rows × n_trees``."""
        if self.is_kept and (first, last) != (0, self._n_trees):
            return np.ascontiguousarray(self._table(0, self._n_trees)[:, first:last])
        nodes = slice(*np.searchsorted(self._tree, [first, last]))
        tree, words, missing = self._tree[nodes] - first, self._words[nodes], self._missing_right[nodes]
        table = np.full((int(self._starts[-1]), last - first), self._silent, dtype=self._words.dtype)
        flat, width = table.reshape(-1), last - first
        # A row that goes right has a rank above that of the threshold.
        self._join.at(flat, (self._first[nodes] + self._rank[nodes] + 1) * width + tree, words)
        for start, end in pairwise(self._starts.tolist()):
            self._join.accumulate(table[start : end - 1], axis=0, out=table[start : end - 1])
        self._join.at(flat, self._last[nodes][missing] * width + tree[missing], words[missing])
        return table
