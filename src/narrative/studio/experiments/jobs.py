"""Background work of experiments: training."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from narrative.background.handlers import JobContext, Result, job
from narrative.studio.datasets.jobs import stories_in
from narrative.studio.datasets.service import DatasetService
from narrative.studio.experiments.failures import mark_training_failed
from narrative.studio.experiments.service import ExperimentService
from narrative.studio.experiments.work import RECORD_FILE, STOP_FILE, TWIN_NAME
from narrative.studio.models.service import Trained
from narrative.studio.platform import Platform, Services
from narrative.studio.projects.service import ProjectService
from narrative.studio.work import resumable_folder, run_in_child, work_folder

SLACK_SECONDS: Final = 120.0
"""How long a training may run past its budget before it is killed: only a fault keeps it going that long."""
ADDRESS_SPACE_BYTES: Final = 64 * 1024**3
"""The pipeline bounds its own children by the memory that is free; this outer bound is only to end a runaway."""
LOOK_SECONDS: Final = 0.2
COMPARE_SECONDS: Final = 120.0


@job("experiments.train", lane="long", on_failed=mark_training_failed)
def train(context: JobContext) -> Result:
    """Search for a model and record it as a new version; a cancel keeps the best so far."""
    services: Services = context.services
    platform, experiments = services.of(Platform), services.of(ExperimentService)
    datasets = services.of(DatasetService)
    experiment = experiments.get(context.tenant, context.payload["experiment_id"])
    version = datasets.version(context.tenant, experiment.dataset_version_id)
    dataset = datasets.get(context.tenant, version.dataset_id)
    budget = float(experiment.options["budget_seconds"])
    profile = datasets.profile_blob(context.tenant, version.id, experiment.target, experiment.options["problem"])
    with (
        resumable_folder(platform, context.job.id) as run_folder,
        work_folder(platform) as folder,
        _stop_by_file(context, folder / STOP_FILE),
    ):
        outcome = run_in_child(
            context,
            platform,
            "narrative.studio.experiments.work:train_model",
            {
                "table": str(platform.blobs.local_path(context.tenant, version.table_sha256)),
                "name": dataset.original_filename,
                "profile": None if profile is None else str(platform.blobs.local_path(context.tenant, profile)),
                "import_report": version.report,
                "options": {
                    **experiment.options,
                    "target": experiment.target,
                    "threads": platform.limits.threads,
                    "steps": experiment.steps,
                },
                "folder": str(folder),
                "run_folder": str(run_folder),
                "test_uses": experiments.test_uses(context.tenant, version.id),
            },
            wall_seconds=budget + SLACK_SECONDS,
            memory_bytes=ADDRESS_SPACE_BYTES,
            stoppable=False,
        )
        trained = Trained(
            model_id=experiments.model_id_of(context.tenant, experiment, context.derived_id("model")),
            version_id=context.derived_id("mver"),
            project_id=experiment.project_id,
            experiment_id=experiment.id,
            dataset_version_id=version.id,
            name=services.of(ProjectService).get(context.tenant, experiment.project_id).name,
            facts=outcome["facts"],
            bundle=platform.blobs.put_file(context.tenant, folder / "model.narrative"),
            report=platform.blobs.put_file(context.tenant, folder / "report.html"),
            detail=platform.blobs.put_file(context.tenant, folder / "detail.json"),
        )
        stories = stories_in(folder)
        if (folder / RECORD_FILE).exists():
            outcome["record_sha256"] = platform.blobs.put_file(context.tenant, folder / RECORD_FILE).sha256
        if (folder / TWIN_NAME).exists():
            outcome["twin_sha256"] = platform.blobs.put_file(context.tenant, folder / TWIN_NAME).sha256
    outcome["started_at"] = context.job.started_at
    return Result(
        {"experiment_id": experiment.id, "model_id": trained.model_id, "model_version_id": trained.version_id},
        apply=lambda unit: experiments.apply_training(
            unit, context.tenant, experiment.id, trained=trained, outcome=outcome, stories=stories
        ),
        is_partial=bool(outcome["stopped_early"]),
    )


@job("experiments.compare")
def compare(context: JobContext) -> Result:
    """Compare every run with the first, in a child process."""
    services: Services = context.services
    platform, experiments = services.of(Platform), services.of(ExperimentService)
    runs = [experiments.get(context.tenant, name) for name in context.payload["ids"]]
    records = [
        None if run.record_sha256 is None else str(platform.blobs.local_path(context.tenant, run.record_sha256))
        for run in runs
    ]
    with work_folder(platform) as folder:
        payload = {"records": records, "folder": str(folder)}
        function = "narrative.studio.experiments.comparing:differences"
        return Result(run_in_child(context, platform, function, payload, wall_seconds=COMPARE_SECONDS))


@contextmanager
def _stop_by_file(context: JobContext, stop: Path) -> Iterator[None]:
    """Put the stop file in place as soon as the job shall end, so that the child ends by itself, with what it has."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            if context.should_stop():
                stop.touch()
                return

    thread = threading.Thread(target=watch, name="stop-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
