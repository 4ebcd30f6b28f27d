"""Wire shapes of ensembles."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.engine.ensembles.config import LEAST_MEMBERS, MOST_MEMBERS, Kind
from narrative.engine.ensembles.types import EnsembleComparison
from narrative.studio.schemas import Failure, Job, RequestBody


class EnsembleConfig(RequestBody):
    """Which models become one, and how."""

    kind: Kind
    members: list[str] = Field(
        min_length=LEAST_MEMBERS, max_length=MOST_MEMBERS, description="Candidates of the run that have finished."
    )
    weights: dict[str, float] | None = Field(
        default=None, description="How much each member counts; null lets the kind decide. Blend and votes only."
    )


class Ensemble(BaseModel):
    """One ensemble of a run with its comparison against the best single model."""

    id: str
    project_id: str
    experiment_id: str
    config: EnsembleConfig
    state: Literal["queued", "running", "completed", "failed", "canceled"]
    comparison: EnsembleComparison | None
    model_id: str | None
    model_version_id: str | None = Field(description="The new version, when it was kept.")
    error: Failure | None
    job_id: str
    created_at: str


class EnsembleAccepted(BaseModel):
    """The ensemble is recorded and will be judged."""

    ensemble: Ensemble
    job: Job


class EnsembleKind(BaseModel):
    """A way of making one model of several."""

    name: Kind
    title: str
    sentence: str
    takes_weights: bool


class EnsembleMember(BaseModel):
    """A candidate of a run that may become a member."""

    name: str
    title: str
    score: float | None
    ms_per_row: float | None


class EnsembleChoices(BaseModel):
    """What an ensemble of a run may be made of."""

    kinds: list[EnsembleKind]
    members: list[EnsembleMember]
    suggested: list[str] = Field(description="Members a first try would take: the best of each family that finished.")
    reason: str | None = Field(description="Why there is nothing to combine; null when there is.")
    ensembles: list[Ensemble] = Field(description="Tried so far, newest first.")
