"""What can be done with projects. A leaf: other slices push their facts here, and never the other way round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from narrative.background.jobs import OPEN_STATES
from narrative.core.errors import Conflict
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.kept_blobs import release_blobs
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import DatasetFacts, Project
from narrative.studio.projects.repository import ProjectRepository

T = TypeVar("T")
MAX_RUNNING = 100
Forget = Callable[[UnitOfWork, Tenant, str], list[str]]
"""Deletes what a slice keeps for a project, inside the transaction that deletes the project; gives the hashes of the
blobs that these documents named. Raises ``Conflict`` when the project must stay; then nothing is deleted."""


class ProjectService:
    """Use cases of projects."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._projects = ProjectRepository(platform.store)
        self._forget: list[Forget] = []

    def when_deleted(self, forget: Forget) -> None:
        """Let another slice delete its own documents together with a project."""
        self._forget.append(forget)

    def get(self, tenant: Tenant, project_id: str, unit: UnitOfWork | None = None) -> Project:
        """Raises ``NotFound('project_not_found')``."""
        return self._projects.get(tenant, project_id, unit)

    def find(self, tenant: Tenant, project_id: str, unit: UnitOfWork | None = None) -> Project | None:
        """The project, or None."""
        return self._projects.find(tenant, project_id, unit)

    def running_jobs(self, tenant: Tenant, project_id: str) -> list[str]:
        """Ids of jobs of a project that have not ended."""
        running = self._platform.queue.find(tenant, project_id=project_id, states=OPEN_STATES, limit=MAX_RUNNING)
        return [job.id for job in running]

    def running_jobs_by_project(self, tenant: Tenant) -> dict[str, list[str]]:
        """The same for all projects at once."""
        running: dict[str, list[str]] = {}
        for job in self._platform.queue.find(tenant, states=OPEN_STATES, limit=MAX_RUNNING):
            running.setdefault(job.project_id or "", []).append(job.id)
        return running

    def page(self, tenant: Tenant, paging: PageRequest, read: Callable[[Project], T]) -> Page[T]:
        """Projects, newest first."""
        return self._projects.page(tenant, paging, [], read)

    def new(
        self, unit: UnitOfWork, tenant: Tenant, id: str, *, name: str, dataset: DatasetFacts, question: str = ""
    ) -> Project:
        """A new project inside the caller's transaction; the one an earlier attempt made, if it did."""
        now = self._platform.now()
        project = Project(
            id=id, created_at=now, updated_at=now, name=name[:120] or "Project", question=question, dataset=dataset
        )
        return self._projects.insert_once(unit, tenant, project)[0]

    def change(
        self,
        unit: UnitOfWork,
        tenant: Tenant,
        project_id: str,
        change: Callable[[Project], Project],
        *,
        rev: int | None = None,
    ) -> Project:
        """Write facts inside the caller's transaction.

        Raises:
            NotFound: ``project_not_found``.
            InvalidInput: ``precondition_failed`` when ``rev`` is given and the project has moved on.
        """
        return self._projects.change(
            unit, tenant, project_id, lambda known: self._touched(known, change(known)), rev=rev
        )

    def change_if_there(
        self, unit: UnitOfWork, tenant: Tenant, project_id: str | None, change: Callable[[Project], Project]
    ) -> None:
        """As :meth:`change`, but harmless when the project was deleted while a job ran."""
        if project_id is not None and self._projects.find(tenant, project_id, unit) is not None:
            self.change(unit, tenant, project_id, change)

    def rename(
        self, tenant: Tenant, project_id: str, name: str | None, question: str | None, rev: int | None
    ) -> Project:
        """Change what people call it. Raises ``InvalidInput('precondition_failed')`` when it was changed meanwhile."""
        wanted: Mapping[str, str | None] = {"name": name, "question": question}
        changes = {field: text.strip() for field, text in wanted.items() if text is not None}
        return self._platform.store.atomic(
            lambda unit: self.change(unit, tenant, project_id, lambda known: known.with_(**changes), rev=rev)
        )

    def using(self, tenant: Tenant, dataset_id: str, unit: UnitOfWork | None = None) -> list[Project]:
        """Projects on a dataset."""
        return self._projects.where(tenant, [("dataset.dataset_id", "=", dataset_id)], unit=unit)

    def delete(self, tenant: Tenant, project_id: str) -> None:
        """Delete a project and what other slices keep for it.

        Raises:
            Conflict: ``project_is_live`` while a deployment of it answers, ``project_is_busy`` while a job runs.
        """

        def remove(unit: UnitOfWork) -> list[str]:
            self._projects.get(tenant, project_id, unit)
            if self._platform.queue.find(tenant, project_id=project_id, states=OPEN_STATES, limit=1, unit=unit):
                raise Conflict("project_is_busy", "Work for this project is running.", fix="Stop it first, or wait.")
            blobs = [sha256 for forget in self._forget for sha256 in forget(unit, tenant, project_id)]
            self._projects.delete(unit, tenant, project_id)
            return blobs

        release_blobs(self._platform, tenant, self._platform.store.atomic(remove))

    def _touched(self, before: Project, after: Project) -> Project:
        return after if after == before else after.with_(updated_at=self._platform.now())
