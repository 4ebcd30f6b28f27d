"""A rehearsal of a version before callers meet it, in a child process with limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from narrative.core.errors import NarrativeError
from narrative.engine.children import ChildLimits, run_child
from narrative.ports.metadata import Tenant
from narrative.studio.deployments.entities import Rehearsal, RehearsalCase
from narrative.studio.models.entities import ModelVersion
from narrative.studio.platform import Platform
from narrative.studio.work import work_folder

WALL_SECONDS: Final = 60.0
OPEN_FILES: Final = 256
WORK: Final = "narrative.studio.deployments.rehearsing_work:rehearse_bundle"
Run = Callable[[dict[str, Any]], dict[str, Any]]
"""From the payload of the work to its result."""


class Rehearser:
    """Rehearses versions. ``run`` carries the work out; without it a child process does."""

    def __init__(self, platform: Platform, run: Run | None = None) -> None:
        self._platform = platform
        self._run = run or self._in_child

    def rehearse(self, tenant: Tenant, version: ModelVersion) -> Rehearsal:
        """What became of each mutated request; a model that ends its process has failed.

        Raises:
            Conflict: ``artifact_integrity``, the bundle was altered.
        """
        bundle = self._platform.blobs.local_path(tenant, version.bundle_sha256)
        at = self._platform.now()
        try:
            found = self._run({"bundle": str(bundle)})
        except NarrativeError as error:
            case = RehearsalCase(
                id="start", title="Loading the model in a process of its own", outcome="failed", text=error.message
            )
            return Rehearsal(model_version_id=version.id, at=at, passed=False, p95_ms=None, cases=[case])
        return Rehearsal.model_validate({**found, "model_version_id": version.id, "at": at})

    def _in_child(self, payload: dict[str, Any]) -> dict[str, Any]:
        limits = ChildLimits(
            memory_bytes=self._platform.limits.child_memory_bytes,
            cpu_seconds=int(WALL_SECONDS),
            wall_seconds=WALL_SECONDS,
            threads=self._platform.limits.threads,
            open_files=OPEN_FILES,
        )
        with work_folder(self._platform) as folder:
            return run_child(
                WORK, payload, limits=limits, clock=self._platform.clock, limit_code="work_too_large", folder=folder
            )
