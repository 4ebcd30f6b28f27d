"""Wire shapes of schedules."""

from __future__ import annotations

from pydantic import BaseModel, Field

from narrative.background.jobs import JobState
from narrative.studio.schedules.entities import ScheduleType, State
from narrative.studio.schedules.rules import NewRule, Rule
from narrative.studio.schemas import Failure, RequestBody


class ScheduleCreate(RequestBody):
    """Fetch the source of a dataset again by the clock."""

    type: ScheduleType = "refresh"
    dataset_id: str = Field(max_length=60)
    rule: NewRule


class ScheduleChange(RequestBody):
    """Another rule."""

    rule: NewRule


class Pause(RequestBody):
    """Without a body a schedule is paused; ``false`` resumes it."""

    paused: bool = True


class LastRun(BaseModel):
    """What was started last. ``late_seconds`` after its time, as when nothing ran at that time."""

    due_at: str
    late_seconds: int
    job_id: str
    state: JobState | None = Field(description="Null once the job is not remembered any more.")
    error: Failure | None


class Schedule(BaseModel):
    """What starts again and again."""

    id: str
    type: ScheduleType
    dataset_id: str
    rule: Rule | None = Field(description="Null when what is stored cannot be read.")
    in_words: str = Field(examples=["every Monday at 06:30 (Europe/Oslo)"])
    problem: str | None = Field(description="Why nothing can be started, and what helps.")
    state: State
    next_at: str | None
    last_run: LastRun | None
    created_at: str
