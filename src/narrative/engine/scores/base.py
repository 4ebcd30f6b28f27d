"""What a score is: one file ``engine/scores/<name>.py`` with one :class:`Score` subclass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from narrative.engine.types import FloatArray, Problem


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

    @abstractmethod
    def compute(self, target: FloatArray, predictions: FloatArray) -> float:
        """The score. Raises ``NotApplicable`` with the reason when it is not defined for these rows."""
