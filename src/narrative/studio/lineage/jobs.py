"""Background work of lineage: rebuild versions from raw files and steps, and compare hashes."""

from __future__ import annotations

from typing import Any, Final

from narrative.background.handlers import JobContext, Result, job
from narrative.ports.blobs import BlobRef
from narrative.studio.lineage.service import LineageService
from narrative.studio.platform import Platform, Services
from narrative.studio.work import run_in_child, work_folder
from narrative.studio.workspaces.service import WorkspaceService

REBUILD_SECONDS: Final = 6 * 3_600.0


@job("lineage.reproduce")
def reproduce(context: JobContext) -> Result:
    """Build every version again; store the tables that are missing, when their hashes are the ones recorded."""
    services: Services = context.services
    platform, lineage = services.of(Platform), services.of(LineageService)
    wanted: list[str] = context.payload["versions"]
    actions = [lineage.recipe_of(context.tenant, version_id) for version_id in wanted]
    with work_folder(platform) as folder:
        built = run_in_child(
            context,
            platform,
            "narrative.studio.lineage.work:rebuild",
            {
                "actions": actions,
                "limits": {"memory_bytes": platform.limits.child_memory_bytes},
                "salt": services.of(WorkspaceService).salt(context.tenant),
                "folder": str(folder),
            },
            wall_seconds=REBUILD_SECONDS,
        )
        rebuilt: dict[str, BlobRef] = {}
        told: list[dict[str, Any]] = []
        for version_id in wanted:
            version = lineage.version(context.tenant, version_id)
            found = built["hashes"][version_id]
            is_equal = found == version.content_hash
            was_stored = platform.blobs.exists(context.tenant, version.table_sha256)
            if is_equal and not was_stored:
                rebuilt[version_id] = platform.blobs.put_file(context.tenant, folder / f"{version_id}.parquet")
            told.append(
                {
                    "version_id": version_id,
                    "number": version.number,
                    "expected_hash": version.content_hash,
                    "hash": found,
                    "equal": is_equal,
                    "restored": is_equal and not was_stored,
                }
            )
    value = {
        "sentence": _told(told),
        "dataset_id": context.payload["dataset_id"],
        "all_equal": all(line["equal"] for line in told),
        "n_restored": len(rebuilt),
        "versions": told,
    }
    return Result(value, apply=lambda unit: lineage.apply_rebuilt(unit, context.tenant, rebuilt))


def _told(versions: list[dict[str, Any]]) -> str:
    """What building again showed, in one sentence."""
    differ = [line["number"] for line in versions if not line["equal"]]
    if differ:
        return f"Version {differ[0]} came out differently: its hash is not what it was. {len(differ):,} in all differ."
    stored = sum(line["restored"] for line in versions)
    again = f", and {stored:,} stored again" if stored else ""
    n = len(versions)
    return f"{n:,} version{'' if n == 1 else 's'} built again: every hash is equal{again}."
