"""Greedy selection: members are added one by one, with replacement, as long as the error falls."""

from __future__ import annotations

from typing import ClassVar

from narrative.engine.ensembles.kinds.base import Ensemble, Mixture
from narrative.engine.training.combine import greedy_shares
from narrative.engine.types import FloatArray, Problem


class Greedy(Ensemble):
    """The way the search itself combines, over the members that people picked.

    Source: Caruana et al. (2004), "Ensemble selection from libraries of models", ICML.
    """

    name: ClassVar[str] = "greedy"
    title: ClassVar[str] = "Greedy mix"
    sentence: ClassVar[str] = "Adds the member that helps most, again and again, as long as the error falls."

    def fit(
        self, problem: Problem, margins: FloatArray, target: FloatArray, *, weights: FloatArray | None, seed: int
    ) -> Mixture:
        """Shares are how often each member was added; members that never helped have none."""
        shares, offsets = greedy_shares(problem, margins, target, seed=seed)
        total = float(shares.sum())
        return Mixture("margins", shares / total, total, offsets)
