"""Background work of explorations, each in a child process that a cancel ends at once."""

from __future__ import annotations

from typing import Any, Final

from narrative.background.handlers import JobContext, Result, job
from narrative.ports.blobs import BlobRef
from narrative.studio.datasets.failures import mark_import_failed
from narrative.studio.datasets.jobs import stories_in
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.work_types import Imported
from narrative.studio.exploration.service import ExplorationService
from narrative.studio.platform import Platform, Services
from narrative.studio.work import run_in_child, work_folder

WALL_SECONDS: Final = 1_800.0
ADDRESS_SPACE_BYTES: Final = 8 * 1024**3
"""Native libraries reserve far more address space than they use."""


@job("exploration.search", lane="long")
def search(context: JobContext) -> Result:
    """Look for groups, unusual rows or the next values, and keep the result."""
    services: Services = context.services
    platform, explorations = services.of(Platform), services.of(ExplorationService)
    with work_folder(platform) as folder:
        result = run_in_child(
            context,
            platform,
            "narrative.studio.exploration.work:explore",
            _payload(context, str(folder)),
            wall_seconds=WALL_SECONDS,
            memory_bytes=max(platform.limits.child_memory_bytes, ADDRESS_SPACE_BYTES),
        )
    payload = context.payload
    return Result(
        {"dataset_id": payload["dataset_id"], "kind": payload["kind"]},
        apply=lambda unit: explorations.apply_result(unit, context.tenant, payload, result),
    )


@job("exploration.label", lane="long", on_failed=mark_import_failed)
def label(context: JobContext) -> Result:
    """Make a new version with what was found as a column: the same search, with the same seed, once more."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    payload = context.payload
    version = datasets.version(context.tenant, payload["version_id"])
    with work_folder(platform) as folder:
        facts = run_in_child(
            context,
            platform,
            "narrative.studio.exploration.work:label",
            _payload(context, str(folder)) | {"report": version.report},
            wall_seconds=WALL_SECONDS,
            memory_bytes=max(platform.limits.child_memory_bytes, ADDRESS_SPACE_BYTES),
        )
        facts["checks"] = datasets.look(context, payload["dataset_id"], folder, facts)
        made = Imported(
            job_id=context.job.id,
            version_id=context.derived_id("dver"),
            facts=facts,
            table=platform.blobs.put_file(context.tenant, folder / "table.parquet"),
            profile=platform.blobs.put_file(context.tenant, folder / "profile.json"),
            # Stored long ago with the version before; only their names count here.
            bad_rows=None if version.bad_rows_sha256 is None else BlobRef(version.bad_rows_sha256, 0),
            lines=None if version.lines_sha256 is None else BlobRef(version.lines_sha256, 0),
            stories=stories_in(folder),
            options={**version.options, "explored": {"kind": payload["kind"], "settings": payload["settings"]}},
            parents=(version.id,),
            user_id=payload.get("user_id"),
        )
    dataset_id = payload["dataset_id"]
    return Result(
        {"dataset_id": dataset_id, "version_id": made.version_id},
        apply=lambda unit: datasets.apply_import(unit, context.tenant, dataset_id, made),
    )


def _payload(context: JobContext, folder: str) -> dict[str, Any]:
    """What the child works on."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    version = datasets.version(context.tenant, context.payload["version_id"])
    lines = version.lines_sha256
    return {
        "table": str(platform.blobs.local_path(context.tenant, version.table_sha256)),
        "lines": None if lines is None else str(platform.blobs.local_path(context.tenant, lines)),
        "kind": context.payload["kind"],
        "settings": context.payload["settings"],
        "folder": folder,
    }
