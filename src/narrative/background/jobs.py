"""A job: one document that is the whole truth about one piece of background work."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self

from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec, Document, Tenant

JobState = Literal["queued", "running", "completed", "failed", "canceled"]
OPEN_STATES: tuple[JobState, ...] = ("queued", "running")
ENDED_STATES: tuple[JobState, ...] = ("completed", "failed", "canceled")

JOBS = CollectionSpec(
    "jobs",
    indexes=("project_id", "state", ("state", "created_at")),
    unique=(("idempotency_key",),),
    everywhere=(("state", "lane", "workspace_id", "created_at"),),
)
"""The collection every job lives in, under the tenant it works for."""


@dataclass(frozen=True)
class Job:
    """What is known about one job. Times are UTC in ISO 8601; None means "not yet".

    ``fence`` grows by one at every claim. Whoever holds the present fence may write; everybody else is refused, so a
    worker that was paused past its lease cannot do harm when it wakes.
    """

    id: str
    workspace_id: str
    type: str
    payload: dict[str, Any]
    lane: str = "quick"
    """Jobs of different lanes do not wait for each other (``handlers.Lane``)."""
    state: JobState = "queued"
    attempt: int = 0
    """Claims that count: a claim handed back by a stopping worker, or ended by an absent dependency, does not."""
    max_attempts: int = 3
    waits: int = 0
    """How often a dependency was unavailable; the waits between grow."""
    fence: int = 0
    worker: str | None = None
    """Who holds the lease: a process that can be checked on this machine (``presence.py``)."""
    lease_seconds: float | None = None
    lease_until: str | None = None
    """For people. What decides is that the document stands still for ``lease_seconds`` (``queue.py``)."""
    heartbeat_at: str | None = None
    not_before: str | None = None
    progress: dict[str, Any] = field(default_factory=dict)
    """JSON-safe; by convention ``share`` (0 to 1), ``message``, ``seconds_left`` and ``detail``."""
    cancel_requested: bool = False
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    """``NarrativeError.to_dict()`` of what ended it."""
    outbox: list[dict[str, Any]] = field(default_factory=list)
    """Messages to the outside, recorded with the result and sent afterwards, at least once, by their stable ``id``."""
    project_id: str | None = None
    idempotency_key: str | None = None
    created_at: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    rev: int = 0

    @property
    def tenant(self) -> Tenant:
        """Whose data this job may touch."""
        return Tenant(self.workspace_id)

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED_STATES

    def to_document(self) -> Document:
        """The stored form; ``rev`` belongs to the store."""
        document = asdict(self)
        del document["rev"]
        return document

    @classmethod
    def from_document(cls, document: Document) -> Self:
        """Read a stored job; fields of a newer program are ignored."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in document.items() if name in known})

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return replace(self, **changes)


def derived_id(job_id: str, prefix: str, *parts: str | int) -> str:
    """The id of a thing that a job makes: the same at every attempt, so a repeated effect meets itself.

    >>> derived_id("job_00000000000000000000", "model") == derived_id("job_00000000000000000000", "model")
    True
    >>> derived_id("job_00000000000000000000", "model") == derived_id("job_00000000000000000000", "model", 2)
    False
    """
    seed = "\x1f".join([job_id, prefix, *(str(part) for part in parts)])
    return new_id(prefix, lambda n: hashlib.sha256(seed.encode()).digest()[:n])
