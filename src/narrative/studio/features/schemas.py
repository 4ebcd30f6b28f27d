"""Wire shapes of the features stage."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from narrative.engine.features.idea_types import IdeaReport
from narrative.engine.features.leaks.types import LeakReport
from narrative.engine.features.roles import ColumnRole
from narrative.engine.features.selecting import Selection
from narrative.studio.schemas import Job, RequestBody

Names = list[str]


class CreatedFeature(BaseModel):
    """A step of the recipe that makes columns."""

    step_id: str
    title: str
    formula: str
    columns: list[str] = Field(description="Columns it is made of.")


class FeatureBoard(BaseModel):
    """The stage at a glance."""

    target: str | None
    problem: Literal["binary", "multiclass", "regression"] | None
    task: str = Field(description="The question in one sentence.")
    roles: list[ColumnRole]
    created: list[CreatedFeature]
    removed: list[str] = Field(description="Columns that are taken out before the model sees the table.")
    n_features: int = Field(description="Columns a model may learn from, as far as known before fitting.")
    warning: str | None
    can_search: bool
    why_not: str | None


class IdeasRequest(RequestBody):
    """How long to search."""

    budget_seconds: float = Field(default=30.0, ge=5, le=600, description="Wall time, in seconds.")


class SelectionRequest(RequestBody):
    """What people may set about the selection."""

    budget_seconds: float = Field(default=60.0, ge=5, le=600)
    correlation: float = Field(default=0.95, gt=0, le=1)
    information_top: int | None = Field(default=None, ge=1, le=1_000)
    information_least: float = Field(default=0.01, ge=0, le=1)
    elimination_count: int | None = Field(default=None, ge=1, le=1_000)


class LeaksRequest(RequestBody):
    """How long to look for leaks."""

    budget_seconds: float = Field(default=120.0, ge=5, le=1_800)


class IdeasView(BaseModel):
    """The newest search for ideas."""

    job: Job | None
    report: IdeaReport | None
    is_stale: bool = Field(description="The table, the target or the steps have changed since.")
    accepted: list[str] = Field(description="Ids of ideas whose steps are in the recipe.")


class SelectionView(BaseModel):
    """The newest selection, and what is removed now."""

    job: Job | None
    report: Selection | None
    is_stale: bool
    removed: list[str]


class LeaksView(BaseModel):
    """The newest search for leaks."""

    job: Job | None
    report: LeakReport | None
    is_stale: bool


class RemovedRequest(RequestBody):
    """All columns that shall be taken out; the others are put back."""

    columns: Names = Field(max_length=5_000)


class DefinitionRequest(RequestBody):
    """A feature to be used again."""

    name: str = Field(min_length=1, max_length=120)
    text: str = Field(default="", max_length=2_000, description="What it means, for people.")
    steps: list[dict[str, Any]] = Field(min_length=1, max_length=20)


class Definition(BaseModel):
    """A feature that is used again. A change makes a new version; old versions stay."""

    id: str
    name: str
    version: int
    owner: str
    text: str
    formula: str
    columns: list[str]
    steps: list[dict[str, Any]]
    created_at: str


class UseRequest(RequestBody):
    """Which columns of this table stand for those of the definition."""

    columns: dict[str, str] = Field(default_factory=dict, max_length=50)
