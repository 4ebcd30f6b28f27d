"""Schedules: a rule of the clock and what it starts."""

from __future__ import annotations

from typing import Literal

from narrative.studio.documents import Entity
from narrative.studio.schedules.rules import Rule

ScheduleType = Literal["refresh"]
State = Literal["active", "paused"]


class Schedule(Entity):
    """What starts again and again. Times are UTC in ISO 8601.

    ``next_at`` is when it is due next, None while it is paused; ``due_at`` when it was due last, ``job_id`` what was
    started for that time.
    """

    type: ScheduleType = "refresh"
    dataset_id: str
    rule: Rule
    state: State = "active"
    next_at: str | None
    due_at: str | None = None
    started_at: str | None = None
    job_id: str | None = None
    user_id: str | None = None
