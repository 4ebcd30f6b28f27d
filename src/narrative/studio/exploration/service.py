"""What can be explored of a dataset."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any, Final, Literal

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, NotFound
from narrative.engine.types import NUMERIC_KINDS, TIME_KINDS
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.service import DatasetService
from narrative.studio.exploration.entities import Exploration, ExplorationKind
from narrative.studio.exploration.repository import ExplorationRepository, exploration_id
from narrative.studio.platform import Platform

if TYPE_CHECKING:
    from narrative.studio.datasets.entities import DatasetVersion

SEARCH: Final = "exploration.search"
LABEL: Final = "exploration.label"


class ExplorationService:
    """Use cases of explorations. One of a kind is kept per dataset; a new one takes its place when it ends well."""

    def __init__(self, platform: Platform, datasets: DatasetService) -> None:
        self._platform = platform
        self._datasets = datasets
        self._found = ExplorationRepository(platform.store)
        datasets.when_deleted(self._forget)

    def start(self, tenant: Tenant, ids: Ids, dataset_id: str, kind: ExplorationKind, settings: dict[str, Any]) -> Job:
        """Begin to look for groups, unusual rows or the next values of the present version.

        Raises:
            NotFound: ``dataset_not_found``.
            Conflict: ``dataset_not_ready``, ``exploration_running``.
        """
        version = self._datasets.version_of(tenant, self._datasets.get(tenant, dataset_id))
        payload = {"dataset_id": dataset_id, "version_id": version.id, "kind": kind, "settings": settings}
        place = exploration_id(dataset_id, kind)

        def record(unit: UnitOfWork) -> Job:
            known = self._found.find(tenant, place, unit)
            job = self._platform.queue.enqueue(tenant, SEARCH, payload, unit=unit, idempotency_key=ids.operation)
            if known is None:
                new = Exploration(
                    id=place, created_at=self._platform.now(), dataset_id=dataset_id, kind=kind, job_id=job.id,
                    settings=settings,
                )  # fmt: skip
                self._found.insert(unit, tenant, new)
                return job
            if known.job_id == job.id:
                return job
            before = self._job(tenant, known)
            if before is not None and not before.has_ended:
                raise Conflict(
                    "exploration_running", "This is being looked for already.", fix="Wait until it is done, or stop it."
                )
            self._found.change(unit, tenant, place, lambda entity: entity.with_(job_id=job.id, settings=settings))
            return job

        return self._platform.store.atomic(record)

    def newest(
        self, tenant: Tenant, dataset_id: str, kind: ExplorationKind
    ) -> tuple[Exploration | None, Job | None, DatasetVersion]:
        """The exploration of a kind with its job, and the present version.

        Raises:
            NotFound: ``dataset_not_found``.
            Conflict: ``dataset_not_ready``.
        """
        version = self._datasets.version_of(tenant, self._datasets.get(tenant, dataset_id))
        found = self._found.find(tenant, exploration_id(dataset_id, kind))
        return found, None if found is None else self._job(tenant, found), version

    def label(self, who: Identity, ids: Ids, dataset_id: str, kind: Literal["groups", "unusual"]) -> Job:
        """Begin to make a new version with the group, or a flag, of every row as a column.

        Raises:
            NotFound: ``dataset_not_found``, ``exploration_not_found``.
            Conflict: ``dataset_not_ready``, ``exploration_out_of_date``, ``import_running``.
        """
        found, _, version = self.newest(who.tenant, dataset_id, kind)
        if found is None or found.result is None:
            raise self._found.missing()
        if found.version_id != version.id:
            raise Conflict(
                "exploration_out_of_date", "The table has changed since this was found.", fix="Look again first."
            )
        payload = {
            "dataset_id": dataset_id,
            "version_id": version.id,
            "kind": kind,
            "settings": found.found_settings,
            "user_id": who.user_id,
        }

        def enqueue(unit: UnitOfWork, project_id: str | None) -> Job:
            return self._platform.queue.enqueue(
                who.tenant, LABEL, payload, unit=unit, project_id=project_id, idempotency_key=ids.operation
            )

        return self._datasets.begin_version(who.tenant, dataset_id, enqueue)

    def forecast_file(self, tenant: Tenant, dataset_id: str, form: Literal["csv", "parquet"]) -> bytes:
        """The forecasts as a file. Raises ``NotFound('exploration_not_found')``."""
        from narrative.engine.forecasting.outcome import forecast_frame
        from narrative.engine.forecasting.types import ForecastResult
        from narrative.engine.tables.write import neutralised

        found, _, _ = self.newest(tenant, dataset_id, "forecast")
        if found is None or found.result is None:
            raise self._found.missing()
        frame, out = forecast_frame(ForecastResult.model_validate(found.result)), io.BytesIO()
        if form == "csv":
            neutralised(frame).write_csv(out)
        else:
            frame.write_parquet(out)
        return out.getvalue()

    def apply_result(self, unit: UnitOfWork, tenant: Tenant, payload: Any, result: dict[str, Any]) -> None:
        """Keep a result, unless its dataset or version was deleted while it was looked for."""
        if self._datasets.find_version(tenant, payload["version_id"], unit) is None:
            return
        place = exploration_id(payload["dataset_id"], payload["kind"])
        if self._found.find(tenant, place, unit) is None:
            return
        self._found.change(
            unit,
            tenant,
            place,
            lambda known: known.with_(
                result=result, found_settings=payload["settings"], version_id=payload["version_id"]
            ),
        )

    def _job(self, tenant: Tenant, found: Exploration) -> Job | None:
        """The job, where it is still known: jobs that ended long ago are forgotten."""
        with contextlib.suppress(NotFound):
            return self._platform.queue.get(tenant, found.job_id)
        return None

    def _forget(self, unit: UnitOfWork, tenant: Tenant, id: str) -> list[str]:
        """With a dataset or a version goes what was found in it: it holds cells of the table."""
        self._found.delete_where(unit, tenant, [("dataset_id", "=", id)])
        self._found.delete_where(unit, tenant, [("version_id", "=", id)])
        return []


def columns_of(version: DatasetVersion) -> dict[str, list[str]]:
    """Columns that a forecast could take: numbers, times, and categories that may tell series apart."""
    kinds = version.kinds
    return {
        "targets": [name for name, kind in kinds.items() if kind in NUMERIC_KINDS],
        "times": [name for name, kind in kinds.items() if kind in TIME_KINDS],
        "series": [name for name, kind in kinds.items() if kind in ("category", "boolean")],
    }
