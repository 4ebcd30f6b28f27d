"""What becomes of a prediction file whose job ended without a result; runs in the transaction that ends it."""

from __future__ import annotations

from narrative.background.jobs import Job
from narrative.ports.metadata import UnitOfWork
from narrative.studio.predictions.repository import BatchRepository


def mark_batch_failed(unit: UnitOfWork, job: Job) -> None:
    """No file stays "running" for ever."""
    batches = BatchRepository()
    if batches.find(job.tenant, job.payload["batch_id"], unit) is None:
        return
    state = "canceled" if job.state == "canceled" else "failed"
    batches.change(
        unit,
        job.tenant,
        job.payload["batch_id"],
        # Its bytes go with those that no document names: it has to be sent again to be tried again.
        lambda known: known.with_(state=state, error=job.error, finished_at=job.finished_at, raw_sha256=None),
    )
