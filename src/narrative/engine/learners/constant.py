"""The same answer for every row: the mean, or the shares of the classes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.learners._checks import array_of, damaged, feature_matrix, whole_number
from narrative.engine.learners.base import Arrays, Learner
from narrative.engine.types import FloatArray


class Constant(Learner):
    """One margin per output, whatever the features say.

    Args:
        n_features: features it is given and ignores.
        base: margin per output, shape ``n_outputs``.
    """

    name: ClassVar[str] = "constant"

    def __init__(self, n_features: int, base: FloatArray) -> None:
        self._n_features = n_features
        self.base = np.asarray(base, dtype=np.float64)

    @property
    def n_features(self) -> int:
        return self._n_features

    @property
    def n_outputs(self) -> int:
        return len(self.base)

    def margins(self, features: FloatArray) -> FloatArray:
        matrix = feature_matrix(features, self.n_features)
        return np.tile(self.base, (len(matrix), 1))

    def contributions(self, features: FloatArray) -> FloatArray:
        matrix = feature_matrix(features, self.n_features)
        effects = np.zeros((len(matrix), self.n_outputs, self.n_features + 1))
        effects[:, :, -1] = self.base
        return effects

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        return {"n_features": self.n_features}, {"base": self.base}

    @classmethod
    def from_parts(cls, description: dict[str, Any], arrays: Arrays) -> Constant:
        base = array_of(arrays, "base", np.float64, 1)
        if len(base) == 0:
            damaged("it has no output")
        return cls(whole_number(description, "n_features", 0), base)
