"""Trees of scikit-learn as trees.

Source: ``sklearn/tree/_tree.pyx`` of scikit-learn 1.7 to 1.9: rows go left where ``float32(value) <= threshold``;
leaves of classifiers hold shares of classes (since 1.3), and a missing value takes the way stored with the split.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from narrative.engine.candidates._forest import Forest, join
from narrative.engine.candidates._thresholds import at_most_double
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray, Problem


def trees_from_sklearn(estimators: list[Any], *, n_features: int, problem: Problem, floor: float) -> Trees:
    """The average of fitted scikit-learn trees."""
    trees = [estimator.tree_ for estimator in estimators]
    sizes = np.array([tree.node_count for tree in trees], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    offset = np.repeat(starts, sizes)
    left, right = (
        join([getattr(tree, name) for tree in trees], np.int64) for name in ("children_left", "children_right")
    )
    leaf = left < 0
    value = np.concatenate([tree.value[:, 0, :] for tree in trees])
    if problem == "binary":
        value = value[:, 1:]
    n_outputs = value.shape[1]
    return Forest(
        roots=starts,
        left=np.where(leaf, -1, left + offset),
        right=np.where(leaf, -1, right + offset),
        feature=join([tree.feature for tree in trees], np.int64),
        threshold=at_most_double(join([tree.threshold for tree in trees], np.float64)),
        missing_left=join([tree.missing_go_to_left for tree in trees], np.bool_),
        cover=join([tree.weighted_n_node_samples for tree in trees], np.float64),
        value=value / len(trees),
    ).to_trees(
        n_features=n_features,
        base=np.zeros(n_outputs),
        link="margin" if problem == "regression" else "probability",
        floor=floor,
    )


def forest_answers(forest: Any, rows: FloatArray, problem: Problem, floor: float) -> FloatArray:
    """The library's predictions, with probabilities kept above the floor as the learner keeps them."""
    if problem == "regression":
        return np.asarray(forest.predict(rows), dtype=np.float64)
    kept = np.clip(np.asarray(forest.predict_proba(rows), dtype=np.float64), floor, 1.0 - floor)
    return kept[:, 1] if problem == "binary" else kept / kept.sum(axis=1, keepdims=True)
