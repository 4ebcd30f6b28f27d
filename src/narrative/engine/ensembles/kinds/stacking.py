"""Stacking: a small model learns from the members' predictions on rows they had not seen."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.ensembles.kinds._meta import meta_weights
from narrative.engine.ensembles.kinds.base import Ensemble, Mixture
from narrative.engine.types import FloatArray, Problem


class Stacking(Ensemble):
    """Cross-validated predictions of the members are the columns of a ridge or logistic regression."""

    name: ClassVar[str] = "stacking"
    title: ClassVar[str] = "Stack"
    sentence: ClassVar[str] = (
        "A small model learns how far to trust each member, from predictions on rows it had not seen."
    )

    def fit(
        self, problem: Problem, margins: FloatArray, target: FloatArray, *, weights: FloatArray | None, seed: int
    ) -> Mixture:
        """Weights of the meta-learner as shares and slope; its offsets as they are."""
        learned, offsets = meta_weights(problem, margins, target)
        total = float(learned.sum())
        return Mixture("margins", learned / total, total, offsets)
