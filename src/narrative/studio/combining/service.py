"""What can be done with two datasets."""

from __future__ import annotations

from typing import Any

from narrative.background.jobs import Job
from narrative.core.errors import NotFound
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform

PLAN, RUN = "combining.plan", "combining.run"
Keys = list[tuple[str, str]] | None


class CombiningService:
    """Use cases of combinations. Both name the versions of the moment, so that what was planned is what runs."""

    def __init__(self, platform: Platform, datasets: DatasetService) -> None:
        self._platform = platform
        self._datasets = datasets

    def plan(self, tenant: Tenant, ids: Ids, dataset_id: str, second_id: str, *, how: str, keys: Keys) -> Job:
        """Begin to count what a combination would give, lose and double.

        Raises:
            NotFound: ``dataset_not_found``.
            Conflict: ``dataset_not_ready``.
        """
        payload = self._payload(tenant, dataset_id, second_id, how=how, keys=keys)
        return self._platform.queue.enqueue(tenant, PLAN, payload, idempotency_key=ids.operation)

    def planned(self, tenant: Tenant, dataset_id: str, job_id: str) -> Job:
        """The job of a plan of this dataset. Raises ``NotFound('job_not_found')``."""
        self._datasets.get(tenant, dataset_id)
        job = self._platform.queue.get(tenant, job_id)
        if job.type != PLAN or job.payload["dataset_id"] != dataset_id:
            raise NotFound("job_not_found", "There is no plan with this id.", fix="Ask for a new plan.")
        return job

    def run(self, who: Identity, ids: Ids, dataset_id: str, second_id: str, *, how: str, keys: Keys) -> Job:
        """Begin to combine; the outcome is a new version of the first dataset.

        Raises:
            NotFound: ``dataset_not_found``.
            Conflict: ``dataset_not_ready``, ``import_running``.
        """
        payload = {**self._payload(who.tenant, dataset_id, second_id, how=how, keys=keys), "user_id": who.user_id}

        def enqueue(unit: UnitOfWork, project_id: str | None) -> Job:
            return self._platform.queue.enqueue(
                who.tenant, RUN, payload, unit=unit, project_id=project_id, idempotency_key=ids.operation
            )

        return self._datasets.begin_version(who.tenant, dataset_id, enqueue)

    def _payload(self, tenant: Tenant, dataset_id: str, second_id: str, *, how: str, keys: Keys) -> dict[str, Any]:
        first, second = self._datasets.get(tenant, dataset_id), self._datasets.get(tenant, second_id)
        return {
            "dataset_id": first.id,
            "second_id": second.id,
            "first_version_id": self._datasets.version_of(tenant, first).id,
            "second_version_id": self._datasets.version_of(tenant, second).id,
            "how": how,
            "keys": None if keys is None else [list(pair) for pair in keys],
        }
