"""Soft voting: the weighted mean of the members' probabilities (of their values, for numbers)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.ensembles.kinds.base import Ensemble, Mixture, calibrated
from narrative.engine.types import FloatArray, Problem


class SoftVoting(Ensemble):
    """Every member says how likely; the answers are averaged."""

    name: ClassVar[str] = "voting_soft"
    title: ClassVar[str] = "Soft vote"
    sentence: ClassVar[str] = "Every member says how likely it is; the mean of what they say counts."
    takes_weights: ClassVar[bool] = True

    def fit(
        self, problem: Problem, margins: FloatArray, target: FloatArray, *, weights: FloatArray | None, seed: int
    ) -> Mixture:
        """Equal shares unless others are given; only the calibration is learned."""
        return calibrated(problem, "soft", np.ones(len(margins)) if weights is None else weights, margins, target)
