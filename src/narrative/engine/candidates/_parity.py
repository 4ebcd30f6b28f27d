"""The proof that a learner answers as the library that trained it, made on every fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from narrative.core.errors import InternalError
from narrative.engine.candidates.base import TrainingData
from narrative.engine.learners.base import Learner, sigmoid, softmax
from narrative.engine.types import FloatArray, Problem

TOLERANCE = 1e-5
SAMPLE_ROWS = 1_000


def answers(problem: Problem, margins: FloatArray) -> FloatArray:
    """Values (n_rows), probabilities of the second class (n_rows), or of all classes (n_rows × n_classes)."""
    if problem == "regression":
        return margins[:, 0]
    return sigmoid(margins[:, 0]) if problem == "binary" else softmax(margins)


def check_parity(learner: Learner, data: TrainingData, library: Callable[[FloatArray], FloatArray]) -> float:
    """Largest difference between learner and library on up to 1,000 training rows, evenly spread.

    Probabilities are compared as they are, values in units of the target's spread or, where larger, of the value.

    Raises:
        InternalError: ``candidate_parity`` when the difference is above 1e-5.
    """
    places = np.unique(np.linspace(0, len(data.features) - 1, SAMPLE_ROWS).astype(np.int64))
    sample = data.features[places]
    own = answers(data.problem, learner.margins(sample))
    theirs = np.asarray(library(sample), dtype=np.float64).reshape(own.shape)
    unit = np.ones_like(theirs)
    if data.problem == "regression":
        spread = float(data.target.std()) or 1.0
        unit = np.maximum(np.abs(theirs), spread)
    difference = float(np.max(np.abs(own - theirs) / unit, initial=0.0))
    if not difference <= TOLERANCE:
        raise InternalError(
            "candidate_parity",
            "The trained model and its stored form disagree, so it is not used.",
            difference=difference,
            tolerance=TOLERANCE,
        )
    return difference
