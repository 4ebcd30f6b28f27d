"""Background work of predictions: a whole file, and the records of a deleted project."""

from __future__ import annotations

from narrative.background.handlers import JobContext, Result, job
from narrative.engine.story.types import Story
from narrative.studio.data_checks.service import DataCheckService
from narrative.studio.datasets.service import DatasetService
from narrative.studio.models.service import ModelService
from narrative.studio.platform import Platform, Services
from narrative.studio.predictions.failures import mark_batch_failed
from narrative.studio.predictions.service import Predicted, PredictionService
from narrative.studio.work import run_in_child, work_folder
from narrative.studio.workspaces.service import WorkspaceService

BATCH_SECONDS = 6 * 3600.0


@job("predictions.batch", on_failed=mark_batch_failed)
def predict_batch(context: JobContext) -> Result:
    """Predict every row of an uploaded file with the bundle of a model version."""
    services: Services = context.services
    platform, predictions = services.of(Platform), services.of(PredictionService)
    batch = predictions.get_batch(context.tenant, context.payload["batch_id"])
    version = services.of(ModelService).version(context.tenant, batch.model_version_id)
    with work_folder(platform) as folder:
        facts = run_in_child(
            context,
            platform,
            "narrative.studio.predictions.work:predict_file",
            {
                "path": str(platform.blobs.local_path(context.tenant, batch.raw_sha256 or "")),
                "name": batch.original_filename,
                "bundle": str(platform.blobs.local_path(context.tenant, version.bundle_sha256)),
                "limits": {"memory_bytes": platform.limits.child_memory_bytes},
                "folder": str(folder),
                "rules": services.of(DataCheckService).rules_of(context.tenant, batch.project_id),
                "today": platform.clock.now().date().isoformat(),
                "anyway": context.payload.get("anyway", False),
                "personal": services.of(DatasetService).personal_of(context.tenant, version.dataset_version_id),
                "salt": services.of(WorkspaceService).salt(context.tenant),
            },
            wall_seconds=BATCH_SECONDS,
        )
        listed = folder / "failing_rows.csv"
        failing = platform.blobs.put_file(context.tenant, listed) if listed.exists() else None
        if "predicted" not in facts:
            return Result(
                {"batch_id": batch.id, "held": True},
                apply=lambda unit: predictions.hold_batch(unit, context.tenant, batch.id, facts["checks"], failing),
            )
        bad_rows = folder / "bad_rows.csv"
        predicted = Predicted(
            facts=facts,
            result=platform.blobs.put_file(context.tenant, folder / "predictions.csv"),
            bad_rows=platform.blobs.put_file(context.tenant, bad_rows) if bad_rows.exists() else None,
            failing=failing,
            story=Story.model_validate_json((folder / "story.json").read_bytes()),
        )
    return Result(
        {"batch_id": batch.id, "predicted": facts["predicted"], "bad_rows": facts["bad_rows"]},
        apply=lambda unit: predictions.apply_batch(unit, context.tenant, batch.id, predicted),
    )


@job("predictions.forget")
def forget_predictions(context: JobContext) -> Result:
    """Delete the records of single predictions that a deleted project left, in small writes.

    It does not listen to a stop: nobody can want the rest, and a worker that ends hands the job to the next.
    """
    services: Services = context.services
    predictions = services.of(PredictionService)
    deleted = 0
    while some := predictions.forget_some(context.tenant, context.payload["project_id"]):
        deleted += some
    return Result({"deleted": deleted})
