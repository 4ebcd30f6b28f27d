"""Hard voting: every member names a class, and the weighted count of names decides."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from narrative.engine.ensembles.kinds.base import Ensemble, Mixture, calibrated
from narrative.engine.types import FloatArray, Problem


class HardVoting(Ensemble):
    """One member, one vote; how sure a member was is not counted."""

    name: ClassVar[str] = "voting_hard"
    title: ClassVar[str] = "Hard vote"
    sentence: ClassVar[str] = (
        "Every member names one class and the most named wins. How sure each was is lost, so ranking gets coarse."
    )
    takes_weights: ClassVar[bool] = True

    def fits(self, problem: Problem) -> bool:
        """There is nothing to name when values are predicted."""
        return problem != "regression"

    def fit(
        self, problem: Problem, margins: FloatArray, target: FloatArray, *, weights: FloatArray | None, seed: int
    ) -> Mixture:
        """Equal votes unless others are given; only the calibration is learned."""
        return calibrated(problem, "hard", np.ones(len(margins)) if weights is None else weights, margins, target)
