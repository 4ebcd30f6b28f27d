"""What training an ensemble gives."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from narrative.engine.training.types import TrainingResult


class MemberReport(BaseModel):
    """One member beside the ensemble. ``score`` is the one of the leaderboard."""

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    share: float
    """How much it counts, 0 to 1."""
    score: float | None
    ms_per_row: float | None
    megabytes: float


class EnsembleComparison(BaseModel):
    """An ensemble against its best member, on the same rows, which neither weights nor members had seen."""

    model_config = ConfigDict(frozen=True)
    kind: str
    title: str
    metric: str
    metric_title: str
    higher_is_better: bool
    score: float
    single: str
    single_title: str
    single_score: float
    gain: float
    """Signed so that positive is better."""
    interval: tuple[float, float]
    """95 %, paired row by row."""
    delivered_gain: float | None
    """Against the model the run delivered, when that combines several itself; same sign."""
    n_rows: int
    kept: bool
    headline: str
    reason: str
    """Why it is kept or not, for people."""
    cost: str
    """What it takes more than the single model, for people."""
    members: list[MemberReport]
    ms_per_row: float | None
    single_ms_per_row: float | None
    megabytes: float
    single_megabytes: float


class RunDifference(BaseModel):
    """One run against the first. Either ``gain`` with its interval or a reason why there is none."""

    model_config = ConfigDict(frozen=True)
    gain: float | None = None
    """Signed so that positive is better than the first run."""
    interval: tuple[float, float] | None = None
    n_rows: int = 0
    sentence: str


@dataclass(frozen=True)
class EnsembleOutcome:
    """The comparison, and the model when it is kept."""

    comparison: EnsembleComparison
    result: TrainingResult | None
