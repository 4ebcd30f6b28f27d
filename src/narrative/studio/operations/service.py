"""Health of the parts, and the jobs of a workspace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from narrative.background.jobs import JOBS, OPEN_STATES, Job, JobState
from narrative.core.clock import Deadline
from narrative.core.errors import Conflict, NarrativeError
from narrative.core.version import program_version
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Operator, Query, Tenant
from narrative.studio.operations.entities import Component, Health, Readiness
from narrative.studio.platform import Platform

Check = Callable[[], Mapping[str, Any]]
CHECK_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 2.0
"""How long an answer is given again, so that a hundred callers cost one check."""


class OperationsService:
    """Use cases of operations."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._checks: dict[str, Check] = {
            "metadata": platform.store.ping,
            "blobs": platform.blobs.ping,
            "jobs": self._jobs_facts,
        }
        self._known: dict[str, tuple[Deadline, Component]] = {}
        self._running: dict[str, asyncio.Task[Component]] = {}

    # ------------------------------------------------------------------ health
    async def health(self) -> Health:
        """All parts in parallel, each within its limit."""
        components = await self._components(list(self._checks))
        healthy = all(component.status != "unhealthy" for component in components.values())
        return Health(
            status="healthy" if healthy else "degraded",
            version=program_version(),
            components=components,
            breakers={},
        )

    async def readiness(self) -> Readiness:
        """Whether requests can be answered."""
        components = await self._components(["metadata", "blobs"])
        ready = all(component.status == "healthy" for component in components.values())
        return Readiness(status="ready" if ready else "not_ready", components=components)

    async def _components(self, names: list[str]) -> dict[str, Component]:
        found = await asyncio.gather(*(self._component(name) for name in names))
        return dict(zip(names, found, strict=True))

    async def _component(self, name: str) -> Component:
        known = self._known.get(name)
        if known is not None and not known[0].passed():
            return known[1]
        task = self._running.get(name)
        if task is None or task.done():
            task = self._running[name] = asyncio.create_task(self._check(name))
        try:
            component = await asyncio.wait_for(asyncio.shield(task), CHECK_SECONDS)
        except TimeoutError:
            component = Component(
                status="unhealthy", latency_ms=None, detail={"message": f"No answer in {CHECK_SECONDS:g} seconds."}
            )
        self._known[name] = (Deadline(self._platform.clock, KEPT_SECONDS), component)
        return component

    async def _check(self, name: str) -> Component:
        started = self._platform.clock.monotonic()
        try:
            detail = dict(await asyncio.to_thread(self._checks[name]))
        except NarrativeError as error:
            return Component(status="unhealthy", latency_ms=None, detail={"code": error.code, "message": error.message})
        latency = (self._platform.clock.monotonic() - started) * 1000
        return Component(status="healthy", latency_ms=round(latency, 2), detail=detail)

    def _jobs_facts(self) -> Mapping[str, Any]:
        store = self._platform.store
        found = store.find_everywhere(JOBS.name, Query(where=[("state", "in", list(OPEN_STATES))], limit=500))
        states = [document["state"] for _, document in found]
        return {"queued": states.count("queued"), "running": states.count("running")}

    # ------------------------------------------------------------------ jobs
    def jobs(self, tenant: Tenant, paging: PageRequest, project_id: str | None, state: str | None) -> Page[Job]:
        """Jobs, newest first."""
        where: list[tuple[str, Operator, Any]] = []
        if project_id is not None:
            where.append(("project_id", "=", project_id))
        if state is not None:
            states: list[JobState] | list[str] = list(OPEN_STATES) if state == "open" else [state]
            where.append(("state", "in", states))
        documents = self._platform.store.find(tenant, JOBS.name, paging.query(where))
        return paging.page(documents, Job.from_document)

    def job(self, tenant: Tenant, job_id: str) -> Job:
        """Raises ``NotFound('job_not_found')``."""
        return self._platform.queue.get(tenant, job_id)

    def cancel(self, tenant: Tenant, job_id: str) -> Job:
        """Ask a job to end. Raises ``Conflict('job_has_ended')``; asking twice is fine."""
        job = self._platform.queue.get(tenant, job_id)
        if job.has_ended and job.state != "canceled":
            raise Conflict("job_has_ended", f"This job has ended already: it is {job.state}.")
        return self._platform.queue.cancel(tenant, job_id)
