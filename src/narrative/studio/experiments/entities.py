"""Experiments."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from narrative.studio.documents import Entity


class Experiment(Entity):
    """One training search. While it runs, the job document holds what is live."""

    project_id: str
    dataset_version_id: str
    target: str
    options: dict[str, Any]
    steps: list[dict[str, Any]] = Field(default_factory=list)
    """The recipe of the project when the search was started."""
    state: Literal["queued", "running", "completed", "failed", "canceled"] = "queued"
    job_id: str
    candidates: list[dict[str, Any]] = Field(default_factory=list)
    model_id: str | None = None
    model_version_id: str | None = None
    stopped_early: bool = False
    error: dict[str, Any] | None = None
    started_at: str | None = None
    finished_at: str | None = None
