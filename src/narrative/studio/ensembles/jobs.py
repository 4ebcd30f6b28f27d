"""Background work of ensembles."""

from __future__ import annotations

from typing import Final

from narrative.background.handlers import JobContext, Result, job
from narrative.background.jobs import Job
from narrative.ports.metadata import UnitOfWork
from narrative.studio.datasets.jobs import stories_in
from narrative.studio.datasets.service import DatasetService
from narrative.studio.ensembles.repository import EnsembleRepository
from narrative.studio.ensembles.service import EnsembleService
from narrative.studio.experiments.service import ExperimentService
from narrative.studio.models.service import Trained
from narrative.studio.platform import Platform, Services
from narrative.studio.projects.service import ProjectService
from narrative.studio.work import run_in_child, work_folder

LEAST_SECONDS: Final = 600.0
BUDGETS: Final = 3.0
"""Refits may take so many budgets of the run they come from; only a fault takes longer."""


def mark_ensemble_failed(unit: UnitOfWork, job: Job) -> None:
    """No ensemble stays "running" for ever."""
    ensembles = EnsembleRepository()
    if ensembles.find(job.tenant, job.payload["ensemble_id"], unit) is None:
        return
    state = "canceled" if job.state == "canceled" else "failed"
    ensembles.change(
        unit,
        job.tenant,
        job.payload["ensemble_id"],
        lambda known: known.with_(state=state, error=job.error, finished_at=job.finished_at),
    )


@job("ensembles.train", lane="long", on_failed=mark_ensemble_failed)
def train(context: JobContext) -> Result:
    """Judge an ensemble; record it as a new version only when it is better."""
    services: Services = context.services
    platform, experiments = services.of(Platform), services.of(ExperimentService)
    ensembles, datasets = services.of(EnsembleService), services.of(DatasetService)
    ensemble = ensembles.get(context.tenant, context.payload["ensemble_id"])
    experiment = experiments.get(context.tenant, ensemble.experiment_id)
    version = datasets.version(context.tenant, experiment.dataset_version_id)
    dataset = datasets.get(context.tenant, version.dataset_id)
    profile = datasets.profile_blob(context.tenant, version.id, experiment.target, experiment.options["problem"])
    blobs = platform.blobs
    with work_folder(platform) as folder:
        outcome = run_in_child(
            context,
            platform,
            "narrative.studio.ensembles.work:train",
            {
                "table": str(blobs.local_path(context.tenant, version.table_sha256)),
                "record": str(blobs.local_path(context.tenant, experiment.record_sha256 or "")),
                "config": ensemble.config,
                "name": dataset.original_filename,
                "profile": None if profile is None else str(blobs.local_path(context.tenant, profile)),
                "import_report": version.report,
                "threads": platform.limits.threads,
                "test_uses": experiments.test_uses(context.tenant, version.id),
                "folder": str(folder),
            },
            wall_seconds=max(LEAST_SECONDS, BUDGETS * float(experiment.options["budget_seconds"])),
        )
        trained, stories = None, []
        if outcome["comparison"]["kept"]:
            trained = Trained(
                model_id=experiments.model_id_of(context.tenant, experiment, context.derived_id("model")),
                version_id=context.derived_id("mver"),
                project_id=experiment.project_id,
                experiment_id=experiment.id,
                dataset_version_id=version.id,
                name=services.of(ProjectService).get(context.tenant, experiment.project_id).name,
                facts=outcome["facts"],
                bundle=blobs.put_file(context.tenant, folder / "model.narrative"),
                report=blobs.put_file(context.tenant, folder / "report.html"),
                detail=blobs.put_file(context.tenant, folder / "detail.json"),
            )
            stories = stories_in(folder)
    return Result(
        {"ensemble_id": ensemble.id, "model_version_id": None if trained is None else trained.version_id},
        apply=lambda unit: ensembles.apply(
            unit,
            context.tenant,
            ensemble.id,
            comparison=outcome["comparison"],
            trained=trained,
            outcome=outcome,
            stories=stories,
        ),
    )
