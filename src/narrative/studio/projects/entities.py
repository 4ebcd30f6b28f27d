"""A project: what each stage left behind, as facts that the workflow bar is computed from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from narrative.engine.types import Problem
from narrative.studio.documents import Entity


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DatasetFacts(_Facts):
    """The table of the project."""

    dataset_id: str
    state: Literal["importing", "ready", "failed"]
    version_id: str | None = None
    n_rows: int | None = None
    n_columns: int | None = None
    error: str | None = None
    """Message for people when the import failed."""


class HeldFacts(_Facts):
    """A new version that broke data checks; the project stays with the one before until somebody decides."""

    dataset_id: str
    version_id: str
    n_broken: int


class StepOffer(_Facts):
    """A step that a finding offers."""

    type: str
    params: dict[str, Any] = Field(default_factory=dict)


class CureFacts(_Facts):
    """A finding to fix or to decide, with the steps of which each takes care of it."""

    severity: Literal["fix", "decide"]
    columns: list[str] = Field(default_factory=list)
    steps: list[StepOffer] = Field(default_factory=list)


class ProfileFacts(_Facts):
    """The profile for the present target (or none yet)."""

    version_id: str
    target: str | None
    problem: Problem | None
    quality: float
    n_to_fix: int
    n_to_decide: int
    cures: list[CureFacts] = Field(default_factory=list)
    """Of the most urgent findings; of a table with very many, not of all."""


class TargetFacts(_Facts):
    """The column to predict. ``target`` None with ``postponed``: decided to decide later."""

    target: str | None = None
    problem: Problem | None = None
    postponed: bool = False
    job_id: str | None = None
    """The job that checks the newest choice; an older one that ends later changes nothing."""
    error: str | None = None
    """Why the last choice was refused."""


class StepFacts(_Facts):
    """A step of the recipe, checked by the engine before it is stored."""

    type: str
    params: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True
    id: str = ""


class RecipeBranch(_Facts):
    """A line of work on the recipe: its newest state. Branches share the states before they parted."""

    id: str
    name: str
    tip_id: str


class RecipeFacts(_Facts):
    """Steps that training runs before its automatic preparation, and where they stand in the tree of their history.

    ``state_id``: the present state, None before the first change; ``before_id``: what undo goes to. ``branch_id``: the
    branch in use. ``salt``: of the project's masking codes, made with the first.
    """

    steps: list[StepFacts] = Field(default_factory=list)
    state_id: str | None = None
    before_id: str | None = None
    branch_id: str = ""
    branches: list[RecipeBranch] = Field(default_factory=list)
    salt: str = ""

    @property
    def tip_id(self) -> str | None:
        """The newest state of the branch in use: where redo leads."""
        return next((branch.tip_id for branch in self.branches if branch.id == self.branch_id), None)


class PreparedFacts(_Facts):
    """What carrying the steps out came to: the version it made of the table ``base_id``, and its quality."""

    version_id: str
    base_id: str
    steps: list[StepFacts] = Field(default_factory=list)
    quality: float


class QualityNote(_Facts):
    """Why somebody goes on with the quality a table has."""

    base_id: str
    """The table it is about, or the one that the version it is about was made of."""
    quality: float
    text: str
    user_id: str
    at: str


class TrainingFacts(_Facts):
    """The newest experiment."""

    experiment_id: str
    state: Literal["queued", "running", "completed", "failed", "canceled"]
    version_id: str
    target: str
    error: str | None = None


class ModelFacts(_Facts):
    """The newest model version."""

    model_id: str
    version_id: str
    dataset_version_id: str
    target: str
    metric: str
    metric_title: str
    score: float
    n_features: int | None = None
    steps: list[StepFacts] = Field(default_factory=list)
    """Steps of the recipe it was trained with."""
    decision: Literal["accepted", "rejected"] | None = None


class PredictionFacts(_Facts):
    """How much was predicted with the newest model version."""

    model_version_id: str
    n_single: int = 0
    n_batches: int = 0


class DeploymentFacts(_Facts):
    """The newest deployment."""

    deployment_id: str
    model_version_id: str
    state: Literal["live", "paused", "retired"]


class Project(Entity):
    """One piece of work through the eight stages.

    Each slice writes its facts here in the same transaction as its own documents, so a project is always current,
    its stages are computed from this one document, and the live stream watches one revision number.
    """

    name: str
    question: str = ""
    updated_at: str
    dataset: DatasetFacts | None = None
    held: HeldFacts | None = None
    profile: ProfileFacts | None = None
    target: TargetFacts = TargetFacts()
    recipe: RecipeFacts = RecipeFacts()
    prepared: PreparedFacts | None = None
    quality_note: QualityNote | None = None
    training: TrainingFacts | None = None
    model: ModelFacts | None = None
    predictions: PredictionFacts | None = None
    deployment: DeploymentFacts | None = None
