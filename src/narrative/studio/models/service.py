"""What can be done with models."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from narrative.core.errors import Conflict
from narrative.http.paging import Page, PageRequest
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.documents import Where
from narrative.studio.kept_blobs import blobs_of, check_stored, declare_blobs, release_blobs
from narrative.studio.models.entities import Decision, Model, ModelVersion
from narrative.studio.models.repository import ModelRepository, ModelVersionRepository
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project
from narrative.studio.projects.service import ProjectService

T = TypeVar("T")
MAX_VERSIONS = 100
DecisionState = Literal["accepted", "rejected"]
UseOfVersion = Callable[[UnitOfWork, Tenant, ModelVersion], str | None]
"""What a version is needed for, as the end of "It …"; None: nothing."""


@dataclass(frozen=True)
class Trained:
    """A trained model whose blobs are stored already.

    ``facts`` holds the fields of :class:`ModelVersion` that the engine computed.
    """

    model_id: str
    version_id: str
    project_id: str
    experiment_id: str
    dataset_version_id: str
    name: str
    facts: dict[str, Any]
    bundle: BlobRef
    report: BlobRef
    detail: BlobRef


class ModelService:
    """Use cases of models."""

    def __init__(self, platform: Platform, projects: ProjectService) -> None:
        self._platform = platform
        self._models = ModelRepository(platform.store)
        self._versions = ModelVersionRepository(platform.store)
        self._projects = projects
        self._uses: list[UseOfVersion] = [self._use_in_project]
        declare_blobs(platform, self._versions.spec.name, ModelVersion)
        projects.when_deleted(self._forget)

    def get(self, tenant: Tenant, model_id: str, unit: UnitOfWork | None = None) -> Model:
        """Raises ``NotFound('model_not_found')``."""
        return self._models.get(tenant, model_id, unit)

    def find(self, tenant: Tenant, model_id: str) -> Model | None:
        """The model, or None."""
        return self._models.find(tenant, model_id)

    def version(self, tenant: Tenant, version_id: str, unit: UnitOfWork | None = None) -> ModelVersion:
        """Raises ``NotFound('model_version_not_found')``."""
        return self._versions.get(tenant, version_id, unit)

    def version_of(self, tenant: Tenant, model_id: str, version_id: str) -> ModelVersion:
        """A version that belongs to the model; otherwise it does not exist."""
        self._models.get(tenant, model_id)
        version = self._versions.get(tenant, version_id)
        if version.model_id != model_id:
            raise self._versions.missing()
        return version

    def page(self, tenant: Tenant, paging: PageRequest, project_id: str | None, read: Callable[[Model], T]) -> Page[T]:
        """Models, newest first."""
        where: list[Where] = [("project_id", "=", project_id)] if project_id else []
        return self._models.page(tenant, paging, where, read)

    def versions(self, tenant: Tenant, model_id: str) -> list[ModelVersion]:
        """Versions of a model, newest first."""
        found = self._versions.where(tenant, [("model_id", "=", model_id)], limit=MAX_VERSIONS)
        return sorted(found, key=lambda item: -item.number)

    def detail(self, tenant: Tenant, version: ModelVersion) -> dict[str, Any]:
        """Evaluation, importances, leaderboard, contract, plan and warnings of a version, as they were computed."""
        content = b"".join(self._platform.blobs.open(tenant, version.detail_sha256))
        return dict(json.loads(content))

    def bundle_path(self, tenant: Tenant, model_id: str, version_id: str) -> Path:
        """The verified bundle file. Raises ``Conflict('artifact_integrity')`` when it was altered."""
        version = self.version_of(tenant, model_id, version_id)
        return self._platform.blobs.local_path(tenant, version.bundle_sha256)

    def report_path(self, tenant: Tenant, model_id: str, version_id: str) -> Path:
        """The report of a version."""
        version = self.version_of(tenant, model_id, version_id)
        return self._platform.blobs.local_path(tenant, version.report_sha256)

    def add_version(self, unit: UnitOfWork, tenant: Tenant, trained: Trained) -> ModelVersion:
        """Record a trained version inside the transaction that ends its job; the model is made with its first."""
        earlier = self._versions.where(tenant, [("model_id", "=", trained.model_id)], limit=MAX_VERSIONS, unit=unit)
        parent = max((known for known in earlier if known.id != trained.version_id), key=_number, default=None)
        now = self._platform.now()
        model = Model(id=trained.model_id, created_at=now, project_id=trained.project_id, name=trained.name)
        self._models.insert_once(unit, tenant, model)
        version = ModelVersion.model_validate(
            {
                **trained.facts,
                "id": trained.version_id,
                "created_at": now,
                "trained_at": now,
                "model_id": trained.model_id,
                "project_id": trained.project_id,
                "experiment_id": trained.experiment_id,
                "dataset_version_id": trained.dataset_version_id,
                "number": 1 if parent is None else parent.number + 1,
                "parent_id": None if parent is None else parent.id,
                "size_bytes": trained.bundle.size_bytes,
                "bundle_sha256": trained.bundle.sha256,
                "report_sha256": trained.report.sha256,
                "detail_sha256": trained.detail.sha256,
            }
        )
        check_stored(self._platform, tenant, blobs_of(version))
        return self._versions.insert_once(unit, tenant, version)[0]

    def keep_while(self, use: UseOfVersion) -> None:
        """Ask this before a version is deleted."""
        self._uses.append(use)

    def pin(self, tenant: Tenant, model_id: str, version_id: str, *, pinned: bool) -> ModelVersion:
        """Keep a version whatever happens, or no longer."""
        self.version_of(tenant, model_id, version_id)
        return self._platform.store.atomic(
            lambda unit: self._versions.change(unit, tenant, version_id, lambda known: known.with_(pinned=pinned))
        )

    def decide(
        self, tenant: Tenant, model_id: str, version_id: str, state: DecisionState | None, *, note: str, by: str
    ) -> ModelVersion:
        """Accept or reject a version with a note, or take the decision back (``state`` None); the latest one counts."""
        self.version_of(tenant, model_id, version_id)
        now = self._platform.now()
        decision = None if state is None else Decision(state=state, note=note, decided_by=by, decided_at=now)

        def decide(unit: UnitOfWork) -> ModelVersion:
            version = self._versions.change(unit, tenant, version_id, lambda known: known.with_(decision=decision))
            self._projects.change_if_there(unit, tenant, version.project_id, noted)
            return version

        def noted(project: Project) -> Project:
            if project.model is None or project.model.version_id != version_id:
                return project  # of an older version: the stage speaks of the present one
            return project.with_(model=project.model.model_copy(update={"decision": state}))

        return self._platform.store.atomic(decide)

    def delete_version(self, tenant: Tenant, model_id: str, version_id: str) -> None:
        """Delete a version and its bytes. Raises ``Conflict``: ``version_pinned``, ``version_in_use``."""
        self.version_of(tenant, model_id, version_id)

        def delete(unit: UnitOfWork) -> list[str]:
            version = self._versions.get(tenant, version_id, unit)
            if version.pinned:
                raise Conflict("version_pinned", f"Version {version.number} is pinned.", fix="Unpin it first.")
            for use in self._uses:
                needed = use(unit, tenant, version)
                if needed is not None:
                    raise Conflict(
                        "version_in_use",
                        f"Version {version.number} cannot be deleted: it {needed}.",
                        fix="Delete another version, or end that use first.",
                    )
            self._versions.delete(unit, tenant, version_id)
            return blobs_of(version)

        release_blobs(self._platform, tenant, self._platform.store.atomic(delete))

    def _use_in_project(self, unit: UnitOfWork, tenant: Tenant, version: ModelVersion) -> str | None:
        project = self._projects.find(tenant, version.project_id, unit)
        is_newest = project is not None and project.model is not None and project.model.version_id == version.id
        return "is the present model of its project" if is_newest else None

    def set_live(self, unit: UnitOfWork, tenant: Tenant, model_id: str, version_id: str | None) -> None:
        """Remember which version a live deployment serves."""
        self._models.change(unit, tenant, model_id, lambda known: known.with_(live_version_id=version_id))

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        return [
            sha256
            for model in self._models.delete_where(unit, tenant, [("project_id", "=", project_id)])
            for version in self._versions.delete_where(unit, tenant, [("model_id", "=", model.id)])
            for sha256 in blobs_of(version)
        ]


def _number(version: ModelVersion) -> int:
    return version.number
