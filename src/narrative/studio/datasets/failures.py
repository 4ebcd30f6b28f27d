"""What becomes of a dataset or a target when its job ends without a result; runs in the transaction that ends it."""

from __future__ import annotations

from narrative.background.jobs import Job
from narrative.ports.metadata import UnitOfWork
from narrative.studio.datasets.entities import Dataset
from narrative.studio.datasets.repository import DatasetRepository
from narrative.studio.projects.entities import Project, TargetFacts
from narrative.studio.projects.repository import ProjectRepository
from narrative.studio.schemas import Failure


def mark_import_failed(unit: UnitOfWork, job: Job) -> None:
    """No dataset stays "importing" for ever. One that was read before keeps its last version."""
    datasets, projects = DatasetRepository(), ProjectRepository()
    dataset = datasets.find(job.tenant, job.payload["dataset_id"], unit)
    if dataset is None or dataset.job_id != job.id:
        return
    state = "ready" if dataset.version_id else "failed"

    def change(known: Dataset) -> Dataset:
        return known.with_(state=state, error=job.error)

    def tell(project: Project) -> Project:
        if project.dataset is None:
            return project
        facts = project.dataset.model_copy(update={"state": state, "error": message_of(job)})
        return project.with_(dataset=facts, updated_at=job.finished_at)

    datasets.change(unit, job.tenant, dataset.id, change)
    for project in projects.where(job.tenant, [("dataset.dataset_id", "=", dataset.id)], unit=unit):
        projects.change(unit, job.tenant, project.id, tell)


def mark_target_failed(unit: UnitOfWork, job: Job) -> None:
    """A column that cannot be predicted is not the target; why stands at the stage."""
    projects = ProjectRepository()
    project = projects.find(job.tenant, job.payload["project_id"], unit)
    if project is None or project.target.job_id != job.id:
        return

    def change(known: Project) -> Project:
        kept = known.target.target if known.target.target != job.payload["target"] else None
        problem = known.target.problem if kept else None
        facts = TargetFacts(target=kept, problem=problem, error=message_of(job))
        return known.with_(target=facts, updated_at=job.finished_at)

    projects.change(unit, job.tenant, project.id, change)


def message_of(job: Job) -> str | None:
    """Why a job ended, for people."""
    failure = Failure.of(job.error)
    return None if failure is None else failure.message
