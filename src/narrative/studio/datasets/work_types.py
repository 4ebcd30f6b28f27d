"""What a job hands to the service that records it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from narrative.engine.story.types import Story
from narrative.engine.types import Problem
from narrative.ports.blobs import BlobRef


@dataclass(frozen=True)
class Imported:
    """A file, or two tables, that became a table; all blobs are stored already.

    ``parents`` are the versions it was combined from.
    """

    job_id: str
    version_id: str
    facts: dict[str, Any]
    table: BlobRef
    profile: BlobRef
    bad_rows: BlobRef | None
    stories: list[Story]
    options: dict[str, Any]
    parents: tuple[str, ...] = ()
    user_id: str | None = None


@dataclass(frozen=True)
class Profiled:
    """A table profiled for a target."""

    job_id: str
    version_id: str
    target: str
    problem: Problem
    summary: dict[str, Any]
    profile: BlobRef
    stories: list[Story]
