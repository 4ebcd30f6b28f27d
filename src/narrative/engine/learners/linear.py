"""A weighted sum of features per output."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.learners._checks import array_of, damaged, feature_matrix
from narrative.engine.learners.base import Arrays, Learner
from narrative.engine.types import FloatArray


class Linear(Learner):
    """``margin = bias + weights · features``; the effect of a feature is its distance from the mean times its weight.

    The linear view of a table has no gaps. Should one appear all the same, the feature counts as its mean, which is
    an effect of zero and never a NaN in an answer.

    Args:
        weights: shape ``n_outputs × n_features``.
        bias: shape ``n_outputs``.
        means: mean of each feature over the training rows, shape ``n_features``.

    Source: Lundberg and Lee 2017, "A Unified Approach to Interpreting Model Predictions", corollary 1 (Linear SHAP).
    """

    name: ClassVar[str] = "linear"

    def __init__(self, weights: FloatArray, bias: FloatArray, means: FloatArray) -> None:
        self.weights = np.ascontiguousarray(weights, dtype=np.float64)
        self.bias = np.asarray(bias, dtype=np.float64)
        self.means = np.asarray(means, dtype=np.float64)

    @property
    def n_features(self) -> int:
        return len(self.means)

    @property
    def n_outputs(self) -> int:
        return len(self.bias)

    def margins(self, features: FloatArray) -> FloatArray:
        filled = self._filled(features)
        margins = np.empty((len(filled), self.n_outputs))
        for output, weights in enumerate(self.weights):
            # Matrix products choose their order of summation by shape; einsum over one row does not, so a row gives
            # the same bits alone and in a batch.
            margins[:, output] = np.einsum("rf,f->r", filled, weights)
        return margins + self.bias

    def contributions(self, features: FloatArray) -> FloatArray:
        filled = self._filled(features)
        effects = np.empty((len(filled), self.n_outputs, self.n_features + 1))
        np.multiply((filled - self.means)[:, None, :], self.weights[None], out=effects[:, :, :-1])
        effects[:, :, -1] = self.bias + self.weights @ self.means
        return effects

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        return {}, {"weights": self.weights, "bias": self.bias, "means": self.means}

    @classmethod
    def from_parts(cls, description: dict[str, Any], arrays: Arrays) -> Linear:  # noqa: ARG003 - the contract's signature
        weights = array_of(arrays, "weights", np.float64, 2)
        bias = array_of(arrays, "bias", np.float64, 1)
        means = array_of(arrays, "means", np.float64, 1)
        if len(weights) == 0:
            damaged("it has no output")
        if weights.shape != (len(bias), len(means)):
            damaged("weights, bias and means do not fit each other")
        return cls(weights, bias, means)

    def _filled(self, features: FloatArray) -> FloatArray:
        matrix = feature_matrix(features, self.n_features)
        gaps = np.isnan(matrix)
        return np.where(gaps, self.means, matrix) if gaps.any() else matrix
