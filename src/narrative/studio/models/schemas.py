"""Wire shapes of models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from narrative.engine.bundle.contract import InputContract
from narrative.engine.report.types import ChartWords
from narrative.engine.training.types import CandidateReport, Evaluation, Importance
from narrative.engine.types import Problem
from narrative.studio.schemas import RequestBody


class Decision(BaseModel):
    """What somebody decided about a version after looking at its evaluation."""

    state: Literal["accepted", "rejected"]
    note: str
    decided_by: str = Field(description="Name of the person.")
    decided_at: str


class ModelVersion(BaseModel):
    """One trained result."""

    id: str
    number: int
    parent_id: str | None = Field(description="The newest version when this one was trained; null for the first.")
    pinned: bool = Field(description="A pinned version cannot be deleted.")
    decision: Decision | None = Field(description="Null while nobody accepted or rejected it.")
    trained_at: str
    experiment_id: str
    dataset_version_id: str
    target: str
    problem: Problem
    metric: str
    metric_title: str
    higher_is_better: bool
    score: float
    interval: tuple[float, float]
    baseline_score: float
    best_candidate: str
    size_bytes: int


class Model(BaseModel):
    """A trained model with its versions, newest first."""

    id: str
    project_id: str
    name: str
    versions: list[ModelVersion]
    live_version_id: str | None = Field(description="The version a live deployment serves.")
    created_at: str


class VersionPin(RequestBody):
    """Whether a version is kept whatever happens."""

    pinned: bool = True


class VersionDecision(RequestBody):
    """Accept or reject a version, or take the decision back."""

    state: Literal["accepted", "rejected"] | None = Field(description="Null takes the decision back.")
    note: str = Field(default="", max_length=2_000, description="Why; it stands beside the decision.")


class ModelVersionDetail(ModelVersion):
    """A version with everything its pages show."""

    evaluation: Evaluation
    importances: list[Importance]
    candidates: list[CandidateReport]
    warnings: list[str]
    contract: InputContract
    plan: dict[str, Any]
    charts: list[ChartWords] = Field(default=[], description="Headlines of the charts, each number with its fact.")
