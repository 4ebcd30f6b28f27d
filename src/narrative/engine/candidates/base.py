"""What a candidate is: an algorithm with settings that training may try.

One file ``engine/candidates/<name>.py`` with one :class:`Candidate` subclass; the leaderboard, the catalog and the
conformance suite find it there.  Heavy libraries are imported inside methods, never at module level.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.engine.learners.base import Learner
from narrative.engine.types import FloatArray, Problem

View = Literal["linear", "trees"]
"""Which prepared form of the table a candidate reads: scaled and one-hot without gaps, or compact with NaN gaps."""


@dataclass(frozen=True)
class TrainingData:
    """Arrays for one fit.

    ``target`` is float64: the value for regression, the class index (0, 1, …) otherwise; ``n_classes`` is 0 for
    regression.  ``valid_*`` rows, when given, decide early stopping and nothing else; ``valid_weights`` count them as
    the training rows count, where these were weighed or made more.
    """

    features: FloatArray
    target: FloatArray
    problem: Problem
    n_classes: int
    valid_features: FloatArray | None = None
    valid_target: FloatArray | None = None
    weights: FloatArray | None = None
    valid_weights: FloatArray | None = None


@dataclass(frozen=True)
class FitOptions:
    """How to fit: seed, threads, and the moment by which the fit must have returned with its best so far.

    ``rounds`` fixes the number of boosting rounds or trees (refit on all rows); then nothing stops early.
    ``on_progress`` receives a share from 0 to 1 and raises ``Canceled`` when the work is to stop.
    ``clock`` measures how long a round takes, to stop in time and to ask ``on_progress`` often enough.
    """

    seed: int = 42
    threads: int = 2
    deadline: Deadline | None = None
    rounds: int | None = None
    on_progress: Callable[[float], None] | None = None
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True)
class Fitted:
    """A trained learner, the rounds it took (None where that means nothing) and what else is worth telling."""

    learner: Learner
    rounds: int | None = None
    stopped_by_deadline: bool = False
    details: dict[str, Any] = field(default_factory=dict)


class Candidate(ABC):
    """An algorithm that can be tried."""

    name: ClassVar[str]
    title: ClassVar[str]
    """Name for people: "Random forest"."""
    sentence: ClassVar[str]
    """How it works and when it is good, in one plain sentence."""
    problems: ClassVar[frozenset[Problem]]
    view: ClassVar[View]
    order: ClassVar[int]
    """Smaller comes first: cheap and robust before costly."""
    stops_early: ClassVar[bool] = False
    """Whether ``valid_*`` rows decide the number of rounds. With few rows, training then finds the rounds on a part of
    the training rows first and fits all of them with those."""

    libraries: ClassVar[tuple[str, ...]] = ()
    """Modules its fits import. Training loads them first, because that takes as long as many a fit and happens once:
    what the next fit costs cannot be told from it."""

    seconds_at_least: ClassVar[float] = 0.05
    seconds_per_million_cells: ClassVar[float] = 2.0
    growth_of_small: ClassVar[float] = 1.0
    """Time of one fit with the first settings and early stopping on one core of an ordinary server (rows × features ×
    class functions, in millions): in proportion above a million, below with this power of it.
    ``python -m benchmarks.fits`` measures it again."""

    by_default_share: ClassVar[float] = math.inf
    """Largest part of the budget that its first fit may cost by estimate when nobody has asked for it: what seldom wins
    is offered to everybody, and tried unasked only where it costs next to nothing."""

    def unavailable_reason(self) -> str | None:
        """Why it cannot run here (library not installed), or None."""
        return None

    @abstractmethod
    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        """Settings to try, best guess first; JSON-safe and deterministic. At least one."""

    @abstractmethod
    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        """Estimated peak memory of one fit beyond the data itself."""

    def estimated_seconds(self, n_rows: int, n_features: int, n_classes: int) -> float:
        """Rough time of one fit with the first settings, on one core of an ordinary server.

        Only decides how large a plan is made for a budget; being a function of the table alone, it gives the same plan
        on every machine. The clock still has the last word. ``n_classes`` is 0 for regression.
        """
        cells = n_rows * n_features * (n_classes if n_classes > 2 else 1) / 1e6
        return self.seconds_at_least + self.seconds_per_million_cells * (
            cells if cells > 1.0 else cells**self.growth_of_small
        )

    @abstractmethod
    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        """Train and convert to a learner.

        The learner agrees with the library's own prediction to 1e-5 on the training rows (checked by every fit on a
        sample), else ``InternalError('candidate_parity')`` is raised. Raises ``NotApplicable`` when the data do not
        suit the algorithm.
        """
