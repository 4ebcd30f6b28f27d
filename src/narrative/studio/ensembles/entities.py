"""Ensembles of a run."""

from __future__ import annotations

from typing import Any, Literal

from narrative.studio.documents import Entity


class Ensemble(Entity):
    """One ensemble somebody asked for: what was asked, what the comparison said, and the version when it was kept."""

    project_id: str
    experiment_id: str
    config: dict[str, Any]
    job_id: str
    state: Literal["queued", "running", "completed", "failed", "canceled"] = "queued"
    comparison: dict[str, Any] | None = None
    model_id: str | None = None
    model_version_id: str | None = None
    error: dict[str, Any] | None = None
    finished_at: str | None = None
