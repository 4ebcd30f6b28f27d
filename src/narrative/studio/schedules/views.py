"""Schedules in their wire form."""

from __future__ import annotations

from datetime import datetime

from narrative.background.jobs import Job
from narrative.studio.schedules.entities import Schedule
from narrative.studio.schedules.rules import Rule
from narrative.studio.schedules.schemas import LastRun
from narrative.studio.schedules.schemas import Schedule as ScheduleView
from narrative.studio.schemas import Failure


def schedule_view(schedule: Schedule, job: Job | None) -> ScheduleView:
    """A schedule with what it started last."""
    last = None
    if schedule.due_at is not None and schedule.started_at is not None and schedule.job_id is not None:
        late = datetime.fromisoformat(schedule.started_at) - datetime.fromisoformat(schedule.due_at)
        last = LastRun(
            due_at=schedule.due_at,
            late_seconds=max(0, int(late.total_seconds())),
            job_id=schedule.job_id,
            state=job.state if job else None,
            error=Failure.of(job.error) if job else None,
        )
    rule = schedule.rule
    return ScheduleView(
        id=schedule.id,
        type=schedule.type,
        dataset_id=schedule.dataset_id,
        rule=rule,
        in_words="at times that cannot be read" if rule is None else rule.in_words(),
        problem=_problem(rule),
        state=schedule.state,
        next_at=schedule.next_at,
        last_run=last,
        created_at=schedule.created_at,
    )


def _problem(rule: Rule | None) -> str | None:
    """Why nothing can be started, in words."""
    if rule is None:
        return "The times of this schedule cannot be read. Give it other times, or delete it."
    if not rule.is_known_here:
        return f"This machine does not know the time zone {rule.time_zone}, so nothing is started. Choose another one."
    return None
