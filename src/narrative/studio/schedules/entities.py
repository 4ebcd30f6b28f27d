"""Schedules: a rule of the clock and what it starts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationError, ValidatorFunctionWrapHandler, field_validator

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
    rule: Rule | None
    """None: it is stored in a form that cannot be read here, so that nothing can be due until it gets another one."""
    state: State = "active"
    next_at: str | None
    due_at: str | None = None
    started_at: str | None = None
    job_id: str | None = None
    user_id: str | None = None

    @field_validator("rule", mode="wrap")
    @classmethod
    def _readable(cls, value: Any, read: ValidatorFunctionWrapHandler) -> Rule | None:
        """One that cannot be read must not keep people from the others, nor from changing or deleting it."""
        try:
            rule: Rule | None = read(value)
        except ValidationError:
            return None
        return rule
