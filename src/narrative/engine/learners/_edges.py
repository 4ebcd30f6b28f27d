"""Trees laid out for effects: nodes by level over a block of trees, with what each edge replaces."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from narrative.engine.learners._grid import Grid
from narrative.engine.learners._topology import Topology
from narrative.engine.types import FloatArray, IntArray

if TYPE_CHECKING:
    from narrative.engine.learners.trees import Trees

NODES_AT_ONCE = 8_192


@dataclass(frozen=True)
class Level:
    """Nodes of one depth, left and right siblings in turn, and their parents, also as ranks among inner nodes."""

    nodes: slice
    parents: IntArray
    parent_of_node: IntArray
    inner_of_parents: slice


@dataclass(frozen=True)
class EdgeBlock:
    """Some trees, their nodes ordered by depth: first the roots, then level by level.

    A node stands for the edge above it. ``share`` is the product of the shares of all edges of the same feature from
    the root to here, ``before`` the node of the previous such edge (the root if there is none) and ``share_before``
    its share. ``values`` has one row per value of a leaf and
    zeros for inner nodes. ``by_feature`` orders nodes by (output, feature);
    ``feature_starts`` and ``targets`` say where each group starts and which row of the totals it adds to.
    """

    n_nodes: int
    n_roots: int
    levels: list[Level]
    column: IntArray
    threshold: FloatArray
    before: IntArray
    share: FloatArray
    share_before: FloatArray
    values: FloatArray
    by_feature: IntArray
    feature_starts: IntArray
    targets: IntArray
    target_step: int
    times: FloatArray
    weights: FloatArray


@dataclass(frozen=True)
class _Edges:
    """Per node over all trees: tree, feature above it, its own share and with its earlier edges, previous edge."""

    tree: IntArray
    parent: IntArray
    feature: IntArray
    share: FloatArray
    before: IntArray


def edge_blocks(trees: Trees, topology: Topology, grid: Grid) -> tuple[list[EdgeBlock], FloatArray]:
    """Blocks of trees of similar depth, and the expected value per output over the training rows."""
    edges, reach = _edges(trees, topology)
    n_times = _quadrature_sizes(edges, topology)
    order = np.argsort(n_times, kind="stable")
    order = order[np.diff(topology.starts)[order] > 1]
    part = (np.cumsum(np.diff(topology.starts)[order]) - 1) // NODES_AT_ONCE
    blocks = [
        _block(trees, topology, grid, edges, np.sort(members), n_times=int(n_times[members].max()))
        for members in np.split(order, np.flatnonzero(np.diff(part)) + 1)
        if len(members)
    ]
    leaves = np.flatnonzero(~trees.inner)
    expected = np.zeros(trees.n_outputs)
    for width, worth in enumerate((trees.value * reach[leaves, None]).T):
        np.add.at(expected, trees.tree_output[edges.tree[leaves]] + width, worth)
    return blocks, expected


def _edges(trees: Trees, topology: Topology) -> tuple[_Edges, FloatArray]:
    """The edges, and for every node the share of training rows that reach it."""
    tree = np.repeat(np.arange(topology.n_trees), np.diff(topology.starts))
    root = topology.starts[tree]
    above = topology.parent_inner
    is_edge = above >= 0
    parent = np.where(is_edge, topology.inner_nodes[above], root) if len(topology.inner_nodes) else root
    feature = np.where(is_edge, trees.feature[above], -1) if len(topology.inner_nodes) else np.full(len(root), -1)
    own = np.ones(topology.n_nodes)
    own[topology.left] = trees.left_share
    own[topology.left + 1] = 1.0 - trees.left_share
    before = _previous_edges(feature, parent, root)
    share, reach = own.copy(), own.copy()
    # Parents and earlier edges stand in higher levels, so going down by level finds them finished.
    by_depth = np.argsort(topology.depth, kind="stable")
    ends = np.cumsum(np.bincount(topology.depth))
    for start, end in itertools.pairwise(ends):
        level = by_depth[start:end]
        share[level] *= share[before[level]]
        reach[level] *= reach[parent[level]]
    return _Edges(tree, parent, feature, share, before), reach


def _previous_edges(feature: IntArray, parent: IntArray, root: IntArray) -> IntArray:
    """For every node the nearest node above whose edge has the same feature, else the root."""
    before = root.copy()
    searching = np.flatnonzero(feature >= 0)
    at = parent[searching]
    while len(searching):
        same = feature[at] == feature[searching]
        before[searching[same]] = at[same]
        going_on = ~same & (feature[at] >= 0)
        searching, at = searching[going_on], parent[at[going_on]]
    return before


def _quadrature_sizes(edges: _Edges, topology: Topology) -> IntArray:
    """Per tree the number of quadrature nodes that integrates its longest path exactly."""
    n_features = np.zeros(topology.n_nodes, dtype=np.int64)
    by_depth = np.argsort(topology.depth, kind="stable")
    ends = np.cumsum(np.bincount(topology.depth))
    is_new = edges.before == topology.starts[edges.tree]
    for start, end in itertools.pairwise(ends):
        level = by_depth[start:end]
        n_features[level] = n_features[edges.parent[level]] + is_new[level]
    longest = np.maximum.reduceat(n_features, topology.starts[:-1]) if topology.n_trees else n_features
    return np.maximum(1, (longest + 1) // 2)


def _block(
    trees: Trees, topology: Topology, grid: Grid, edges: _Edges, members: IntArray, *, n_times: int
) -> EdgeBlock:
    spans = [np.arange(topology.starts[tree], topology.starts[tree + 1]) for tree in members]
    nodes = np.concatenate(spans)
    nodes = nodes[np.argsort(topology.depth[nodes], kind="stable")]
    place = np.empty(topology.n_nodes, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    inner = nodes[trees.inner[nodes]]
    is_leaf = ~trees.inner[nodes]
    values = np.zeros((trees.value.shape[1], len(nodes)))
    values[:, is_leaf] = trees.value[topology.leaf_of[nodes[is_leaf]]].T
    output = trees.tree_output[edges.tree[nodes]]
    target = output * (trees.n_features + 1) + edges.feature[nodes]
    edge_nodes = np.arange(len(members), len(nodes))
    by_feature = edge_nodes[np.argsort(target[edge_nodes], kind="stable")]
    targets, feature_starts = np.unique(target[by_feature], return_index=True)
    times, weights = np.polynomial.legendre.leggauss(n_times)
    return EdgeBlock(
        n_nodes=len(nodes),
        n_roots=len(members),
        levels=_levels(topology.depth[nodes], trees.inner[nodes]),
        column=grid.column[topology.inner_of[inner]],
        threshold=trees.threshold[topology.inner_of[inner]],
        before=place[edges.before[nodes]],
        share=edges.share[nodes],
        share_before=edges.share[edges.before[nodes]],
        values=values,
        by_feature=by_feature,
        feature_starts=feature_starts,
        targets=targets,
        target_step=trees.n_features + 1,
        times=(times + 1.0) / 2.0,
        weights=weights / 2.0,
    )


def _levels(depth: IntArray, inner: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Level]:
    """Every level below the roots; inner nodes of one level are the parents of the next, in the same order."""
    ends = np.cumsum(np.bincount(depth))
    inner_before = np.concatenate([[0], np.cumsum(inner)])
    levels = []
    for number in range(1, len(ends)):
        above = slice(int(ends[number - 2]) if number > 1 else 0, int(ends[number - 1]))
        parents = above.start + np.flatnonzero(inner[above])
        ranks = slice(int(inner_before[above.start]), int(inner_before[above.stop]))
        levels.append(Level(slice(int(ends[number - 1]), int(ends[number])), parents, parents.repeat(2), ranks))
    return levels
