"""XGBoost's JSON model as trees.

Source: the model schema of XGBoost 3 (``doc/tutorials/saving_model.rst``); leaves keep their value where splits keep
their threshold, rows go left where ``float32(value) < threshold``.
"""

from __future__ import annotations

import json

import numpy as np

from narrative.engine.candidates._forest import Forest, join
from narrative.engine.candidates._thresholds import below_single
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray


def trees_from_xgboost(raw: bytes, *, n_features: int, base: FloatArray, n_rounds: int | None = None) -> Trees:
    """The first ``n_rounds`` rounds of ``booster.save_raw("json")``; margins are ``base`` and sums of leaves.

    ``base`` is what stands before the trees, given to the library as base margin and therefore not in the model.
    """
    model = json.loads(raw)["learner"]["gradient_booster"]["model"]
    output = np.array(model["tree_info"], dtype=np.int64)
    trees = model["trees"][: None if n_rounds is None else n_rounds * len(base)]
    sizes = np.array([len(tree["left_children"]) for tree in trees], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    offset = np.repeat(starts, sizes)
    left, right = (
        join([np.array(tree[name]) for tree in trees], np.int64) for name in ("left_children", "right_children")
    )
    condition = join([np.array(tree["split_conditions"], dtype=np.float32) for tree in trees], np.float32)
    leaf = left < 0
    return Forest(
        roots=starts,
        left=np.where(leaf, -1, left + offset),
        right=np.where(leaf, -1, right + offset),
        feature=join([np.array(tree["split_indices"]) for tree in trees], np.int64),
        threshold=below_single(condition),
        missing_left=join([np.array(tree["default_left"]) for tree in trees], np.bool_),
        cover=join([np.array(tree["sum_hessian"]) for tree in trees], np.float64),
        value=condition.astype(np.float64).reshape(-1, 1),
    ).to_trees(n_features=n_features, base=base, tree_output=output[: len(trees)])
