"""LightGBM's text model as trees.

Source: ``Tree::ToString`` (``src/io/tree.cpp``) and ``Tree::NumericalDecision`` (``include/LightGBM/tree.h``) of
LightGBM 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from narrative.core.errors import InternalError
from narrative.engine.candidates._forest import Forest, join
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_ZERO, _MISSING_NAN = 1, 2, 4, 8
_LARGEST = np.finfo(np.float64).max


def trees_from_lightgbm(text: str, *, n_features: int, n_outputs: int) -> Trees:
    """The trees of ``booster.model_to_string()``; margins are the library's raw scores."""
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in Forest.__dataclass_fields__}
    start = n_trees = 0
    for section in text.split("\nTree=")[1:]:
        fields = dict(line.split("=", 1) for line in section.split("\n\n", 1)[0].splitlines()[1:] if "=" in line)
        n_leaves = int(fields["num_leaves"])
        parts["roots"].append(np.array([start]))
        _append_tree(parts, fields, n_leaves, start)
        start += 2 * n_leaves - 1
        n_trees += 1
    joined = {name: join(arrays, _TYPES[name]) for name, arrays in parts.items()}
    joined["value"] = joined["value"].reshape(-1, 1)
    return Forest(**joined).to_trees(
        n_features=n_features, base=np.zeros(n_outputs), tree_output=np.arange(n_trees) % n_outputs
    )


_TYPES: dict[str, type[np.generic]] = {
    "roots": np.int64,
    "left": np.int64,
    "right": np.int64,
    "feature": np.int64,
    "threshold": np.float64,
    "missing_left": np.bool_,
    "cover": np.float64,
    "value": np.float64,
}


def _append_tree(parts: dict[str, list[npt.NDArray[Any]]], fields: dict[str, str], n_leaves: int, start: int) -> None:
    """One tree with its splits first, then its leaves; LightGBM numbers leaf i as ``~i``."""
    decision = _numbers(fields["decision_type"]).astype(np.int64)
    if (decision & (_CATEGORICAL | _MISSING_ZERO)).any() or fields.get("is_linear", "0") != "0":
        raise InternalError("candidate_conversion", "The trained model holds a kind of split that is not expected.")
    # A split of missing against present values has an infinite threshold.
    threshold = np.clip(_numbers(fields["threshold"]), -_LARGEST, _LARGEST)
    # Where no value was missing in training, LightGBM reads a missing value as zero.
    missing_left = np.where(decision & _MISSING_NAN, (decision & _DEFAULT_LEFT) > 0, threshold >= 0.0)
    in_leaves = np.zeros(n_leaves)
    children = [_numbers(fields[name]).astype(np.int64) for name in ("left_child", "right_child")]
    for name, child in zip(("left", "right"), children, strict=True):
        absolute = start + np.where(child >= 0, child, n_leaves - 1 + ~child)
        parts[name].append(np.concatenate([absolute, np.full(n_leaves, -1)]))
    parts["feature"].append(np.concatenate([_numbers(fields["split_feature"]), in_leaves]))
    parts["threshold"].append(np.concatenate([threshold, in_leaves]))
    parts["missing_left"].append(np.concatenate([missing_left, in_leaves]))
    counts = np.concatenate([_numbers(fields["internal_count"]), _numbers(fields["leaf_count"])])
    parts["cover"].append(counts if n_leaves > 1 else np.ones(1))
    parts["value"].append(np.concatenate([np.zeros(n_leaves - 1), _numbers(fields["leaf_value"])]))


def _numbers(text: str) -> FloatArray:
    return np.fromstring(text, dtype=np.float64, sep=" ") if text else np.zeros(0)
