"""Wire shapes that several slices share."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from narrative.background.jobs import Job as JobEntity
from narrative.background.jobs import JobState


class RequestBody(BaseModel):
    """Base of what a client sends: unknown fields are refused, never silently taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Failure(BaseModel):
    """Why a piece of work failed, in the same words as a problem."""

    code: str
    message: str
    row: int | None = None
    column: str | None = None
    fix: str | None = None

    @classmethod
    def of(cls, error: dict[str, Any] | None) -> Self | None:
        """From ``NarrativeError.to_dict()``; internals of a fault stay inside."""
        if error is None:
            return None
        if error.get("family") == "internal":
            return cls(code=error["code"], message="This is a fault of ours. It was recorded.", fix="Try it again.")
        return cls(**{name: error.get(name) for name in cls.model_fields})


class JobProgress(BaseModel):
    """How far a job is: real state, never a timer. ``detail`` depends on the type of job."""

    share: float = Field(default=0.0, ge=0, le=1)
    message: str = ""
    seconds_left: float | None = None
    detail: dict[str, Any] | None = None


class Job(BaseModel):
    """A piece of background work."""

    id: str
    type: str = Field(examples=["datasets.import", "experiments.train"])
    state: JobState
    attempt: int
    max_attempts: int
    project_id: str | None
    progress: JobProgress
    cancel_requested: bool
    error: Failure | None
    result: dict[str, Any] | None
    created_at: str
    started_at: str | None
    finished_at: str | None

    @classmethod
    def of(cls, job: JobEntity) -> Self:
        """The public part of a job document."""
        known = {name: job.progress[name] for name in JobProgress.model_fields if name in job.progress}
        return cls(
            id=job.id,
            type=job.type,
            state=job.state,
            attempt=job.attempt,
            max_attempts=job.max_attempts,
            project_id=job.project_id,
            progress=JobProgress(**known),
            cancel_requested=job.cancel_requested,
            error=Failure.of(job.error),
            result=job.result,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


class JobAccepted(BaseModel):
    """Work was recorded and will run; follow the job."""

    job: Job
