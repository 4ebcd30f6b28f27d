"""Trees of scikit-learn as trees.

Source: ``sklearn/tree/_tree.pyx`` of scikit-learn 1.7 to 1.9: rows go left where ``float32(value) <= threshold``;
leaves of classifiers hold shares of classes (since 1.3), and a missing value takes the way stored with the split.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from narrative.core.errors import InternalError
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


def trees_from_histograms(booster: Any, *, n_features: int, n_rounds: int) -> Trees:
    """The first rounds of a fitted histogram gradient boosting; margins are the library's raw predictions.

    Source: ``sklearn/ensemble/_hist_gradient_boosting/predictor.py`` and ``common.pyx`` (scikit-learn 1.7 to 1.9): rows
    go left where ``value <= threshold`` in double precision, missing ones where the split says.
    """
    rounds = booster._predictors[:n_rounds]  # The library shows its trees nowhere else; parity proves them.
    nodes = [predictor.nodes for predictors in rounds for predictor in predictors]
    if any(each["is_categorical"].any() for each in nodes):
        raise InternalError("candidate_conversion", "The trained model holds a kind of split that is not expected.")
    sizes = np.array([len(each) for each in nodes], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    joined, offset = np.concatenate(nodes), np.repeat(starts, sizes)
    leaf = joined["is_leaf"].astype(np.bool_)
    base = np.asarray(booster._baseline_prediction, dtype=np.float64).reshape(-1)
    largest = np.finfo(np.float64).max  # A split of missing against present values has an infinite threshold.
    return Forest(
        roots=starts,
        left=np.where(leaf, -1, joined["left"].astype(np.int64) + offset),
        right=np.where(leaf, -1, joined["right"].astype(np.int64) + offset),
        feature=joined["feature_idx"].astype(np.int64),
        threshold=np.clip(np.where(leaf, 0.0, joined["num_threshold"]), -largest, largest),
        missing_left=joined["missing_go_to_left"].astype(np.bool_),
        cover=joined["count"].astype(np.float64),
        value=joined["value"].astype(np.float64).reshape(-1, 1),
    ).to_trees(n_features=n_features, base=base, tree_output=np.arange(len(nodes)) % len(base))


def forest_answers(forest: Any, rows: FloatArray, problem: Problem, floor: float) -> FloatArray:
    """The library's predictions, with probabilities kept above the floor as the learner keeps them."""
    if problem == "regression":
        return np.asarray(forest.predict(rows), dtype=np.float64)
    kept = np.clip(np.asarray(forest.predict_proba(rows), dtype=np.float64), floor, 1.0 - floor)
    return kept[:, 1] if problem == "binary" else kept / kept.sum(axis=1, keepdims=True)
