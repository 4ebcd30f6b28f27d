"""A learner is a trained function in plain arrays: no library object, no pickle, readable by anyone.

Every candidate is turned into a learner when it is trained, and every score, prediction and reason is computed
through the learner, so what is measured is what is served.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from narrative.engine.types import FloatArray

Arrays = dict[str, npt.NDArray[Any]]


class Learner(ABC):
    """A trained function from features to margins.

    Margins live on a scale where effects add up: regression the value itself (1 output); binary the log-odds of the
    second class (1 output); multiclass the logarithm of each class probability, up to a constant per row (k outputs).
    """

    name: ClassVar[str]
    """Format name, equal to the file name."""

    @property
    @abstractmethod
    def n_features(self) -> int: ...

    @property
    @abstractmethod
    def n_outputs(self) -> int: ...

    @abstractmethod
    def margins(self, features: FloatArray) -> FloatArray:
        """Margins, shape ``n_rows × n_outputs``, from features ``n_rows × n_features`` (NaN is missing)."""

    def of_row(self, cells: Sequence[float | None]) -> FloatArray:
        """The margins of one row, shape ``n_outputs``, with the bits of :meth:`margins`, by the shortest way.

        Args:
            cells: a float per feature, None where missing (no NaN).
        """
        return np.asarray(self.margins(np.array([cells], dtype=np.float64))[0])

    @abstractmethod
    def contributions(self, features: FloatArray) -> FloatArray:
        """Additive effects, shape ``n_rows × n_outputs × (n_features + 1)``; the last entry is the base value.

        Along the last axis they sum to :meth:`margins` to 1e-9.
        """

    @abstractmethod
    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        """JSON-safe description and named arrays (bool, int or float dtypes only)."""

    @classmethod
    @abstractmethod
    def from_parts(cls, description: dict[str, Any], arrays: Arrays) -> Learner:
        """The learner that :meth:`to_parts` described. Raises ``InvalidInput`` when shapes or indices are not sound."""

    def size_bytes(self) -> int:
        """Memory of the arrays."""
        return int(sum(array.nbytes for array in self.to_parts()[1].values()))


def sigmoid(margin: FloatArray) -> FloatArray:
    """Logistic function without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * margin)), dtype=np.float64)


def softmax(margins: FloatArray) -> FloatArray:
    """Row-wise softmax without overflow."""
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float64)
