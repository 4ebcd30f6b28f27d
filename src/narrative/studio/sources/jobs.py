"""Background work of sources: a dataset fetched again as planned."""

from __future__ import annotations

from narrative.background.handlers import JobContext, Result, job
from narrative.background.jobs import Job
from narrative.ports.metadata import UnitOfWork
from narrative.studio.platform import Services
from narrative.studio.sources.refreshing import RefreshService
from narrative.studio.sources.repository import SourceRepository, source_id


def mark_refresh_failed(unit: UnitOfWork, job: Job) -> None:
    """What stood in the way is said at the source; the table stays as it was."""
    sources, known = SourceRepository(), source_id(job.payload["dataset_id"])
    if sources.find(job.tenant, known, unit) is not None:
        changes = {"outcome": "failed", "error": job.error, "looked_at": job.finished_at, "job_id": None}
        sources.change(unit, job.tenant, known, lambda source: source.with_(**changes))


@job("sources.refresh", on_failed=mark_refresh_failed)
def refresh_source(context: JobContext) -> Result:
    """Fetch a dataset again; another job reads it when something changed."""
    services: Services = context.services
    payload = context.payload
    reading = services.of(RefreshService).refresh_as_planned(
        context.tenant,
        payload["dataset_id"],
        user_id=payload.get("user_id"),
        key=context.derived_id("idem"),
        check=context.stop_if_asked,
    )
    return Result({"dataset_id": payload["dataset_id"], "job_id": reading.id if reading else None})
