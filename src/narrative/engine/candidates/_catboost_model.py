"""CatBoost's JSON model as trees.

Source: the JSON export of CatBoost 1.2 (``catboost/libs/model/model_export/json_model_helpers.cpp``). Trees are
oblivious: bit i of a leaf's number answers split i, ``float32(value) > border``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from narrative.engine.candidates._forest import Forest, join
from narrative.engine.candidates._thresholds import at_most_single
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray, IntArray


def trees_from_catboost(model: dict[str, Any], *, n_features: int, n_outputs: int) -> Trees:
    """The trees of ``save_model(format="json")``; margins are the library's raw values."""
    scale, bias = model["scale_and_bias"]
    high = {
        feature["feature_index"]: feature["nan_value_treatment"] == "AsTrue"
        for feature in model["features_info"]["float_features"]
    }
    parts: dict[str, list[Any]] = {
        name: [] for name in ("left", "feature", "threshold", "missing_left", "cover", "value")
    }
    sizes: list[int] = []
    for tree in model["oblivious_trees"]:
        splits = (tree.get("splits") or [])[::-1]  # The last split is the highest bit: the root of the binary tree.
        depth = len(splits)
        level = np.repeat(np.arange(depth), 1 << np.arange(depth))
        leaves = np.zeros(1 << depth)
        start = sum(sizes)
        sizes.append((2 << depth) - 1)
        parts["left"].append(np.concatenate([start + 1 + 2 * np.arange(len(level)), leaves - 1]))
        for name, content in _split_columns(splits, high).items():
            parts[name].append(np.concatenate([content[level], leaves]))
        parts["cover"].append(_covers(np.array(tree["leaf_weights"], dtype=np.float64), depth))
        values = np.array(tree["leaf_values"], dtype=np.float64).reshape(1 << depth, -1)
        parts["value"].append(np.concatenate([np.zeros((len(level), values.shape[1])), values]))
    left = join(parts["left"], np.int64)
    tree_sizes = np.array(sizes, dtype=np.int64)
    value = np.concatenate(parts["value"]) if sizes else np.zeros((0, 1))
    return Forest(
        roots=np.cumsum(tree_sizes) - tree_sizes,
        left=left,
        right=np.where(left < 0, -1, left + 1),
        feature=join(parts["feature"], np.int64),
        threshold=at_most_single(join(parts["threshold"], np.float32)),
        missing_left=join(parts["missing_left"], np.bool_),
        cover=join(parts["cover"], np.float64),
        value=value * scale,
    ).to_trees(n_features=n_features, base=np.broadcast_to(np.asarray(bias, dtype=np.float64), n_outputs).copy())


def _split_columns(splits: list[dict[str, Any]], high: dict[int, bool]) -> dict[str, IntArray | FloatArray]:
    """Feature, border and way of the missing for every level; comparisons with a missing value are false: left."""
    features = [split["float_feature_index"] for split in splits]
    return {
        "feature": np.array(features, dtype=np.int64),
        "threshold": np.array([split["border"] for split in splits], dtype=np.float64),
        "missing_left": np.array([not high[feature] for feature in features], dtype=np.int64),
    }


def _covers(leaf_weights: FloatArray, depth: int) -> FloatArray:
    """Weights of all nodes of a complete tree in breadth-first order."""
    levels = [leaf_weights]
    for _ in range(depth):
        levels.append(levels[-1].reshape(-1, 2).sum(axis=1))
    return np.concatenate(levels[::-1])
