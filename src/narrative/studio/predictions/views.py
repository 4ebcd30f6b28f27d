"""Prediction files in their wire form."""

from __future__ import annotations

from narrative.background.jobs import Job
from narrative.studio.predictions.entities import Batch
from narrative.studio.predictions.schemas import Batch as BatchView
from narrative.studio.schemas import Failure


def batch_view(batch: Batch, job: Job | None) -> BatchView:
    """The wire form; while the job runs, the state is the job's."""
    known = batch.model_dump(include=set(BatchView.model_fields) - {"error", "state"})
    state = job.state if job is not None and not job.has_ended else batch.state
    return BatchView(**known, state=state, error=Failure.of(batch.error))
