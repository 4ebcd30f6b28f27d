"""Health, jobs and live events over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request, Response
from starlette.responses import StreamingResponse

from narrative.background.jobs import JobState
from narrative.http.auth import COOKIE
from narrative.http.openapi import openapi_document
from narrative.http.paging import Page
from narrative.http.parameters import Paging
from narrative.http.policy import Editor, Public, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import root_router, slice_router
from narrative.http.services import service
from narrative.studio.operations.entities import Alive, Health, Readiness
from narrative.studio.operations.events import EventService, parse_topics
from narrative.studio.operations.service import OperationsService
from narrative.studio.schemas import Job

root = root_router("operations")
router = slice_router("operations")
Operations = Annotated[OperationsService, Depends(service(OperationsService))]
Events = Annotated[EventService, Depends(service(EventService))]
DEGRADED: dict[int | str, dict[str, Any]] = {503: {"description": "A part does not answer.", "model": Health}}
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"description": "Metadata or blobs fail.", "model": Readiness}}


@root.get("/health", dependencies=[Public], responses=DEGRADED)
async def get_health(operations: Operations, response: Response) -> Health:
    """All parts, checked in parallel within five seconds."""
    health = await operations.health()
    response.status_code = 200 if health.status == "healthy" else 503
    return health


@root.get("/health/live", dependencies=[Public])
async def get_liveness() -> Alive:
    """The process answers; asks nothing of anything else."""
    return Alive()


@root.get("/health/ready", dependencies=[Public], responses=NOT_READY)
async def get_readiness(operations: Operations, response: Response) -> Readiness:
    """Whether metadata and blobs answer."""
    readiness = await operations.readiness()
    response.status_code = 200 if readiness.status == "ready" else 503
    return readiness


@root.get("/openapi.json", dependencies=[Public], include_in_schema=False)
async def get_openapi_document(request: Request) -> dict[str, Any]:
    """This API, described."""
    return openapi_document(request.app)


@router.get("/jobs")
def list_jobs(
    who: Viewer,
    operations: Operations,
    paging: Paging,
    project_id: Annotated[str | None, Query(max_length=60)] = None,
    state: Annotated[JobState | Literal["open"] | None, Query(description="`open`: queued or running.")] = None,
) -> Page[Job]:
    """Jobs of the workspace, newest first."""
    found = operations.jobs(who.tenant, paging, project_id, state)
    return Page(items=[Job.of(job) for job in found.items], next_cursor=found.next_cursor)


@router.get("/jobs/{job_id}")
def get_job(who: Viewer, operations: Operations, job_id: str) -> Job:
    """A job with its progress."""
    return Job.of(operations.job(who.tenant, job_id))


@router.post("/jobs/{job_id}/cancel", responses=problem_responses(409))
def cancel_job(who: Editor, operations: Operations, job_id: str) -> Job:
    """Stop a job within two seconds. A training keeps its best so far."""
    return Job.of(operations.cancel(who.tenant, job_id))


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "`event: job` or `project`; data as in the GET."},
        **problem_responses(404, 429),
    },
)
async def stream_events(
    who: Viewer,
    events: Events,
    request: Request,
    topics: Annotated[str, Query(max_length=2_000, description="`job:{id},project:{id}`, at most 20.")],
    last_event_id: Annotated[str | None, Header(max_length=500)] = None,
) -> StreamingResponse:
    """Changes of jobs and projects as they happen (server-sent events); resumes from Last-Event-ID."""
    wanted = parse_topics(topics)
    stream = await events.open(
        who, wanted, last_event_id, token=request.cookies.get(COOKIE, ""), is_gone=request.is_disconnected
    )
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
