"""The common frame of all candidates that learn: usable data in, a learner over all classes out."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from narrative.engine.candidates._classes import only_present, present_classes, with_absent
from narrative.engine.candidates._logarithm import TARGET, in_logarithms, in_values, wants_logarithm
from narrative.engine.candidates._several import MODELS, average, of_one
from narrative.engine.candidates._units import in_even_units, in_own_units
from narrative.engine.candidates._work import require_something_to_learn
from narrative.engine.candidates.base import Candidate, FitOptions, Fitted, TrainingData


class LearningCandidate(Candidate):
    """A candidate whose :meth:`train` may assume at least two rows, a feature that varies, every class among the rows,
    and a regression target around zero with spread one."""

    @abstractmethod
    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        """As :meth:`Candidate.fit`."""

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        require_something_to_learn(data)
        if wants_logarithm(settings) and data.problem == "regression":
            logarithms, origin = in_logarithms(data)
            known = {name: value for name, value in settings.items() if name != TARGET}
            fitted = self._fit(logarithms, known, options)
            return replace(fitted, learner=in_values(fitted.learner, data, origin))
        return self._fit(data, settings, options)

    def _fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        even, unit = in_even_units(data)
        present = present_classes(even)
        fitted = self._together(even if present is None else only_present(even, present), settings, options)
        if present is not None:
            return replace(fitted, learner=with_absent(fitted.learner, present, even))
        return fitted if unit is None else replace(fitted, learner=in_own_units(fitted.learner, unit))

    def _together(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        """One model, or the average of as many as the settings ask for: all with the rounds that the first one took.

        A model that the clock cut short is left out of the average; the first one never is.
        """
        single = of_one(settings)
        first = self.train(data, single, options)
        learners, stopped = [first.learner], first.stopped_by_deadline
        alone = replace(data, valid_features=None, valid_target=None, valid_weights=None)
        for number in range(1, settings.get(MODELS, 1)):
            if stopped:
                break
            again = replace(options, seed=options.seed + number, rounds=first.rounds)
            fitted = self.train(alone, single, again)
            stopped = fitted.stopped_by_deadline
            learners += [] if stopped else [fitted.learner]
        if len(learners) == 1:
            return replace(first, stopped_by_deadline=stopped)
        return replace(first, learner=average(learners), stopped_by_deadline=stopped)
