"""A dataset fetched again from where it came: equal content changes nothing, other content makes a new version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, NotFound
from narrative.engine.tables.types import ReadOptions
from narrative.engine.tables.values import counted
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.entities import Dataset, DatasetVersion
from narrative.studio.datasets.repository import DatasetRepository
from narrative.studio.datasets.service import DatasetService
from narrative.studio.kept_blobs import release_blobs
from narrative.studio.platform import Platform
from narrative.studio.sources.entities import Source
from narrative.studio.sources.fetching import NO_SECRETS, Secrets
from narrative.studio.sources.repository import SourceRepository, source_id
from narrative.studio.sources.service import SourceService


@dataclass(frozen=True)
class Look:
    """A source with what stands in the store about its last change."""

    source: Source
    dataset: Dataset
    before: DatasetVersion | None
    version: DatasetVersion | None


class RefreshService:
    """Use cases of refreshes. A file is kept as long as a version that was read of it; one that gave none is not."""

    def __init__(self, platform: Platform, datasets: DatasetService, sources: SourceService) -> None:
        self._platform = platform
        self._datasets = datasets
        self._fetching = sources
        self._sources = SourceRepository(platform.store)
        self._known = DatasetRepository(platform.store)

    def look(self, tenant: Tenant, dataset_id: str) -> Look:
        """Where a dataset came from. Raises ``NotFound``: ``dataset_not_found``, ``source_not_found``."""
        dataset = self._datasets.get(tenant, dataset_id)
        source = self._sources.get(tenant, source_id(dataset_id))
        before = None if source.before is None else self._found(tenant, source.before)
        return Look(source, dataset, before, self._datasets.present_version(tenant, dataset))

    def find(self, tenant: Tenant, dataset_id: str) -> Look | None:
        """The same, None for a table that was uploaded. Raises ``NotFound('dataset_not_found')``."""
        self._datasets.get(tenant, dataset_id)
        known = self._sources.find(tenant, source_id(dataset_id))
        return None if known is None else self.look(tenant, dataset_id)

    def refresh(self, who: Identity, ids: Ids, dataset_id: str, secrets: Secrets) -> Look:
        """Fetch again, now. A job reads what has changed; equal content is said and nothing else happens.

        Raises as :meth:`look` and :meth:`SourceService.load`, and:
            Conflict: ``source_combined``, ``source_shaped``, ``import_running``.
        """
        look = self.look(who.tenant, dataset_id)
        self._check_untouched(who.tenant, look)
        self._datasets.begin_upload(who, None)
        raw, _ = self._fetching.fetch(who.tenant, look.source.place, secrets)
        self.settle(who.tenant, dataset_id, raw, user_id=who.user_id, key=ids.operation)
        return self.look(who.tenant, dataset_id)

    def refresh_as_planned(
        self, tenant: Tenant, dataset_id: str, *, user_id: str | None, key: str, check: Callable[[], object]
    ) -> Job | None:
        """The same without a person: what a schedule does. Gives the job that reads what has changed, or None.

        Args:
            key: makes the job the same one at every attempt.
        """
        look = self.look(tenant, dataset_id)
        self._check_untouched(tenant, look)
        raw, _ = self._fetching.fetch(tenant, look.source.place, NO_SECRETS, check=check)
        return self.settle(tenant, dataset_id, raw, user_id=user_id, key=key)

    def settle(
        self, tenant: Tenant, dataset_id: str, raw: BlobRef, *, user_id: str | None, key: str | None
    ) -> Job | None:
        """Record what arrived; the job that reads it when it differs from what arrived before."""
        look = self.look(tenant, dataset_id)
        if raw.sha256 == look.source.fetched and look.dataset.error is None:
            self._platform.store.atomic(
                lambda unit: self._change(unit, tenant, dataset_id, outcome="same", error=None, job_id=None)
            )
            release_blobs(self._platform, tenant, [raw.sha256])  # where its file was deleted, it stays so
            return None

        def enqueue(unit: UnitOfWork, project_id: str | None) -> Job:
            dataset = self._known.get(tenant, dataset_id, unit)
            payload = {"dataset_id": dataset_id, "user_id": user_id, **_reading(look.version)}
            job = self._platform.queue.enqueue(
                tenant, "datasets.import", payload, unit=unit, project_id=project_id, idempotency_key=key
            )
            if job.id != dataset.job_id and not job.has_ended:
                self._known.change(
                    unit,
                    tenant,
                    dataset_id,
                    lambda known: known.with_(raw_sha256=raw.sha256, raw_size_bytes=raw.size_bytes),
                )
                self._change(
                    unit, tenant, dataset_id, outcome="loaded", error=None,
                    fetched=raw.sha256, before=dataset.version_id, job_id=job.id,
                )  # fmt: skip
            return job

        try:
            job = self._datasets.begin_version(tenant, dataset_id, enqueue)
        except Conflict:
            release_blobs(self._platform, tenant, [raw.sha256])
            raise
        if look.dataset.raw_sha256 is not None:  # no version names it, where it could not be read
            release_blobs(self._platform, tenant, [look.dataset.raw_sha256])
        return job

    def _change(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str, **changes: object) -> Source:
        changes["looked_at"] = self._platform.now()
        return self._sources.change(unit, tenant, source_id(dataset_id), lambda known: known.with_(**changes))

    def _check_untouched(self, tenant: Tenant, look: Look) -> None:
        """Raises when the table is more than what arrived: a refresh puts what arrives in its place."""
        present = look.version
        if present is None or not present.parents:
            return
        if self._has_another_table(tenant, present):
            raise Conflict(
                "source_combined",
                "Another table was added to this one; a refresh would lose it.",
                fix="Load the source as a new dataset and combine again.",
            )
        steps = counted(len(present.options.get("prepared", {}).get("steps", ())), "step")
        raise Conflict(
            "source_shaped",
            f"Version {present.number} was made by {steps} from what arrived; a refresh would lose that.",
            fix="Restore the version that was read from the source, refresh it, and carry out the steps again.",
            number=present.number,
        )

    def _has_another_table(self, tenant: Tenant, version: DatasetVersion) -> bool:
        """Whether another table went into a version or into one it was made of, by combining or by a step."""
        known: DatasetVersion | None = version
        while known is not None and known.parents:
            if len(known.parents) > 1:
                return True
            known = self._found(tenant, known.parents[0])
        return False

    def _found(self, tenant: Tenant, version_id: str) -> DatasetVersion | None:
        try:
            return self._datasets.version(tenant, version_id)
        except NotFound:
            return None  # deleted since, together with what it showed


def _reading(version: DatasetVersion | None) -> dict[str, object]:
    """How the present version was read: the next one is read the same way."""
    options = {} if version is None else version.options
    known = {name: value for name, value in options.items() if name in ReadOptions.model_fields}
    return {
        "options": ReadOptions.model_validate(known).model_dump(),
        "delete_file": bool(options.get("delete_file", False)),
    }
