"""Classes that do not occur in the training rows: left out while learning, given a small probability afterwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from narrative.engine.candidates._work import smallest_probability
from narrative.engine.candidates.base import TrainingData
from narrative.engine.learners.base import Learner
from narrative.engine.learners.layers import Layers
from narrative.engine.learners.linear import Linear
from narrative.engine.learners.neighbors import Neighbors
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray, IntArray

SAMPLE_ROWS = 1_000


def present_classes(data: TrainingData) -> IntArray | None:
    """The classes that occur, ascending, when some of several do not; else None."""
    if data.problem != "multiclass":
        return None
    present = np.unique(data.target.astype(np.int64))
    return present if len(present) < data.n_classes else None


def only_present(data: TrainingData, present: IntArray) -> TrainingData:
    """The same rows with classes renumbered; validation rows of classes that nothing was learned about are dropped."""
    valid_features, valid_target, valid_weights = data.valid_features, data.valid_target, data.valid_weights
    if valid_features is not None and valid_target is not None:
        known = np.isin(valid_target, present)
        valid_features, valid_target = valid_features[known], valid_target[known]
        valid_weights = None if valid_weights is None else valid_weights[known]
        valid_target = np.searchsorted(present, valid_target).astype(np.float64)
        if len(valid_target) == 0:
            valid_features = valid_target = valid_weights = None
    return replace(
        data,
        target=np.searchsorted(present, data.target).astype(np.float64),
        n_classes=len(present),
        valid_features=valid_features,
        valid_target=valid_target,
        valid_weights=valid_weights,
    )


def with_absent(learner: Learner, present: IntArray, data: TrainingData) -> Learner:
    """The learner over all classes of ``data``.

    An absent class gets a constant margin that gives it at most the floor probability on the training rows.
    """
    n_classes = data.n_classes
    margins = learner.margins(data.features[:: max(1, len(data.features) // SAMPLE_ROWS)])
    absent = np.log(smallest_probability(data)) + float(np.logaddexp.reduce(margins, axis=1).min())
    if isinstance(learner, Linear):
        weights = np.zeros((n_classes, learner.n_features))
        weights[present] = learner.weights
        return Linear(weights, _placed(learner.bias, present, n_classes, absent), learner.means)
    if isinstance(learner, Trees):
        if learner.link == "probability":
            absent = 0.0  # The floor of the learner takes care of it.
        vectors = learner.value.shape[1] > 1
        value = learner.value
        if vectors:
            value = np.zeros((len(learner.value), n_classes))
            value[:, present] = learner.value
        return learner.changed(
            n_outputs=n_classes,
            tree_output=learner.tree_output if vectors else present[learner.tree_output].astype(np.int32),
            value=value,
            base=_placed(learner.base, present, n_classes, absent),
        )
    if isinstance(learner, Layers):
        weights = np.zeros((*learner.weights[-1].shape[:2], n_classes))
        weights[:, :, present] = learner.weights[-1]
        biases = np.stack([_placed(bias, present, n_classes, absent) for bias in learner.biases[-1]])
        return learner.changed(weights=[*learner.weights[:-1], weights], biases=[*learner.biases[:-1], biases])
    if isinstance(learner, Neighbors):  # The floor of the learner takes care of it.
        targets = np.zeros((len(learner.targets), n_classes))
        targets[:, present] = learner.targets
        return learner.changed(targets=targets, usual=_placed(learner.usual, present, n_classes, 0.0))
    raise TypeError(type(learner).__name__)


def _placed(values: FloatArray, present: IntArray, n_classes: int, absent: float) -> FloatArray:
    placed = np.full(n_classes, absent)
    placed[present] = values
    return placed
