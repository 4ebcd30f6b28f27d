"""Wire shapes of projects."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.engine.story.types import Stage as StageId
from narrative.engine.types import Problem
from narrative.studio.schemas import RequestBody

StageState = Literal["done", "current", "ready", "out_of_date", "locked", "skipped"]


class Stage(BaseModel):
    """One of the eight stages, as the workflow bar shows it."""

    id: StageId
    title: str
    route: str = Field(description="Address in the page.")
    state: StageState
    fact: str | None = Field(default=None, max_length=18, description="At most 18 characters.")
    reason: str | None = Field(default=None, description="Why it is locked, out of date or waiting.")


class Project(BaseModel):
    """One piece of work through the eight stages."""

    id: str
    name: str
    question: str
    dataset_id: str | None
    dataset_version_id: str | None
    target: str | None
    problem: Problem | None
    target_postponed: bool
    held_version_id: str | None = Field(description="A version that broke data checks and waits for a decision.")
    experiment_id: str | None
    model_id: str | None
    model_version_id: str | None
    deployment_id: str | None
    stages: list[Stage]
    running_jobs: list[str] = Field(description="Ids of jobs that have not ended.")
    created_at: str
    updated_at: str
    rev: int = Field(description="Grows with each change; send it as If-Match to change only what you saw.")


class ProjectCreate(RequestBody):
    """A project on a dataset that is there already."""

    dataset_id: str
    name: str | None = Field(default=None, min_length=1, max_length=120)


class ProjectChange(RequestBody):
    """What may be changed by hand."""

    name: str | None = Field(default=None, min_length=1, max_length=120)
    question: str | None = Field(default=None, max_length=200)
