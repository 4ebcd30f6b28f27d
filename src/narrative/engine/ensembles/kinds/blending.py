"""Blending: one weight per member, given by people or learned on one part of the rows that is held out for it."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.ensembles.kinds._meta import meta_weights
from narrative.engine.ensembles.kinds.base import Ensemble, Mixture, calibrated
from narrative.engine.types import FloatArray, Problem


class Blending(Ensemble):
    """A weighted mean of the members' margins; the weights come from a hold-out, so the other rows can judge them."""

    name: ClassVar[str] = "blending"
    title: ClassVar[str] = "Blend"
    sentence: ClassVar[str] = (
        "A weighted mean of the members. You set the weights, or a part of the rows held out for it does."
    )
    takes_weights: ClassVar[bool] = True
    holdout_share: ClassVar[float] = 0.3

    def fit(
        self, problem: Problem, margins: FloatArray, target: FloatArray, *, weights: FloatArray | None, seed: int
    ) -> Mixture:
        """The weights as given, or as learned; with the calibration of these rows."""
        shares = meta_weights(problem, margins, target)[0] if weights is None else weights
        return calibrated(problem, "margins", shares, margins, target)
