"""Schedules in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.schedules.entities import Schedule


class ScheduleRepository(Repository[Schedule]):
    """Schedules of a workspace: one of a kind per dataset."""

    spec = CollectionSpec(
        "schedules",
        indexes=("created_at", "dataset_id"),
        unique=(("type", "dataset_id"),),
        everywhere=(("state", "next_at"),),
    )
    prefix = "sched"
    noun = "schedule"
    entity = Schedule

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("schedule_not_found", "There is no schedule with this id.", fix=MAYBE_DELETED)
