"""What a score is: one file ``engine/scores/<name>.py`` with one :class:`Score` subclass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from narrative.core.errors import NotApplicable
from narrative.engine.types import FloatArray, IntArray, Problem


class Score(ABC):
    """A figure that says how good predictions are.

    ``predictions`` is ``n_rows`` long for regression (values) and ``n_rows × n_classes`` probabilities otherwise
    (binary: two columns); ``target`` holds values or class indices.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    """What it means, for people, with its range."""
    problems: ClassVar[frozenset[Problem]]
    higher_is_better: ClassVar[bool]
    lowest: ClassVar[float]
    highest: ClassVar[float]
    unit: ClassVar[str] = ""
    """"" for a pure number, "target" when it is in the unit of the target."""
    can_rank: ClassVar[bool] = True
    """Whether the best model by this figure is a good one; False when flagging everything, or one row, wins it."""

    @abstractmethod
    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        """The score. Raises ``NotApplicable`` with the reason when it is not defined for these rows."""


class LabelScore(Score):
    """A score of answers rather than probabilities: it depends on the threshold of a binary model.

    Precision, recall and F1 are those of the positive class (index 1) for two classes, and the plain mean over the
    classes that occur (in the target or in the answers) for more.
    """

    @abstractmethod
    def compute_matrix(self, confusion: IntArray) -> float:
        """The score from a confusion matrix, rows true and columns answered."""

    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        """The score at the figure's own cut, so that models can be ranked by it before a cut is chosen."""
        require_rows(target)
        return self.compute_at(target, predictions, self.own_cut(predictions))

    def own_cut(self, predictions: FloatArray) -> float | None:
        """The cut between two classes that is best for this score if the probabilities are right; None for 0.5.

        It looks at no answer, so a score at this cut carries no luck of choosing the cut.
        """
        del predictions
        return None

    def compute_at(self, target: FloatArray, predictions: FloatArray, threshold: float | None) -> float:
        """The score of the answers a model with this threshold gives (None: 0.5)."""
        require_rows(target)
        answers = decide(predictions, threshold)
        return self.compute_matrix(confusion_matrix(target, answers, predictions.shape[1]))


def decide(predictions: FloatArray, threshold: float | None = None) -> IntArray:
    """Class index per row: most probable class; for two classes, 1 from the threshold (default 0.5) upwards."""
    if predictions.shape[1] == 2:
        flagged = predictions[:, 1] >= (0.5 if threshold is None else threshold)
        return np.asarray(flagged, dtype=np.int64)
    return np.asarray(predictions.argmax(axis=1), dtype=np.int64)


def confusion_matrix(target: FloatArray, answers: IntArray, n_classes: int) -> IntArray:
    """Counts, ``n_classes × n_classes``; rows are true classes, columns answers."""
    cells = target.astype(np.int64) * n_classes + answers
    return np.bincount(cells, minlength=n_classes * n_classes).reshape(n_classes, n_classes).astype(np.int64)


def require_rows(target: FloatArray) -> None:
    """Raises ``NotApplicable`` when there is no row."""
    if target.size == 0:
        raise NotApplicable("no_rows", "There is no row to score.")


def require_both_classes(target: FloatArray) -> None:
    """Raises ``NotApplicable`` when only one of two classes occurs."""
    require_rows(target)
    if target.min() == target.max():
        raise NotApplicable("one_class", "Only one class occurs in these rows, so the score is not defined.")
