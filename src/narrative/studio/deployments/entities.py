"""Deployments, what was tried on them before they went live, and what they have served."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from narrative.studio.documents import Entity
from narrative.studio.predictions.entities import Cell

NEWEST_CALLS: Final = 200
NEWEST_EVENTS: Final = 50
MOST_EARLIER: Final = 50
DeploymentState = Literal["draft", "rehearsed", "live", "paused", "retired"]
"""A draft has not passed its rehearsal; a rehearsed one has, and waits to be put live."""
Outcome = Literal["answered", "refused", "failed"]
EventKind = Literal["live", "override", "swap", "rollback", "pause", "resume", "retire"]


class RehearsalCase(BaseModel):
    """One mutated request and what became of it. A refusal in plain words is as good as an answer, where it is due."""

    model_config = ConfigDict(frozen=True)
    id: str
    title: str
    outcome: Outcome
    text: str


class Rehearsal(BaseModel):
    """What a version did with mutated requests, in a process of its own."""

    model_config = ConfigDict(frozen=True)
    model_version_id: str
    at: str
    passed: bool
    p95_ms: float | None = Field(description="95th percentile of the time for one typical row.")
    cases: list[RehearsalCase]


class ServedEvent(BaseModel):
    """One change of what is answered, and by whom."""

    model_config = ConfigDict(frozen=True)
    at: str
    kind: EventKind
    model_version_id: str
    number: int
    by: str
    note: str = ""


class Deployment(Entity):
    """A stable address that serves one model version. ``taken_name`` keeps names apart until a deployment retires.

    ``earlier`` are the versions it served before, the last one last: where a rollback leads. ``rehearsed_ids`` may be
    served without another rehearsal: they passed it, or an owner answered for them.
    """

    project_id: str
    name: str
    taken_name: str | None
    model_id: str
    model_version_id: str
    version_number: int = 1
    n_inputs: int
    size_bytes: int = 0
    typical_row: list[tuple[str, Cell]]
    """Column and value, in the order of the model; lists and copyable calls need it without loading the model."""
    state: DeploymentState = "live"
    rehearsal: Rehearsal | None = None
    rehearsed_ids: list[str] = Field(default_factory=list)
    earlier: list[str] = Field(default_factory=list)
    events: list[ServedEvent] = Field(default_factory=list)
    calls_total: int = 0
    rows_total: int = 0
    last_call_at: str | None = None
    newest_ms: list[float] = Field(default_factory=list)
    """Server time of the newest calls, oldest first."""
