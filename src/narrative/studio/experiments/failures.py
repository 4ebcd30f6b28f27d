"""What becomes of an experiment whose job ended without a model; runs in the transaction that ends it."""

from __future__ import annotations

from narrative.background.jobs import Job
from narrative.ports.metadata import UnitOfWork
from narrative.studio.experiments.repository import ExperimentRepository
from narrative.studio.projects.entities import Project
from narrative.studio.projects.repository import ProjectRepository
from narrative.studio.schemas import Failure


def mark_training_failed(unit: UnitOfWork, job: Job) -> None:
    """No experiment stays "running" for ever; the project says why."""
    experiments, projects = ExperimentRepository(), ProjectRepository()
    experiment = experiments.find(job.tenant, job.payload["experiment_id"], unit)
    if experiment is None:
        return
    state = "canceled" if job.state == "canceled" else "failed"
    candidates = (job.progress.get("detail") or {}).get("candidates", [])
    experiments.change(
        unit,
        job.tenant,
        experiment.id,
        lambda known: known.with_(
            state=state,
            error=job.error,
            candidates=candidates,
            started_at=job.started_at,
            finished_at=job.finished_at,
        ),
    )
    failure = Failure.of(job.error)

    def tell(project: Project) -> Project:
        training = project.training
        if training is None or training.experiment_id != experiment.id:
            return project
        update = {"state": state, "error": failure.message if failure else None}
        return project.with_(training=training.model_copy(update=update), updated_at=job.finished_at)

    if projects.find(job.tenant, experiment.project_id, unit) is not None:
        projects.change(unit, job.tenant, experiment.project_id, tell)
