"""What a kind of ensemble is: members' margins in, one mixture out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from narrative.engine.mixing import Vote, mix
from narrative.engine.training.calibration import fit_calibration
from narrative.engine.types import FloatArray, Problem


@dataclass(frozen=True)
class Mixture:
    """How the margins of members become one: shares (sum 1), the way of voting, and the calibration after it."""

    vote: Vote
    shares: FloatArray
    slope: float
    offsets: FloatArray

    def margins(self, problem: Problem, margins: FloatArray) -> FloatArray:
        """Calibrated margins ``n_rows × n_outputs`` from those of the members, ``n_members × n_rows × n_outputs``."""
        return mix(problem, self.vote, margins, self.shares) * self.slope + self.offsets


class Ensemble(ABC):
    """A kind of ensemble. One file per kind; the name is that of the file."""

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    """For people: what it does and when it is good."""
    takes_weights: ClassVar[bool] = False
    """Whether people may say how much each member counts."""
    holdout_share: ClassVar[float] = 0.0
    """Part of the rows it learns its weights from, when that is one fixed part; 0: it is learned crosswise."""

    def fits(self, problem: Problem) -> bool:
        """Whether it makes sense for a problem."""
        return problem in ("binary", "multiclass", "regression")

    @abstractmethod
    def fit(
        self, problem: Problem, margins: FloatArray, target: FloatArray, *, weights: FloatArray | None, seed: int
    ) -> Mixture:
        """The mixture learned from rows that the members' models had not seen.

        Args:
            margins: ``n_members × n_rows × n_outputs``.
            weights: what people say each member counts, all positive; None lets the kind decide.
        """


def calibrated(problem: Problem, vote: Vote, shares: FloatArray, margins: FloatArray, target: FloatArray) -> Mixture:
    """A mixture of given shares whose probabilities are corrected on these rows."""
    own = shares / shares.sum()
    slope, offsets = fit_calibration(problem, mix(problem, vote, margins, own), target)
    return Mixture(vote, own, slope, np.asarray(offsets, dtype=np.float64))
