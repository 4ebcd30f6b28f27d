"""Carrying steps out: a job makes a new version of the table of a project."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, InvalidInput
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.work_types import Imported
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import PreparedFacts, StepFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.recipes.checking import check, n_shaping, numbered, salted, specs_of
from narrative.studio.recipes.service import RecipeService
from narrative.studio.recipes.tables import tables_of, versions_named
from narrative.studio.stories.service import StoryService
from narrative.studio.versions.entities import TransformationLineage
from narrative.studio.versions.service import VersionService, not_stored

if TYPE_CHECKING:
    from narrative.engine.step_specs import StepSpec

PREPARE: Final = "recipes.prepare"
SHAPE: Final = "recipes.shape"


class ApplyService:
    """Use cases of carrying steps out.

    Steps that learn (fill, scale, encode) make a version beside the table: training goes on from the table itself and
    learns them again inside each fold. Steps that make other rows (pivot, join) make the table that training starts
    from; they, and the steps carried out before them, then leave the recipe.
    """

    def __init__(
        self,
        platform: Platform,
        projects: ProjectService,
        datasets: DatasetService,
        recipes: RecipeService,
        *,
        versions: VersionService,
        stories: StoryService,
    ) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets
        self._recipes = recipes
        self._versions = versions
        self._stories = stories
        datasets.when_accepted(self._accepted)

    def start(self, who: Identity, ids: Ids, project_id: str, *, allow_data_loss: bool, note: str) -> Job:
        """Begin to carry out the steps of a project.

        Raises:
            NotFound: ``project_not_found``. Conflict: ``dataset_not_ready``, ``import_running``,
                ``version_not_stored``. InvalidInput: ``recipe_empty``, and what checking the steps raises.
        """
        tenant = who.tenant
        project = self._projects.get(tenant, project_id)
        version = self._datasets.version_of_project(tenant, project)
        specs = specs_of(project.recipe.steps)
        shaping = n_shaping(specs)
        chosen = [spec for spec in (specs[:shaping] if shaping else specs) if spec.enabled]
        if not chosen:
            raise _nothing_to_do()
        target = project.target.target if project.target.target in version.kinds and not shaping else None
        check(project.recipe.steps, version.kinds, project.target.target)
        payload = self._asked(who, version, chosen, allow_data_loss=allow_data_loss, note=note) | {
            "project_id": project_id,
            "n_leave": shaping,
            "rest": [spec.model_dump() for spec in specs[shaping:]] if shaping else [],
            "target": target,
            "problem": project.target.problem if target else None,
            "project_target": project.target.target,
        }
        key = ids.operation
        if not shaping:
            return self._platform.queue.enqueue(tenant, PREPARE, payload, project_id=project_id, idempotency_key=key)

        def enqueue(unit: UnitOfWork, _: str | None) -> Job:
            if self._projects.get(tenant, project_id, unit).dataset != project.dataset:
                raise Conflict("import_running", "This file is being read already.", fix="Wait until it is done.")
            return self._platform.queue.enqueue(
                tenant, SHAPE, payload, unit=unit, project_id=project_id, idempotency_key=key
            )

        return self._datasets.begin_version(tenant, version.dataset_id, enqueue)

    def start_on_dataset(
        self,
        who: Identity,
        ids: Ids,
        dataset_id: str,
        steps: Sequence[StepFacts],
        *,
        allow_data_loss: bool,
        note: str,
    ) -> Job:
        """Begin to carry steps out on a dataset without a project: always a version beside the table.

        Raises:
            NotFound: ``dataset_not_found``. Conflict: ``dataset_not_ready``, ``version_not_stored``. InvalidInput:
                ``recipe_empty``, and what checking the steps raises.
        """
        version = self._datasets.version_of(who.tenant, self._datasets.get(who.tenant, dataset_id))
        salt = secrets.token_hex(16)
        given = numbered([salted(step, salt) for step in steps])
        specs = [spec for spec in specs_of(given) if spec.enabled]
        if not specs:
            raise _nothing_to_do()
        check(given, version.kinds, None)
        payload = self._asked(who, version, specs, allow_data_loss=allow_data_loss, note=note) | {
            "project_id": None,
            "n_leave": 0,
            "rest": [],
            "target": None,
            "problem": None,
            "project_target": None,
        }
        return self._platform.queue.enqueue(who.tenant, PREPARE, payload, idempotency_key=ids.operation)

    def _asked(
        self, who: Identity, version: DatasetVersion, specs: list[StepSpec], *, allow_data_loss: bool, note: str
    ) -> dict[str, Any]:
        """What a job is told of any steps that are carried out. Raises ``Conflict('version_not_stored')``."""
        if not self._platform.blobs.exists(who.tenant, version.table_sha256):
            raise not_stored(version)
        tables_of(self._platform, self._datasets, who.tenant, specs)
        return {
            "dataset_id": version.dataset_id,
            "version_id": version.id,
            "steps": [spec.model_dump() for spec in specs],
            "tables": versions_named(specs),
            "allow_data_loss": allow_data_loss,
            "note": note,
            "user_id": who.user_id,
        }

    def paths_of(self, tenant: Tenant, payload: dict[str, Any]) -> dict[str, Any]:
        """Where the table and those that steps look into lie."""
        version = self._datasets.version(tenant, payload["version_id"])
        others = {name: self._datasets.version(tenant, name).table_sha256 for name in payload["tables"]}
        return {
            "path": str(self._platform.blobs.local_path(tenant, version.table_sha256)),
            "tables": {name: str(self._platform.blobs.local_path(tenant, sha256)) for name, sha256 in others.items()},
        }

    def record_prepared(self, unit: UnitOfWork, tenant: Tenant, made: Imported, lineage: TransformationLineage) -> None:
        """A version beside the table."""
        if self._datasets.add_prepared(unit, tenant, lineage.dataset_id, made):
            self._versions.record(unit, tenant, lineage)
            self._tell(unit, tenant, made, lineage)
            self.judge(unit, tenant, lineage.project_id, lineage, made.facts["summary"]["quality"])

    def record_shaped(self, unit: UnitOfWork, tenant: Tenant, made: Imported, lineage: TransformationLineage) -> None:
        """The version that training starts from; the steps that made it leave the recipe."""
        if self._datasets.find_version(tenant, lineage.child_version, unit) is not None:
            return
        self._datasets.apply_import(unit, tenant, lineage.dataset_id, made)
        if self._datasets.find_version(tenant, lineage.child_version, unit) is None:
            return  # the dataset was deleted meanwhile
        self._versions.record(unit, tenant, lineage)
        project = self._projects.find(tenant, str(lineage.project_id), unit)
        if project is None or project.dataset is None or project.dataset.version_id != lineage.child_version:
            return  # its data checks hold the new version: the steps stay until somebody takes it
        self._tell(unit, tenant, made, lineage)
        self._recipes.carried_out(unit, tenant, lineage)

    def _accepted(self, unit: UnitOfWork, tenant: Tenant, project_id: str, version_id: str) -> None:
        """The steps that made a held version leave the recipe once it is taken; else they would be done twice."""
        lineage = self._versions.lineage_of(tenant, version_id, unit)
        if lineage is not None and lineage.is_base and lineage.project_id == project_id:
            self._recipes.carried_out(unit, tenant, lineage)

    def judge(
        self, unit: UnitOfWork, tenant: Tenant, project_id: str | None, lineage: TransformationLineage, quality: float
    ) -> None:
        """Let a project know how good its table is after the steps."""
        steps = [StepFacts(type=step.type, params=step.parameters, id=step.step_id) for step in lineage.transformations]
        facts = PreparedFacts(
            version_id=lineage.child_version, base_id=lineage.parent_version, steps=steps, quality=quality
        )
        self._projects.change_if_there(unit, tenant, project_id, lambda known: known.with_(prepared=facts))

    def _tell(self, unit: UnitOfWork, tenant: Tenant, made: Imported, lineage: TransformationLineage) -> None:
        """Keep what the steps did as the story of the stage."""
        if lineage.project_id is None or self._projects.find(tenant, lineage.project_id, unit) is None:
            return
        for story in made.stories:
            if story.stage == "data_preparation":
                self._stories.put(unit, tenant, lineage.project_id, story)


def _nothing_to_do() -> InvalidInput:
    return InvalidInput("recipe_empty", "There is no step to carry out.", fix="Add a step, or switch one on, first.")
