"""Reads the lineage of a dataset, and plans and records its rebuilding."""

from __future__ import annotations

from typing import Any, Final

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, NotFound
from narrative.http.idempotency import Ids
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import SYSTEM, Tenant, UnitOfWork
from narrative.studio.accounts.repository import UserRepository
from narrative.studio.datasets.entities import Dataset, DatasetVersion
from narrative.studio.datasets.repository import VersionRepository
from narrative.studio.datasets.service import DatasetService
from narrative.studio.deployments.repository import DeploymentRepository
from narrative.studio.experiments.repository import ExperimentRepository
from narrative.studio.kept_blobs import check_stored
from narrative.studio.lineage.entities import Action, Node, Relation
from narrative.studio.lineage.graph import Made, drawn
from narrative.studio.lineage.script import script_of
from narrative.studio.models.repository import ModelVersionRepository
from narrative.studio.platform import Platform
from narrative.studio.versions.entities import TransformationLineage
from narrative.studio.versions.repository import LineageRepository
from narrative.studio.versions.service import Described, VersionService

REPRODUCE: Final = "lineage.reproduce"
MOST_VERSIONS: Final = 5_000
LOOKED_AT_BYTES: Final = 1024**3
"""Of stored tables whose bytes a plan reads; what is beyond is looked at by the rebuilding only."""


class LineageService:
    """Use cases of lineage."""

    def __init__(self, platform: Platform, datasets: DatasetService, versions: VersionService) -> None:
        self._platform = platform
        self._datasets = datasets
        self._described = versions
        self._versions = VersionRepository(platform.store)
        self._lineage = LineageRepository(platform.store)
        self._experiments = ExperimentRepository(platform.store)
        self._models = ModelVersionRepository(platform.store)
        self._deployments = DeploymentRepository(platform.store)
        self._users = UserRepository(platform.store)

    # ------------------------------------------------------------------ reading
    def dataset(self, tenant: Tenant, dataset_id: str) -> Dataset:
        """Raises ``NotFound('dataset_not_found')``."""
        return self._datasets.get(tenant, dataset_id)

    def versions(self, tenant: Tenant, dataset_id: str) -> list[Described]:
        """All versions of a dataset, oldest first. Raises ``NotFound('dataset_not_found')``."""
        dataset = self._datasets.get(tenant, dataset_id)
        found = self._versions.where(tenant, [("dataset_id", "=", dataset_id)], limit=MOST_VERSIONS)
        return [
            self._described.described(tenant, version, dataset)
            for version in sorted(found, key=lambda item: item.number)
        ]

    def transformations(self, tenant: Tenant, dataset_id: str) -> list[TransformationLineage]:
        """How versions were made of others by steps, oldest first."""
        return self._described.lineage_of_dataset(tenant, dataset_id)

    def of_version(self, tenant: Tenant, version_id: str) -> tuple[Dataset, set[str]]:
        """The dataset of a version, and the ids of the version and of every version it was made of.

        Raises:
            NotFound: ``dataset_version_not_found``.
        """
        known = self._described.get(tenant, version_id)
        return known.dataset, set(self._with_ancestors(tenant, [version_id]))

    def names(self, user_ids: set[str]) -> dict[str, str]:
        """Names of people by id."""
        found = {user_id: self._users.find(SYSTEM, user_id) for user_id in user_ids}
        return {user_id: user.name for user_id, user in found.items() if user is not None}

    def graph(self, tenant: Tenant, dataset_id: str) -> tuple[list[Node], list[Relation]]:
        """The graph of a dataset: raw files, versions, and what was trained on and deployed from them."""
        dataset = self._datasets.get(tenant, dataset_id)
        ids = self._with_ancestors(tenant, [known.version.id for known in self.versions(tenant, dataset_id)])
        known = [self._described.get(tenant, version_id) for version_id in ids]
        experiments = self._experiments.where(tenant, [("dataset_version_id", "in", ids)], limit=MOST_VERSIONS)
        models = self._models.where(tenant, [("dataset_version_id", "in", ids)], limit=MOST_VERSIONS)
        model_ids = [model.id for model in models]
        deployments = self._deployments.where(tenant, [("model_version_id", "in", model_ids)], limit=MOST_VERSIONS)
        made = Made(known, experiments, models, deployments)
        return drawn(dataset, made, self.names({item.dataset.user_id or "" for item in known}))

    # ------------------------------------------------------------------ rebuilding
    def plan(self, tenant: Tenant, dataset_id: str, version_id: str | None) -> list[Action]:
        """How every version of a dataset (or one, with what it was made of) is built again, in that order.

        Raises:
            NotFound: ``dataset_not_found``, ``dataset_version_not_found``.
        """
        all_ids = [known.version.id for known in self.versions(tenant, dataset_id)]
        if version_id is not None and version_id not in all_ids:
            raise self._versions.missing()
        ids = self._with_ancestors(tenant, all_ids if version_id is None else [version_id])
        left = LOOKED_AT_BYTES
        actions: list[Action] = []
        for each in ids:
            known = self._described.get(tenant, each)
            left -= known.version.size_bytes
            actions.append(self._action(tenant, known, look=left >= 0))
        return actions

    def start(self, tenant: Tenant, ids: Ids, dataset_id: str, version_id: str | None) -> Job:
        """Begin to rebuild; the result of the job names every version with both hashes.

        Raises:
            NotFound: as :meth:`plan`. Conflict: ``lineage_broken``: something it is made of was deleted.
        """
        actions = self.plan(tenant, dataset_id, version_id)
        broken = next((action for action in actions if action.obstacle), None)
        if broken is not None:
            raise Conflict(
                "lineage_broken",
                f"Version {broken.number} cannot be built again: {broken.obstacle}",
                fix="Keep the versions that are stored, or load the file again.",
            )
        payload = {"dataset_id": dataset_id, "versions": [action.version_id for action in actions]}
        return self._platform.queue.enqueue(tenant, REPRODUCE, payload, idempotency_key=ids.operation)

    def script(self, tenant: Tenant, version_id: str) -> tuple[str, str]:
        """File name and text of a program that makes a version of its file.

        Raises:
            NotFound: ``dataset_version_not_found``. Conflict: ``script_not_possible``.
        """
        known = self._described.get(tenant, version_id)
        there = [parent for parent in known.version.parents if self._versions.find(tenant, parent) is not None]
        sources = {parent: self._described.get(tenant, parent) for parent in there}
        return f"version_{known.version.number}.py", script_of(known, sources)

    def recipe_of(self, tenant: Tenant, version_id: str) -> dict[str, Any]:
        """What a child needs to build a version again; sources are named by version id."""
        known = self._described.get(tenant, version_id)
        version, lineage = known.version, known.lineage
        base = {"version_id": version.id, "expected_hash": version.content_hash}
        if lineage is not None:
            steps = [
                {"type": step.type, "params": step.parameters, "id": step.step_id} for step in lineage.transformations
            ]
            about = {
                "target": lineage.target, "problem": lineage.problem, "tables": lineage.tables,
                "from_sample": lineage.n_fitted < lineage.n_before,
            }  # fmt: skip
            return base | {"kind": "apply", "parent": lineage.parent_version, "steps": steps, **about}
        if version.parents:
            second = self._described.get(tenant, version.parents[1])
            combined = version.options["combined"]
            first = self._datasets.version(tenant, version.parents[0])
            return base | {
                "kind": "combine",
                "parents": list(version.parents),
                "how": combined["how"],
                "keys": combined["keys"],
                "report": first.report,
                "second_name": second.dataset.name,
                "second_personal": second.version.report.get("personal", []),
            }
        raw = version.file_in(known.dataset)
        if raw is None:
            raise NotFound("blob_not_found", "The stored file does not exist.")
        path = str(self._platform.blobs.local_path(tenant, raw))
        name = known.dataset.original_filename
        return base | {"kind": "import", "path": path, "name": name, "options": version.options}

    def apply_rebuilt(self, unit: UnitOfWork, tenant: Tenant, rebuilt: dict[str, BlobRef]) -> None:
        """Name the tables that were stored again, by version id."""
        check_stored(self._platform, tenant, [ref.sha256 for ref in rebuilt.values()])
        for version_id, ref in rebuilt.items():
            if self._versions.find(tenant, version_id, unit) is not None:
                changes = {"table_sha256": ref.sha256, "size_bytes": ref.size_bytes}
                self._versions.change(
                    unit,
                    tenant,
                    version_id,
                    lambda known, changes=changes: known.with_(**changes),  # type: ignore[misc]  # binds the loop's value
                )

    def version(self, tenant: Tenant, version_id: str) -> DatasetVersion:
        """Raises ``NotFound('dataset_version_not_found')``."""
        return self._versions.get(tenant, version_id)

    def _with_ancestors(self, tenant: Tenant, version_ids: list[str]) -> list[str]:
        """The versions and all they were made of, each after its sources; what was deleted is left out."""
        ordered: dict[str, None] = {}

        def visit(version_id: str) -> None:
            version = self._versions.find(tenant, version_id)
            if version is None or version_id in ordered:
                return
            for parent in version.parents:
                visit(parent)
            ordered[version_id] = None

        for version_id in version_ids:
            visit(version_id)
        return list(ordered)

    def _action(self, tenant: Tenant, known: Described, *, look: bool) -> Action:
        version, lineage = known.version, known.lineage
        n_steps = len(lineage.transformations) if lineage else 0
        if lineage is not None:
            said = f"Carry out {n_steps:,} step{'' if n_steps == 1 else 's'}"
        elif version.parents:
            said = "Combine two versions again"
        else:
            said = f"Read {known.dataset.original_filename} again"
        return Action(
            version_id=version.id,
            number=version.number,
            dataset_id=version.dataset_id,
            kind="apply" if lineage else "combine" if version.parents else "import",
            sources=version.parents,
            sentence=said,
            expected_hash=version.content_hash,
            is_stored=known.is_stored,
            bytes_intact=self._is_intact(tenant, version) if look and known.is_stored else None,
            obstacle=self._obstacle(tenant, known),
        )

    def _obstacle(self, tenant: Tenant, known: Described) -> str | None:
        gone = [parent for parent in known.version.parents if self._versions.find(tenant, parent) is None]
        if gone:
            return "a version it was made of was deleted."
        if known.version.parents:
            if known.lineage is None and "combined" not in known.version.options:
                return "how it was made was not noted."
            return None
        raw = known.version.file_in(known.dataset)
        return None if raw is not None and self._platform.blobs.exists(tenant, raw) else "its file was deleted."

    def _is_intact(self, tenant: Tenant, version: DatasetVersion) -> bool:
        try:
            self._platform.blobs.local_path(tenant, version.table_sha256)
        except Conflict:
            return False
        return True
