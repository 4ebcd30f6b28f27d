"""The common frame of all candidates that learn: usable data in, a learner over all classes out."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from narrative.engine.candidates._classes import only_present, present_classes, with_absent
from narrative.engine.candidates._work import require_something_to_learn
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData


class LearningCandidate(Candidate):
    """A candidate whose :meth:`train` may assume at least two rows, one feature, and every class among the rows."""

    @abstractmethod
    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        """As :meth:`Candidate.fit`."""

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        require_something_to_learn(data)
        present = present_classes(data)
        if present is None:
            return self.train(data, settings, options)
        fitted = self.train(only_present(data, present), settings, options)
        return replace(fitted, learner=with_absent(fitted.learner, present, data))
