"""What a job hands to the service that records it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from narrative.engine.story.types import Story
from narrative.engine.types import Problem
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Tenant, UnitOfWork

if TYPE_CHECKING:
    from narrative.background.handlers import JobContext
    from narrative.studio.projects.entities import Project


@dataclass(frozen=True)
class Imported:
    """A file, or two tables, that became a table; all blobs are stored already.

    ``parents`` are the versions it was combined from, ``raw_sha256`` is the file that was read.
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
    lines: BlobRef | None = None
    raw_sha256: str | None = None


def hidden_in(report: dict[str, Any], *, decided: bool = False) -> set[str]:
    """Columns whose values a version does not show, by its import report; ``decided``: because somebody said so."""
    return {
        column["name"]
        for column in report.get("personal", [])
        if column["treatment"] != "keep" and (column["decided"] or not decided)
    }


class Gate(Protocol):
    """What a new version passes before projects move to it."""

    def look(self, context: JobContext, dataset_id: str, folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
        """Look at ``table.parquet`` in a job's folder; gives what :meth:`holds` needs, as ``facts["checks"]``."""

    def holds(self, unit: UnitOfWork, tenant: Tenant, project: Project, imported: Imported) -> int:
        """How many rules of a project the version breaks; recorded in the same write."""


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
