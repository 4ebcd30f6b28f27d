"""Deployments."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from narrative.studio.documents import Entity
from narrative.studio.predictions.entities import Cell

NEWEST_CALLS = 200
DeploymentState = Literal["live", "paused", "retired"]


class Deployment(Entity):
    """A stable address that serves one model version. ``taken_name`` keeps names apart until a deployment retires."""

    project_id: str
    name: str
    taken_name: str | None
    model_id: str
    model_version_id: str
    n_inputs: int
    typical_row: list[tuple[str, Cell]]
    """Column and value, in the order of the model; lists and copyable calls need it without loading the model."""
    state: DeploymentState = "live"
    calls_total: int = 0
    rows_total: int = 0
    last_call_at: str | None = None
    newest_ms: list[float] = Field(default_factory=list)
    """Server time of the newest calls, oldest first."""
