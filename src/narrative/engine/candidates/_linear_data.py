"""What the linear candidates share: weighted means, and features around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from narrative.core.errors import InvalidInput
from narrative.engine.candidates.base import TrainingData
from narrative.engine.types import FloatArray


@dataclass(frozen=True)
class Centered:
    """Features minus their means, and weights with mean 1."""

    features: FloatArray
    means: FloatArray
    weights: FloatArray


def centered(data: TrainingData) -> Centered:
    """The features around their weighted means. Raises ``InvalidInput`` on gaps: the linear view has none."""
    if not np.isfinite(data.features).all():
        raise InvalidInput(
            "features_not_finite",
            "A linear model cannot read missing or infinite values.",
            fix="Fill missing values before training a linear model.",
        )
    weights = np.ones(len(data.target)) if data.weights is None else data.weights / data.weights.mean()
    means = np.average(data.features, axis=0, weights=weights)
    return Centered(data.features - means, means, weights)
