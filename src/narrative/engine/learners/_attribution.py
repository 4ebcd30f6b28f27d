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
import numpy.typing as npt

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

States = npt.NDArray[np.intp]


class Attribution:
    """The compiled form of a set of trees for effects; built once, used by any number of threads."""

    def __init__(self, trees: Trees, topology: Topology, grid: Grid) -> None:
        self._n_features = trees.n_features
        self._n_outputs = trees.n_outputs
        self._grid = grid
        self._blocks, self._expected = edge_blocks(trees, topology, grid)

    def effects(self, features: FloatArray) -> FloatArray:
        """Effects of the trees, ``n_rows × n_outputs × (n_features + 1)``, the expected value last."""
        totals = np.zeros((len(features), self._n_outputs * (self._n_features + 1)))
        totals[:, self._n_features :: self._n_features + 1] = self._expected
        numbers = np.ascontiguousarray(self._grid.numbers(features).T)
        for block in self._blocks:
            step = max(1, NUMBERS_AT_ONCE // (block.n_nodes * len(block.times)))
            tables = _factors(block, _ALL_STATES) if len(features) >= ROWS_FOR_TABLES else None
            for start in range(0, len(features), step):
                rows = slice(start, start + step)
                _add_effects(block, numbers[rows], tables, totals[rows])
        return totals.reshape(len(features), self._n_outputs, self._n_features + 1)


_ALL_STATES = np.arange(3)[:, None]


def _add_effects(
    block: EdgeBlock, numbers: FloatArray, tables: tuple[FloatArray, FloatArray] | None, totals: FloatArray
) -> None:
    """Add the effects of one block of trees for a few rows to ``totals``, ``n_rows × (output, feature)``."""
    states = _states(block, numbers)
    if tables is None:
        factors, weights = _factors(block, states)
    else:
        places = states * block.n_nodes + np.arange(block.n_nodes)
        factors, weights = (table.reshape(len(block.times), -1).take(places, axis=1) for table in tables)
    products = _run_down(block, factors)
    for width, values in enumerate(block.values):
        worth = products * values
        _run_up(block, worth)
        worth *= weights
        sorted_effects = worth.sum(axis=0).take(block.by_feature, axis=1)
        totals[:, block.targets + width * block.target_step] += np.add.reduceat(
            sorted_effects, block.feature_starts, axis=1
        )


def _states(block: EdgeBlock, numbers: FloatArray) -> States:
    """Per row and node: 0 the feature had failed above, 1 it fails at this edge, 2 the row satisfies it so far."""
    went_left = numbers.take(block.column, axis=1) <= block.threshold
    on = np.ones((len(numbers), block.n_nodes), dtype=np.bool_)
    for level in block.levels:
        here = on[:, level.nodes]
        np.take(on, block.before[level.nodes], axis=1, out=here)
        left = went_left[:, level.inner_of_parents]
        here[:, 0::2] &= left
        here[:, 1::2] &= ~left
    return np.asarray(on, dtype=np.intp) + on.take(block.before, axis=1)


def _factors(block: EdgeBlock, states: States) -> tuple[FloatArray, FloatArray]:
    """Per time, state or row, and node: the factor of the edge's feature, and the weight of what lies below the edge.

    Both are relative to the previous edge of the same feature on the path, whose factor they replace.
    """
    time = block.times[:, None, None]
    on, on_before = (states == 2).astype(np.float64), (states >= 1).astype(np.float64)
    own = block.share * (1.0 - time) + on * time
    before = block.share_before * (1.0 - time) + on_before * time
    weights = (on - block.share) / own
    weights -= (on_before - block.share_before) / before
    weights *= block.weights[:, None, None]
    own /= before
    return own, weights


def _run_down(block: EdgeBlock, factors: FloatArray) -> FloatArray:
    """Products of the factors from the root to every node, in place of the factors."""
    factors[:, :, : block.n_roots] = 1.0
    for level in block.levels:
        factors[:, :, level.nodes] *= factors.take(level.parent_of_node, axis=2)
    return factors


def _run_up(block: EdgeBlock, worth: FloatArray) -> None:
    """Sums over the leaves below every node, in place of what inner nodes held."""
    for level in reversed(block.levels):
        below = worth[:, :, level.nodes]
        worth[:, :, level.parents] = below[:, :, 0::2] + below[:, :, 1::2]
