"""Models and their versions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from narrative.engine.types import Problem
from narrative.studio.documents import Entity


class Decision(BaseModel):
    """What somebody decided about a version after looking at its evaluation, and why."""

    model_config = ConfigDict(frozen=True)
    state: Literal["accepted", "rejected"]
    note: str
    decided_by: str
    """The person's name, as it was then."""
    decided_at: str


class Model(Entity):
    """The model of a project; its versions are numbered."""

    project_id: str
    name: str
    live_version_id: str | None = None


class ModelVersion(Entity):
    """One trained result: what lists show of it, and the blobs that hold the rest.

    ``parent_id`` is the version that was the newest when this one was trained.
    """

    model_id: str
    project_id: str
    number: int
    experiment_id: str
    dataset_version_id: str
    parent_id: str | None = None
    pinned: bool = False
    decision: Decision | None = None
    trained_at: str
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
    bundle_sha256: str
    report_sha256: str
    detail_sha256: str
