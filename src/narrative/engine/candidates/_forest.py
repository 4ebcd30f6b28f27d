"""Trees of any library, brought into the one form of :class:`Trees`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from narrative.engine.learners.trees import Link, Trees
from narrative.engine.types import FloatArray, IntArray

SMALLEST_SHARE = 1e-12
"""A branch no training row took still gets a share, so that no factor of a reason is 0/0."""


@dataclass(frozen=True)
class Forest:
    """Nodes of many trees in any order, as a library keeps them.

    ``left`` and ``right`` are indices over all nodes, -1 in leaves. ``threshold`` is already in the form
    ``value <= threshold goes left``. ``cover`` is the number or weight of training rows at a node. ``value`` holds one
    row per node; rows of inner nodes are not read.
    """

    roots: IntArray
    left: IntArray
    right: IntArray
    feature: IntArray
    threshold: FloatArray
    missing_left: npt.NDArray[np.bool_]
    cover: FloatArray
    value: FloatArray

    def to_trees(
        self,
        *,
        n_features: int,
        base: FloatArray,
        tree_output: IntArray | None = None,
        link: Link = "margin",
        floor: float = 1e-6,
    ) -> Trees:
        """The learner with these trees; ``tree_output`` says which output each tree adds to (default 0)."""
        nodes, tree_nodes = self._breadth_first()
        is_inner = self.left[nodes] >= 0
        inner, leaves = nodes[is_inner], nodes[~is_inner]
        outputs = np.zeros(len(self.roots)) if tree_output is None else tree_output
        cover_left, cover_right = self.cover[self.left[inner]], self.cover[self.right[inner]]
        total = cover_left + cover_right
        share = np.where(total > 0, cover_left / np.where(total > 0, total, 1.0), 0.5)
        learner = Trees(
            n_features=n_features,
            n_outputs=len(base),
            tree_nodes=tree_nodes,
            tree_output=outputs.astype(np.int32),
            inner=is_inner,
            feature=self.feature[inner].astype(np.int32),
            threshold=np.ascontiguousarray(self.threshold[inner], dtype=np.float64),
            missing_left=np.ascontiguousarray(self.missing_left[inner], dtype=np.bool_),
            left_share=np.clip(share, SMALLEST_SHARE, 1.0 - SMALLEST_SHARE),
            value=np.ascontiguousarray(self.value[leaves], dtype=np.float64),
            base=np.asarray(base, dtype=np.float64),
            link=link,
            floor=floor,
        )
        learner.validate()
        return learner

    def _breadth_first(self) -> tuple[IntArray, IntArray]:
        """Node indices tree by tree in breadth-first order, and the number of nodes of each tree."""
        level, tree = self.roots, np.arange(len(self.roots))
        levels, trees = [level], [tree]
        while len(level):
            goes_on = self.left[level] >= 0
            parents, tree = level[goes_on], tree[goes_on].repeat(2)
            level = np.stack([self.left[parents], self.right[parents]], axis=1).reshape(-1)
            levels.append(level)
            trees.append(tree)
        nodes, tree_of = np.concatenate(levels), np.concatenate(trees)
        order = np.argsort(tree_of, kind="stable")
        return nodes[order], np.bincount(tree_of, minlength=len(self.roots)).astype(np.int64)


def join(parts: list[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
    """One array from the arrays of many trees; empty when there is no tree."""
    return np.concatenate(parts).astype(dtype, copy=False) if parts else np.zeros(0, dtype=dtype)
