"""What can be done with versions of datasets."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from narrative.core.errors import Conflict
from narrative.core.hashing import hash_json
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.entities import Dataset, DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.kept_blobs import blobs_of, check_stored, declare_blobs
from narrative.studio.models.repository import ModelVersionRepository
from narrative.studio.platform import Platform
from narrative.studio.projects.service import ProjectService
from narrative.studio.versions.entities import TransformationLineage, VersionMark
from narrative.studio.versions.repository import LineageRepository, VersionMarkRepository, lineage_id, mark_id
from narrative.studio.warm import WarmPool

T = TypeVar("T")
COMPARE_SECONDS: Final = 90.0
KEPT: Final = 32
COMPARE: Final = "narrative.studio.versions.work:compare"
VersionKind = Literal["imported", "combined", "prepared"]


@dataclass(frozen=True)
class Described:
    """A version with all that is known of it. ``is_stored``: its table is there; else lineage rebuilds it."""

    version: DatasetVersion
    dataset: Dataset
    lineage: TransformationLineage | None
    pinned: bool
    note: str
    is_stored: bool
    author: str | None

    @property
    def kind(self) -> VersionKind:
        """How it came to be."""
        if self.lineage is not None:
            return "prepared"
        return "combined" if self.version.parents else "imported"


class VersionService:
    """Use cases of versions."""

    def __init__(self, platform: Platform, projects: ProjectService, datasets: DatasetService, pool: WarmPool) -> None:
        self._platform = platform
        self._projects = projects
        self._models = ModelVersionRepository(platform.store)
        self._datasets = datasets
        self._pool = pool
        self._lineage = LineageRepository(platform.store)
        self._marks = VersionMarkRepository(platform.store)
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()
        declare_blobs(platform, LineageRepository.spec.name, TransformationLineage)
        datasets.when_deleted(self._forget)

    def get(self, tenant: Tenant, version_id: str) -> Described:
        """Raises ``NotFound('dataset_version_not_found')``."""
        version = self._datasets.version(tenant, version_id)
        return self.described(tenant, version, self._datasets.get(tenant, version.dataset_id))

    def page(self, tenant: Tenant, dataset_id: str, paging: PageRequest, read: Callable[[Described], T]) -> Page[T]:
        """Versions of a dataset, newest first. Raises ``NotFound('dataset_not_found')``."""
        dataset = self._datasets.get(tenant, dataset_id)
        return self._datasets.versions(
            tenant, dataset_id, paging, lambda version: read(self.described(tenant, version, dataset))
        )

    def described(self, tenant: Tenant, version: DatasetVersion, dataset: Dataset) -> Described:
        """A version with its lineage and marks."""
        mark, lineage = (
            self._marks.find(tenant, mark_id(version.id)),
            self._lineage.find(tenant, lineage_id(version.id)),
        )
        notes = [lineage.note if lineage else "", mark.note if mark else ""]
        return Described(
            version=version,
            dataset=dataset,
            lineage=lineage,
            pinned=mark is not None and mark.pinned,
            note="\n".join(note for note in notes if note),
            is_stored=self._platform.blobs.exists(tenant, version.table_sha256),
            author=self._datasets.author_of(version),
        )

    def lineage_of(self, tenant: Tenant, version_id: str, unit: UnitOfWork) -> TransformationLineage | None:
        """How steps made a version of another one; None when none did."""
        return self._lineage.find(tenant, lineage_id(version_id), unit)

    def lineage_of_dataset(self, tenant: Tenant, dataset_id: str) -> list[TransformationLineage]:
        """How its versions were made of others, oldest first."""
        found = self._lineage.where(tenant, [("dataset_id", "=", dataset_id)], limit=5_000)
        return sorted(found, key=lambda item: (item.created_at, item.id))

    def alike(
        self, tenant: Tenant, parent_version: str, steps: list[dict[str, Any]], target: str | None, problem: str | None
    ) -> TransformationLineage | None:
        """The version that the very same steps made of the same version for the same task, if there is one."""
        for known in self._lineage.where(tenant, [("parent_version", "=", parent_version)]):
            same = [{"type": step.type, "params": step.parameters} for step in known.transformations]
            wanted = [{"type": step["type"], "params": step["params"]} for step in steps]
            if (same, known.target, known.problem) == (wanted, target, problem):
                return known
        return None

    def record(self, unit: UnitOfWork, tenant: Tenant, lineage: TransformationLineage) -> None:
        """Keep how a version was made, in the write that records the version."""
        check_stored(self._platform, tenant, blobs_of(lineage))
        self._lineage.insert_once(unit, tenant, lineage)

    def pin(self, who: Identity, version_id: str, pinned: bool) -> Described:
        """Keep a version whatever retention says, or no longer. Raises ``NotFound('dataset_version_not_found')``."""
        version = self._datasets.version(who.tenant, version_id)
        self._platform.store.atomic(lambda unit: self._mark(unit, who, version.id, pinned=pinned))
        return self.get(who.tenant, version_id)

    def note(self, unit: UnitOfWork, who: Identity, version_id: str, text: str) -> None:
        """Keep with a version why somebody went on with the quality it has."""
        self._mark(unit, who, version_id, note=text)

    def _mark(self, unit: UnitOfWork, who: Identity, version_id: str, **changes: object) -> None:
        new = VersionMark(
            id=mark_id(version_id), created_at=self._platform.now(), version_id=version_id, user_id=who.user_id
        )
        self._marks.insert_once(unit, who.tenant, new)
        self._marks.change(unit, who.tenant, new.id, lambda known: known.with_(user_id=who.user_id, **changes))

    def restore(self, tenant: Tenant, version_id: str) -> Described:
        """Make an earlier version the present one of its dataset; no version is lost by it.

        Raises:
            NotFound: ``dataset_version_not_found``. Conflict: ``import_running``, ``version_not_stored``.
        """
        version = self._datasets.version(tenant, version_id)
        self._platform.store.atomic(lambda unit: self.use(unit, tenant, version))
        return self.get(tenant, version_id)

    def use(self, unit: UnitOfWork, tenant: Tenant, version: DatasetVersion) -> None:
        """:meth:`restore` as part of another write. Raises as it does."""
        if not self._platform.blobs.exists(tenant, version.table_sha256):
            raise not_stored(version)
        if self._datasets.get(tenant, version.dataset_id).state == "importing":
            raise Conflict("import_running", "This file is being read already.", fix="Wait until it is done.")
        self._datasets.use_version(unit, tenant, version.id)

    def compare(self, who: Identity, first_id: str, second_id: str, project_id: str | None) -> dict[str, Any]:
        """What the second version has that the first has not, and the other way round, in words.

        Args:
            project_id: changes of columns that its model relies on come first.

        Raises:
            NotFound: ``dataset_version_not_found``. Conflict: ``version_not_stored``.
            LimitExceeded: ``preview_busy``, ``preview_too_large``.
        """
        first, second = (self.get(who.tenant, version_id) for version_id in (first_id, second_id))
        for known in (first, second):
            if not known.is_stored:
                raise not_stored(known.version)
        hashes = [first.version.content_hash, second.version.content_hash]
        importance = {} if project_id is None else self._importance(who.tenant, project_id)
        key = hash_json([who.workspace_id, *hashes, importance])
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        paths = [
            str(self._platform.blobs.local_path(who.tenant, known.version.table_sha256)) for known in (first, second)
        ]
        payload = {"paths": paths, "kinds": first.version.kinds | second.version.kinds, "importance": importance}
        person = f"{who.workspace_id}/{who.user_id}"
        made = self._pool.call(person, hashes[0], COMPARE, payload, seconds=COMPARE_SECONDS)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made

    def _importance(self, tenant: Tenant, project_id: str) -> dict[str, float]:
        """Share of the model's signal per column; empty without a model."""
        model = self._projects.get(tenant, project_id).model
        found = None if model is None else self._models.find(tenant, model.version_id)
        if found is None:
            return {}
        detail = json.loads(b"".join(self._platform.blobs.open(tenant, found.detail_sha256)))
        losses = {line["column"]: max(0.0, float(line["loss"])) for line in detail.get("importances", [])}
        whole = sum(losses.values())
        return {column: loss / whole for column, loss in losses.items()} if whole else {}

    def _forget(self, unit: UnitOfWork, tenant: Tenant, version_id: str) -> list[str]:
        """What its steps learned goes with a version: it may hold values of the table."""
        lineage = self._lineage.find(tenant, lineage_id(version_id), unit)
        self._lineage.delete(unit, tenant, lineage_id(version_id))
        self._marks.delete(unit, tenant, mark_id(version_id))
        return [] if lineage is None else blobs_of(lineage)


def not_stored(version: DatasetVersion) -> Conflict:
    """The table of a version was deleted to save room."""
    return Conflict(
        "version_not_stored",
        f"The table of version {version.number} is not stored at the moment.",
        fix="Rebuild it from the raw file and its steps first (reproduce).",
    )
