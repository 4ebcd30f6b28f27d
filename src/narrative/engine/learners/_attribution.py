"""Exact additive reasons of trees: path-dependent TreeSHAP, over many trees and rows at once.

A tree is a game in which features are the players: a feature that plays sends the row its way, one that does not
splits the row by the shares of training rows. A leaf is worth its value times one factor per feature on its path:
``on`` (1 if the row satisfies all its conditions there, else 0) when the feature plays, ``share`` when it does not.
By Owen's formula the Shapley value of feature i is an integral over the chance t that each other feature plays,

    effect_i = sum over leaves of value × (on_i - share_i) × integral over t in (0, 1) of product over j ≠ i of g_j(t),
    g_j(t) = share_j × (1 - t) + on_j × t.

The integrand is a polynomial of degree d - 1 for d features on the path, so Gauss-Legendre quadrature with d/2 nodes
is exact, with positive terms only. For each node t the products run down the tree, weighted leaf values run up, and
where a feature returns on a path its old factor is replaced: every edge is visited twice, whatever the depth.

Source: Lundberg, Erion and Lee 2018, "Consistent Individualized Feature Attribution for Tree Ensembles" (the game);
Owen 1972, "Multilinear Extensions of Games" (the integral); Yu et al. 2022, "Linear TreeShap" (edges in two passes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from narrative.engine.learners._edges import EdgeBlock, edge_blocks
from narrative.engine.learners._grid import Grid
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

NUMBERS_AT_ONCE = 131_072
"""Size of the working arrays: small enough for the processor's cache."""
ROWS_FOR_TABLES = 8
"""From this many rows on it pays to compute the factors of all three states of an edge first."""


class Attribution:
    """The compiled form of a set of trees for effects; built once, used by any number of threads."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid) -> None:
        self._n_features = trees.n_features
        self._n_outputs = trees.n_outputs
        self._grid = grid
        self._blocks, self._expected = edge_blocks(trees, topology, grid)

    def effects(self, features: FloatArray) -> FloatArray:
        """Effects of the trees, ``n_rows × n_outputs × (n_features + 1)``, the expected value last."""
        totals = np.zeros((self._n_outputs * (self._n_features + 1), len(features)))
        totals[self._n_features :: self._n_features + 1] = self._expected[:, None]
        numbers = self._grid.numbers(features)
        for block in self._blocks:
            step = max(1, NUMBERS_AT_ONCE // (block.n_nodes * len(block.times)))
            tables = _factors(block, _ALL_STATES) if len(features) >= ROWS_FOR_TABLES else None
            for start in range(0, len(features), step):
                rows = slice(start, start + step)
                _add_effects(block, numbers[:, rows], tables, totals[:, rows])
        return np.ascontiguousarray(totals.T).reshape(len(features), self._n_outputs, self._n_features + 1)


_ALL_STATES = np.arange(3)[None, :]


def _add_effects(
    block: EdgeBlock, numbers: FloatArray, tables: tuple[FloatArray, FloatArray] | None, totals: FloatArray
) -> None:
    """Add the effects of one block of trees for a few rows to ``totals``, ``(output, feature) × n_rows``."""
    states = _states(block, numbers)
    if tables is None:
        factors, weights = _factors(block, states)
    else:
        states += np.arange(block.n_nodes)[:, None] * 3
        factors, weights = (table.reshape(len(block.times), -1).take(states, axis=1) for table in tables)
    products = _run_down(block, factors)
    for width, values in enumerate(block.values):
        worth = products.copy() if width + 1 < len(block.values) else products
        _run_up(block, worth, values)
        worth *= weights
        by_feature = np.add.reduceat(worth.sum(axis=0).take(block.by_feature, axis=0), block.feature_starts, axis=0)
        totals[block.targets + width * block.target_step] += by_feature


def _states(block: EdgeBlock, numbers: FloatArray) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Per node and row: 0 the feature had failed above, 1 it fails at this edge, 2 the row satisfies it so far."""
    went_left = numbers.take(block.column, axis=0) <= block.threshold[:, None]
    on = np.ones((block.n_nodes, numbers.shape[1]), dtype=np.bool_)
    for level in block.levels:
        left = went_left[level.inner_of_parent]
        before = on.take(block.before[level.nodes], axis=0)
        on[level.nodes][0::2] = left & before[0::2]
        on[level.nodes][1::2] = ~left & before[1::2]
    return np.asarray(on, dtype=np.intp) + on.take(block.before, axis=0)


def _factors(block: EdgeBlock, states: np.ndarray[tuple[int, int], np.dtype[np.intp]]) -> tuple[FloatArray, FloatArray]:
    """Per time, node and state: the factor of the edge's feature, and the weight of what lies below the edge.

    Both are relative to the previous edge of the same feature on the path, whose factor they replace.
    """
    time = block.times[:, None, None]
    share, share_before = block.share[:, None], block.share_before[:, None]
    on, on_before = (states == 2).astype(np.float64), (states >= 1).astype(np.float64)
    own = share * (1.0 - time) + on * time
    before = share_before * (1.0 - time) + on_before * time
    weights = (on - share) / own - (on_before - share_before) / before
    weights *= block.weights[:, None, None]
    own /= before
    return own, weights


def _run_down(block: EdgeBlock, factors: FloatArray) -> FloatArray:
    """Products of the factors from the root to every node, in place of the factors."""
    factors[:, : block.n_roots] = 1.0
    for level in block.levels:
        above = factors.take(level.parents, axis=1)
        below = factors[:, level.nodes]
        below[:, 0::2] *= above
        below[:, 1::2] *= above
    return factors


def _run_up(block: EdgeBlock, worth: FloatArray, values: FloatArray) -> None:
    """Sums over the leaves below every node of value × product, in place of the products."""
    worth[:, block.leaves] *= values[:, None]
    for level in reversed(block.levels):
        below = worth[:, level.nodes]
        worth[:, level.parents] = below[:, 0::2] + below[:, 1::2]
