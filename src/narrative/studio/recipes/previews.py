"""Previews of recipes: computed in a warm child, kept for the next look at the same thing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from narrative.core.errors import InvalidInput, NarrativeError
from narrative.core.hashing import hash_json
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project, StepFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.recipes.checking import check, is_done, n_shaping, numbered, specs_of
from narrative.studio.recipes.tables import tables_of
from narrative.studio.warm import WarmPool

PREVIEW_SECONDS: Final = 60.0
KEPT: Final = 64
CLEAN: Final = "narrative.studio.recipes.cleaning_work:propose"
WORK: Final = "narrative.studio.recipes.preview_work:preview"


class PreviewService:
    """Shows what steps would do; changes nothing."""

    def __init__(self, platform: Platform, projects: ProjectService, datasets: DatasetService, pool: WarmPool) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets
        self._pool = pool
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def of_project(
        self, who: Identity, project_id: str, steps: list[StepFacts] | None, about: dict[str, Any]
    ) -> dict[str, Any]:
        """The preview of a project's steps, or of others on its table.

        Args:
            about: ``step_id``, ``show``, ``rows``.

        Raises:
            NotFound: ``project_not_found``. Conflict: ``dataset_not_ready``. InvalidInput: what checking the steps
                and fitting them raise, ``step_not_there``. LimitExceeded: ``preview_busy``, ``preview_too_large``.
        """
        project = self._projects.get(who.tenant, project_id)
        version = self._datasets.version_of_project(who.tenant, project)
        chosen = numbered(project.recipe.steps if steps is None else steps)
        return self._of(who, version, chosen, _target(project, version), about)

    def of_version(
        self, who: Identity, version: DatasetVersion, steps: list[StepFacts], about: dict[str, Any]
    ) -> dict[str, Any]:
        """The same for any version, where no column is to be predicted."""
        return self._of(who, version, numbered(steps), (None, None), about)

    def proposals(self, who: Identity, version: DatasetVersion, target: str | None) -> list[dict[str, Any]]:
        """Repairs that a table needs without doubt.

        Raises:
            LimitExceeded: ``preview_busy``, ``preview_too_large``.
        """
        payload = {"target": target if target in version.kinds else None}
        key = hash_json({"workspace": who.workspace_id, "clean": version.content_hash, **payload})
        known = self._known(key)
        found = known if known is not None else self._asked(who, version, CLEAN, payload, key)
        items: list[dict[str, Any]] = found["items"]
        return items

    def proposals_in_project(self, who: Identity, project_id: str) -> list[dict[str, Any]]:
        """The same for the table of a project, without repairs that its recipe holds already."""
        project = self._projects.get(who.tenant, project_id)
        version = self._datasets.version_of_project(who.tenant, project)
        held = [step for step in project.recipe.steps if step.enabled]
        found = self.proposals(who, version, project.target.target)
        return [item for item in found if not is_done(StepFacts.model_validate(item["step"]), held)]

    def faults_in_project(self, tenant: Tenant, project_id: str, steps: list[StepFacts]) -> list[dict[str, Any]]:
        """Everything that does not fit the table of a project; raises as :meth:`of_project` for the project."""
        project = self._projects.get(tenant, project_id)
        return self.faults(self._datasets.version_of_project(tenant, project), steps, project.target.target)

    def faults(self, version: DatasetVersion, steps: Sequence[StepFacts], target: str | None) -> list[dict[str, Any]]:
        """Everything that does not fit, before anything runs; empty when all fits."""
        try:
            check(numbered(steps), version.kinds, target)
        except NarrativeError as error:
            named = {"code": error.code, "message": error.message, "column": error.column, "fix": error.fix}
            faults: list[dict[str, Any]] = error.context.get("faults") or [named | error.context]
            return [fault | {"step_id": fault.get("step")} for fault in faults]
        return []

    def _of(
        self,
        who: Identity,
        version: DatasetVersion,
        steps: list[StepFacts],
        predicted: tuple[str | None, str | None],
        about: dict[str, Any],
    ) -> dict[str, Any]:
        target, problem = predicted
        check(steps, version.kinds, target)
        if about["step_id"] is not None and about["step_id"] not in {step.id for step in steps}:
            raise InvalidInput(
                "step_not_there",
                f"There is no step {about['step_id']!r} in this recipe.",
                fix=f"Steps: {', '.join(step.id for step in steps) or 'none'}.",
            )
        specs = specs_of(steps)
        if n_shaping(specs):  # a step that makes other rows works on all columns
            target = problem = None
        payload = {
            "content_hash": version.content_hash,
            "steps": [spec.model_dump() for spec in specs],
            "target": target,
            "problem": problem,
            "tables": tables_of(self._platform, self._datasets, who.tenant, specs),
            **about,
        }
        key = hash_json({"workspace": who.workspace_id, **payload})
        known = self._known(key)
        return known if known is not None else self._asked(who, version, WORK, payload, key)

    def _known(self, key: str) -> dict[str, Any] | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _asked(
        self, who: Identity, version: DatasetVersion, work: str, payload: dict[str, Any], key: str
    ) -> dict[str, Any]:
        path = str(self._path(who.tenant, version))
        person = f"{who.workspace_id}/{who.user_id}"
        made = self._pool.call(person, version.content_hash, work, payload | {"path": path}, seconds=PREVIEW_SECONDS)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made

    def _path(self, tenant: Tenant, version: DatasetVersion) -> object:
        return self._platform.blobs.local_path(tenant, version.table_sha256)


def _target(project: Project, version: DatasetVersion) -> tuple[str | None, str | None]:
    """The column to predict and the problem, when the table has it."""
    target = project.target.target
    return (target, project.target.problem) if target in version.kinds else (None, None)
