"""Experiments."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from narrative.engine.types import Problem
from narrative.studio.documents import Entity


class TestUse(Entity):
    """That a model was scored on certain rows: written once with the model version, never changed, kept when the model
    is deleted, because rows do not become unseen again."""

    __test__ = False  # the name begins like that of a test
    dataset_version_id: str
    rows_hash: str
    model_version_id: str


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
    user_name: str | None = None
    """Who started it."""
    record_sha256: str | None = None
    """What ensembles and comparisons need of the run; None when it was too large or is of an older version."""
    twin_sha256: str | None = None
    """The model file of the twin; None when there is none."""
    problem: Problem | None = None
    result: dict[str, Any] | None = None
    """What the lists show of it: ``metric_title``, ``score``, ``interval``, ``best_title``, ``replay_hash`` …"""
    imbalance: dict[str, Any] | None = None
    """How a rare class was dealt with; None when no class is rare."""
