"""Background work of combinations."""

from __future__ import annotations

from typing import Any

from narrative.background.handlers import JobContext, Result, job
from narrative.ports.blobs import BlobRef
from narrative.studio.datasets.failures import mark_import_failed
from narrative.studio.datasets.jobs import stories_in
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.work_types import Imported
from narrative.studio.platform import Platform, Services
from narrative.studio.work import run_in_child, work_folder

PLAN_SECONDS = 300.0
RUN_SECONDS = 1_800.0


@job("combining.plan")
def plan_combination(context: JobContext) -> Result:
    """Count what a combination would give, lose and double."""
    services: Services = context.services
    platform = services.of(Platform)
    with work_folder(platform) as folder:
        payload = _tables(context) | {"folder": str(folder)}
        function = "narrative.studio.combining.work:plan"
        return Result(run_in_child(context, platform, function, payload, wall_seconds=PLAN_SECONDS))


@job("combining.run", on_failed=mark_import_failed)
def combine_tables(context: JobContext) -> Result:
    """Make a new version of the first dataset out of both, with its profile and the stories of two stages."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    first = datasets.version(context.tenant, context.payload["first_version_id"])
    added = datasets.version(context.tenant, context.payload["second_version_id"])
    second = datasets.get(context.tenant, context.payload["second_id"])
    about = {
        "how": context.payload["how"],
        "keys": context.payload["keys"],
        "with": context.payload["second_version_id"],
    }
    with work_folder(platform) as folder:
        payload = _tables(context) | {"folder": str(folder), "report": first.report, "second_name": second.name}
        payload["second_personal"] = added.report.get("personal", [])
        function = "narrative.studio.combining.work:combine"
        facts = run_in_child(context, platform, function, payload, wall_seconds=RUN_SECONDS)
        facts["checks"] = datasets.look(context, context.payload["dataset_id"], folder, facts)
        bad_rows = first.bad_rows_sha256
        made = Imported(
            job_id=context.job.id,
            version_id=context.derived_id("dver"),
            facts=facts,
            table=platform.blobs.put_file(context.tenant, folder / "table.parquet"),
            profile=platform.blobs.put_file(context.tenant, folder / "profile.json"),
            bad_rows=None if bad_rows is None else BlobRef(bad_rows, 0),  # stored long ago; only its name counts here
            stories=stories_in(folder),
            options={**first.options, "combined": about},
            parents=(first.id, context.payload["second_version_id"]),
            user_id=context.payload.get("user_id"),
        )
    dataset_id = context.payload["dataset_id"]
    return Result(
        {"dataset_id": dataset_id, "version_id": made.version_id},
        apply=lambda unit: datasets.apply_import(unit, context.tenant, dataset_id, made),
    )


def _tables(context: JobContext) -> dict[str, Any]:
    """Where both tables lie, and how they shall be combined."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    first, second = (
        datasets.version(context.tenant, context.payload[name]) for name in ("first_version_id", "second_version_id")
    )
    return {
        "first": str(platform.blobs.local_path(context.tenant, first.table_sha256)),
        "second": str(platform.blobs.local_path(context.tenant, second.table_sha256)),
        "how": context.payload["how"],
        "keys": context.payload["keys"],
    }
