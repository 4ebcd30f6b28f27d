"""Background work of the features stage: three searches, each in a child process that a cancel ends at once."""

from __future__ import annotations

from typing import Final

from narrative.background.handlers import JobContext, Result, job
from narrative.studio.datasets.service import DatasetService
from narrative.studio.features.service import FeatureService
from narrative.studio.platform import Platform, Services
from narrative.studio.work import run_in_child, work_folder

SLACK_SECONDS: Final = 120.0
"""How long a search may run past its budget before it is killed: reading a large table takes its time."""
SLACK_FACTOR: Final = 3.0
ADDRESS_SPACE_BYTES: Final = 8 * 1024**3
"""Native libraries reserve far more address space than they use."""


@job("features.search", lane="long")
def search_features(context: JobContext) -> Result:
    """Run one search of the features stage and keep its report."""
    services: Services = context.services
    platform, datasets, features = services.of(Platform), services.of(DatasetService), services.of(FeatureService)
    payload = context.payload
    version = datasets.version(context.tenant, payload["version_id"])
    profile = datasets.profile_blob(context.tenant, version.id, payload["target"], "auto")
    budget = float(payload["settings"]["budget_seconds"])
    with work_folder(platform) as folder:
        report = run_in_child(
            context,
            platform,
            "narrative.studio.features.work:search",
            {
                "what": payload["what"],
                "table": str(platform.blobs.local_path(context.tenant, version.table_sha256)),
                "profile": None if profile is None else str(platform.blobs.local_path(context.tenant, profile)),
                "options": {
                    "target": payload["target"],
                    "problem": payload["problem"],
                    "threads": 1,
                    "steps": payload["steps"],
                },
                "settings": payload["settings"],
                "folder": str(folder),
            },
            wall_seconds=SLACK_FACTOR * budget + SLACK_SECONDS,
            memory_bytes=max(platform.limits.child_memory_bytes, ADDRESS_SPACE_BYTES),
        )
    return Result(
        {"project_id": payload["project_id"], "what": payload["what"]},
        apply=lambda unit: features.apply_search(unit, context.tenant, payload, report),
    )
