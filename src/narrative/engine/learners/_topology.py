"""The shape of a set of trees, derived from which nodes are inner nodes.

Nodes of a tree stand in breadth-first order. Then the children of its i-th inner node are its nodes 1+2i and 2+2i, so
no child index is stored, none can point astray, and a cycle cannot be written down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from narrative.engine.learners._checks import damaged
from narrative.engine.types import IntArray

MAX_DEPTH = 512
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Topology:
    """Absolute indices over the nodes of all trees.

    Attributes:
        starts: first node of each tree, and the number of nodes at the end; length ``n_trees + 1``.
        inner_starts: first inner node of each tree, counted among inner nodes; length ``n_trees + 1``.
        inner_nodes: node index of each inner node, ascending.
        left: left child of each inner node; the right child is the next node.
        inner_of: rank among inner nodes, for leaves the rank of the next inner node; length ``n_nodes``.
        leaf_of: rank among leaves, for inner nodes the rank of the next leaf; length ``n_nodes``.
        parent_inner: rank of the parent among inner nodes, -1 for roots; length ``n_nodes``.
        depth: distance from the root; length ``n_nodes``.
    """

    starts: IntArray
    inner_starts: IntArray
    inner_nodes: IntArray
    left: IntArray
    inner_of: IntArray
    leaf_of: IntArray
    parent_inner: IntArray
    depth: IntArray

    @property
    def n_trees(self) -> int:
        return len(self.starts) - 1

    @property
    def n_nodes(self) -> int:
        return len(self.depth)

    @property
    def max_depth(self) -> int:
        return int(self.depth.max(initial=0))


def topology_of(tree_nodes: IntArray, inner: BoolArray) -> Topology:
    """The topology of trees with these numbers of nodes; ``inner`` says which nodes split.

    Raises:
        InvalidInput: ``learner_damaged`` when the counts do not describe trees, or a tree is deeper than 512.
    """
    sizes_are_sound = ((tree_nodes >= 1) & (tree_nodes <= len(inner))).all() and len(tree_nodes) <= len(inner)
    if not sizes_are_sound or int(tree_nodes.sum()) != len(inner):
        damaged("the numbers of nodes do not add up")
    starts = np.concatenate([[0], np.cumsum(tree_nodes)]).astype(np.int64)
    inner_before = np.concatenate([[0], np.cumsum(inner)]).astype(np.int64)
    inner_starts = inner_before[starts]
    n_inner = np.diff(inner_starts)
    if (tree_nodes != 2 * n_inner + 1).any():
        damaged("a tree must have one leaf more than it has splits")
    inner_nodes = np.flatnonzero(inner).astype(np.int64)
    tree_of_inner = np.repeat(np.arange(len(tree_nodes)), n_inner)
    rank = np.arange(len(inner_nodes)) - inner_starts[tree_of_inner]
    left = starts[tree_of_inner] + 1 + 2 * rank
    if (left <= inner_nodes).any():
        damaged("a node stands before its parent")
    parent_inner = np.full(len(inner), -1, dtype=np.int64)
    parent_inner[left] = np.arange(len(left))
    parent_inner[left + 1] = np.arange(len(left))
    return Topology(
        starts=starts,
        inner_starts=inner_starts,
        inner_nodes=inner_nodes,
        left=left,
        inner_of=inner_before[:-1],
        leaf_of=np.arange(len(inner)) - inner_before[:-1],
        parent_inner=parent_inner,
        depth=_depths(starts, inner, inner_before, left),
    )


def _depths(starts: IntArray, inner: BoolArray, inner_before: IntArray, left: IntArray) -> IntArray:
    depth = np.zeros(len(inner), dtype=np.int64)
    level = starts[:-1]
    distance = 0
    while len(level):
        if distance > MAX_DEPTH:
            damaged(f"a tree is deeper than {MAX_DEPTH} splits")
        depth[level] = distance
        below = left[inner_before[level[inner[level]]]]
        level = np.stack([below, below + 1], axis=1).reshape(-1)
        distance += 1
    return depth
