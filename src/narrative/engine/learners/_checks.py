"""Checks that every learner shares: what is read back from a file is sound before it is used."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from narrative.core.errors import InvalidInput
from narrative.engine.types import FloatArray

MAX_SIZE = 2**31 - 1


def damaged(what: str) -> NoReturn:
    """Refuse a learner whose parts contradict each other."""
    raise InvalidInput(
        "learner_damaged",
        f"A trained part of the model is damaged: {what}.",
        fix="Use the original model file, or train the model again.",
    )


def whole_number(description: dict[str, Any], name: str, lowest: int) -> int:
    """A whole number of a description, at least ``lowest``."""
    value = description.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= MAX_SIZE:
        damaged(f"'{name}' must be a whole number of at least {lowest}")
    return value


def array_of(
    arrays: dict[str, npt.NDArray[Any]], name: str, kind: type[np.generic], n_dimensions: int
) -> npt.NDArray[Any]:
    """A named array with exactly this element type and number of dimensions, finite throughout."""
    array = arrays.get(name)
    if array is None:
        damaged(f"the array '{name}' is missing")
    if array.dtype != np.dtype(kind):
        damaged(f"the array '{name}' must hold {np.dtype(kind).name}, it holds {array.dtype.name}")
    if array.ndim != n_dimensions:
        damaged(f"the array '{name}' must have {n_dimensions} dimensions, it has {array.ndim}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        damaged(f"the array '{name}' holds a value that is not a finite number")
    return np.ascontiguousarray(array)


def feature_matrix(features: FloatArray, n_features: int) -> FloatArray:
    """The given features as float64, checked to be ``n_rows × n_features``."""
    matrix = np.ascontiguousarray(features, dtype=np.float64)
    if np.ndim(features) != 2 or matrix.shape[1] != n_features:
        raise InvalidInput(
            "features_mismatch",
            f"The model reads {n_features} features, it was given an array of shape {np.shape(features)}.",
            fix="Prepare the table with the recipe that belongs to this model.",
            expected=n_features,
        )
    return matrix
