"""Training in even units: a target around zero with spread one, features within single precision.

Boosters then behave alike in cents and in millions, and no sum of squares overflows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from narrative.engine.candidates.base import TrainingData
from narrative.engine.learners._grid import LARGEST_FEATURE
from narrative.engine.learners.base import Learner
from narrative.engine.learners.layers import Layers
from narrative.engine.learners.linear import Linear
from narrative.engine.learners.neighbors import Neighbors
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray


@dataclass(frozen=True)
class Unit:
    """How to go back: ``value = shift + scale × margin``."""

    shift: float
    scale: float


def in_even_units(data: TrainingData) -> tuple[TrainingData, Unit | None]:
    """The same rows with a scaled target (regression only) and bounded features; ``data`` is not changed."""
    data = replace(
        data,
        features=_bounded(data.features),
        valid_features=None if data.valid_features is None else _bounded(data.valid_features),
    )
    if data.problem != "regression":
        return data, None
    unit = _unit(data.target, data.weights)
    valid = None if data.valid_target is None else (data.valid_target - unit.shift) / unit.scale
    return replace(data, target=(data.target - unit.shift) / unit.scale, valid_target=valid), unit


def in_own_units(learner: Learner, unit: Unit) -> Learner:
    """The learner with its margins in the target's own unit again."""
    if isinstance(learner, Linear):
        return Linear(learner.weights * unit.scale, unit.shift + unit.scale * learner.bias, learner.means)
    if isinstance(learner, Trees):
        return learner.changed(value=learner.value * unit.scale, base=unit.shift + unit.scale * learner.base)
    if isinstance(learner, Layers):
        weights, biases = learner.weights, learner.biases
        return learner.changed(
            weights=[*weights[:-1], weights[-1] * unit.scale],
            biases=[*biases[:-1], unit.shift + unit.scale * biases[-1]],
        )
    if isinstance(learner, Neighbors):
        targets, usual = (unit.shift + unit.scale * values for values in (learner.targets, learner.usual))
        return learner.changed(targets=targets, usual=usual)
    raise TypeError(type(learner).__name__)


def _unit(target: FloatArray, weights: FloatArray | None) -> Unit:
    # Dividing by the size first keeps the squares of very large and very small values within range.
    size = float(np.abs(target).max()) or 1.0
    mean = float(np.average(target / size, weights=weights))
    spread = float(np.sqrt(np.average((target / size - mean) ** 2, weights=weights)))
    return Unit(mean * size, spread * size if spread > 0.0 else size)


def _bounded(features: FloatArray) -> FloatArray:
    """Libraries that read single precision refuse larger values; the learner reads them alike."""
    highest, lowest = np.fmax.reduce(features, axis=None), np.fmin.reduce(features, axis=None)
    if highest <= LARGEST_FEATURE and lowest >= -LARGEST_FEATURE:
        return features
    return np.clip(features, -LARGEST_FEATURE, LARGEST_FEATURE)
