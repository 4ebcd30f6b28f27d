"""Background work of datasets: import a file, profile it for a target."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from narrative.background.handlers import JobContext, Result, job
from narrative.engine.story.types import Story
from narrative.engine.tables.store import address_space
from narrative.engine.tables.types import ReadLimits
from narrative.studio.datasets.changes import file_deleted
from narrative.studio.datasets.failures import mark_import_failed, mark_target_failed
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.work_types import Imported, Profiled
from narrative.studio.platform import Platform, Services
from narrative.studio.work import run_in_child, work_folder
from narrative.studio.workspaces.service import WorkspaceService

IMPORT_SECONDS = 1_800.0
PROFILE_SECONDS = 900.0


@job("datasets.import", on_failed=mark_import_failed)
def import_dataset(context: JobContext) -> Result:
    """Turn the raw file of a dataset into a new version with its profile and the stories of two stages."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    dataset = datasets.get(context.tenant, context.payload["dataset_id"])
    if dataset.raw_sha256 is None:
        raise file_deleted()
    raw = platform.blobs.local_path(context.tenant, dataset.raw_sha256)
    with work_folder(platform) as folder:
        facts = run_in_child(
            context,
            platform,
            "narrative.studio.datasets.work:import_file",
            {
                "path": str(raw),
                "name": dataset.original_filename,
                "options": context.payload["options"],
                "salt": services.of(WorkspaceService).salt(context.tenant),
                "limits": {"memory_bytes": platform.limits.child_memory_bytes},
                "folder": str(folder),
            },
            wall_seconds=IMPORT_SECONDS,
            memory_bytes=address_space(raw, ReadLimits(memory_bytes=platform.limits.child_memory_bytes)),
        )
        facts["checks"] = datasets.look(context, dataset.id, folder, facts)
        bad_rows, lines = folder / "bad_rows.csv", folder / "lines.parquet"
        imported = Imported(
            job_id=context.job.id,
            version_id=context.derived_id("dver"),
            facts=facts,
            table=platform.blobs.put_file(context.tenant, folder / "table.parquet"),
            profile=platform.blobs.put_file(context.tenant, folder / "profile.json"),
            bad_rows=platform.blobs.put_file(context.tenant, bad_rows) if bad_rows.exists() else None,
            stories=stories_in(folder),
            options={**context.payload["options"], "delete_file": context.payload.get("delete_file", False)},
            user_id=context.payload.get("user_id"),
            lines=platform.blobs.put_file(context.tenant, lines) if lines.exists() else None,
            raw_sha256=dataset.raw_sha256,
        )
    return Result(
        {"dataset_id": dataset.id, "version_id": imported.version_id},
        apply=lambda unit: datasets.apply_import(unit, context.tenant, dataset.id, imported),
    )


@job("datasets.forget")
def forget_hidden(context: JobContext) -> Result:
    """Delete what shows the data that the present version of a dataset hides."""
    services: Services = context.services
    return Result({"deleted": services.of(DatasetService).forget_hidden(context.tenant, context.payload["dataset_id"])})


@job("datasets.profile", on_failed=mark_target_failed)
def profile_dataset(context: JobContext) -> Result:
    """Profile the table of a project for the chosen target."""
    services: Services = context.services
    platform, datasets = services.of(Platform), services.of(DatasetService)
    payload = context.payload
    version = datasets.version(context.tenant, payload["version_id"])
    with work_folder(platform) as folder:
        outcome = run_in_child(
            context,
            platform,
            "narrative.studio.datasets.work:profile_file",
            {
                "path": str(platform.blobs.local_path(context.tenant, version.table_sha256)),
                "target": payload["target"],
                "problem": payload["problem"],
                "folder": str(folder),
            },
            wall_seconds=PROFILE_SECONDS,
        )
        profiled = Profiled(
            job_id=context.job.id,
            version_id=version.id,
            target=payload["target"],
            problem=outcome["problem"],
            summary=outcome["summary"],
            profile=platform.blobs.put_file(context.tenant, folder / "profile.json"),
            stories=stories_in(folder),
        )
    return Result(
        {"project_id": payload["project_id"], "target": payload["target"], "problem": outcome["problem"]},
        apply=lambda unit: datasets.apply_profile(unit, context.tenant, payload["project_id"], profiled),
    )


def stories_in(folder: Path) -> list[Story]:
    """Stories that the child left behind."""
    found: list[dict[str, Any]] = json.loads((folder / "stories.json").read_text(encoding="utf-8"))
    return [Story.model_validate(story) for story in found]
