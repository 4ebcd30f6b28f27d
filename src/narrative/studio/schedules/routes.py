"""Schedules over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Operator, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.ports.metadata import Tenant
from narrative.studio.schedules.entities import Schedule as Entity
from narrative.studio.schedules.schemas import Pause, Schedule, ScheduleChange, ScheduleCreate
from narrative.studio.schedules.service import ScheduleService
from narrative.studio.schedules.views import schedule_view

router = slice_router("schedules")
Schedules = Annotated[ScheduleService, Depends(service(ScheduleService))]
ID = "/scheduler/jobs/{schedule_id}"


@router.post("/scheduler/jobs", status_code=201, responses=problem_responses(404, 409))
def create_schedule(who: Operator, schedules: Schedules, body: ScheduleCreate, ids: NewIds) -> Schedule:
    """Fetch the source of a dataset again every hour, day or week. One schedule per dataset."""
    return _view(schedules, who.tenant, schedules.create(who, ids, body.dataset_id, body.rule))


@router.get("/scheduler/jobs")
def list_schedules(
    who: Viewer,
    schedules: Schedules,
    paging: Paging,
    dataset_id: Annotated[str | None, Query(max_length=60)] = None,
) -> Page[Schedule]:
    """Schedules of the workspace, newest first, with the last and the next time."""
    return schedules.page(who.tenant, paging, dataset_id, lambda item: _view(schedules, who.tenant, item))


@router.get(ID)
def get_schedule(who: Viewer, schedules: Schedules, schedule_id: str) -> Schedule:
    """A schedule with the last and the next time."""
    return _view(schedules, who.tenant, schedules.get(who.tenant, schedule_id))


@router.put(ID)
def change_schedule(who: Operator, schedules: Schedules, schedule_id: str, body: ScheduleChange) -> Schedule:
    """Change when it starts. A paused schedule stays paused."""
    return _view(schedules, who.tenant, schedules.change_rule(who.tenant, schedule_id, body.rule))


@router.post(f"{ID}/pause")
def pause_schedule(who: Operator, schedules: Schedules, schedule_id: str, body: Pause | None = None) -> Schedule:
    """Pause; with `{"paused": false}` resume."""
    act = schedules.pause if body is None or body.paused else schedules.resume
    return _view(schedules, who.tenant, act(who.tenant, schedule_id))


@router.post(f"{ID}/resume")
def resume_schedule(who: Operator, schedules: Schedules, schedule_id: str) -> Schedule:
    """Go on with the next time; those missed meanwhile are gone."""
    return _view(schedules, who.tenant, schedules.resume(who.tenant, schedule_id))


@router.delete(ID, status_code=204)
def delete_schedule(who: Operator, schedules: Schedules, schedule_id: str) -> Response:
    """Start nothing any more. What was loaded stays."""
    schedules.delete(who.tenant, schedule_id)
    return Response(status_code=204)


def _view(schedules: ScheduleService, tenant: Tenant, schedule: Entity) -> Schedule:
    return schedule_view(schedule, schedules.last_job(tenant, schedule))
