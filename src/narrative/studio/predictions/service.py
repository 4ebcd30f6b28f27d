"""What can be done with predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, InvalidInput, NotFound
from narrative.core.hashing import hash_json
from narrative.engine.bundle.contract import InputContract
from narrative.engine.story.types import Story
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import SYSTEM, Tenant, UnitOfWork
from narrative.studio.accounts.repository import UserRepository
from narrative.studio.documents import Where
from narrative.studio.kept_blobs import blobs_of, check_stored, declare_blobs
from narrative.studio.models.entities import ModelVersion
from narrative.studio.models.service import ModelService
from narrative.studio.platform import Platform
from narrative.studio.predictions.answers import Answers, answer
from narrative.studio.predictions.changing import Changed, changed
from narrative.studio.predictions.entities import Batch, StoredPrediction
from narrative.studio.predictions.predictors import PredictorCache
from narrative.studio.predictions.repository import BatchRepository, PredictionRepository
from narrative.studio.predictions.verifying import Verified, output_of, verified
from narrative.studio.projects.entities import PredictionFacts, Project
from narrative.studio.projects.service import ProjectService
from narrative.studio.stories.service import StoryService

T = TypeVar("T")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Answered:
    """Answers that were given and recorded."""

    version: ModelVersion
    answers: Answers
    seconds: float
    at: str


@dataclass(frozen=True)
class Predicted:
    """A file of predictions whose blobs are stored already."""

    facts: dict[str, Any]
    result: BlobRef
    bad_rows: BlobRef | None
    failing: BlobRef | None
    story: Story


class PredictionService:
    """Use cases of predictions."""

    def __init__(
        self, platform: Platform, projects: ProjectService, models: ModelService, stories: StoryService
    ) -> None:
        self._platform = platform
        self._projects = projects
        self._models = models
        self._stories = stories
        self._batches = BatchRepository(platform.store)
        self._predictions = PredictionRepository(platform.store)
        declare_blobs(platform, self._batches.spec.name, Batch)
        self._users = UserRepository(platform.store)
        self._predictors = PredictorCache(platform.blobs)
        self.upload_limit = platform.limits.upload_bytes
        projects.when_deleted(self._forget)

    # ------------------------------------------------------------------ single rows
    def predict(
        self,
        who: Identity,
        ids: Ids,
        model_id: str,
        version_id: str,
        rows: Sequence[Row],
        *,
        with_reasons: bool,
        counted: bool = True,
    ) -> Answered:
        """Answers for rows typed into the page."""
        version = self._models.version_of(who.tenant, model_id, version_id)
        return self.answer(who, ids, version, rows, with_reasons=with_reasons, counted=counted)

    def answer(
        self,
        who: Identity,
        ids: Ids,
        version: ModelVersion,
        rows: Sequence[Row],
        *,
        with_reasons: bool,
        counted: bool = True,
        deployment_id: str | None = None,
        also: Callable[[UnitOfWork, int, float], None] | None = None,
    ) -> Answered:
        """Predict, and record and count every answer once in one write, however often the same call comes.

        Without ``counted`` the answer is recorded, but the project does not count it as work that somebody did.
        ``also`` is part of that write; it is given the number of new answers, at least one, and the seconds they took.
        Raises ``NotFound('model_version_not_found')`` when the version was deleted meanwhile.
        """
        clock = self._platform.clock
        started = clock.monotonic()
        predictor = self._predictors.get(who.tenant, version.bundle_sha256)
        names = [ids("pred") for _ in rows]
        answers = answer(predictor, rows, names, with_reasons=with_reasons)
        seconds = clock.monotonic() - started
        now = self._platform.now()

        def record(unit: UnitOfWork) -> None:
            self._models.version(who.tenant, version.id, unit)  # deleted meanwhile, it leaves no record
            n_new = 0
            for row, item in zip(rows, answers.items, strict=True):
                stored = StoredPrediction(
                    id=item.prediction_id,
                    created_at=now,
                    project_id=version.project_id,
                    model_version_id=version.id,
                    deployment_id=deployment_id,
                    inputs_hash=hash_json(row),
                    output=output_of(item),
                    caller=who.credential_id,
                    seconds=seconds,
                )
                n_new += self._predictions.insert_once(unit, who.tenant, stored)[1]
            if n_new == 0:
                return
            if counted:
                self._count(unit, who.tenant, version, n_single=n_new)
            if also is not None:
                also(unit, n_new, seconds)

        self._platform.store.atomic(record)
        return Answered(version, answers, seconds, now)

    def record(self, tenant: Tenant, prediction_id: str) -> StoredPrediction:
        """A past answer. Raises ``NotFound('prediction_not_found')``."""
        return self._predictions.get(tenant, prediction_id)

    def verify(self, tenant: Tenant, prediction_id: str, inputs: Row) -> Verified:
        """A past answer computed again by its version; nothing is recorded or counted.

        Raises:
            NotFound: ``prediction_not_found``; ``model_version_not_found`` when the version was deleted meanwhile.
            InvalidInput: ``inputs_differ``.
        """
        record = self._predictions.get(tenant, prediction_id)
        version = self._models.version(tenant, record.model_version_id)
        return verified(record, self._predictors.get(tenant, version.bundle_sha256), inputs)

    def what_if(self, tenant: Tenant, model_id: str, version_id: str, row: Row, changes: Row) -> Changed:
        """A row answered as it is and with some cells changed; nothing is recorded or counted."""
        version = self._models.version_of(tenant, model_id, version_id)
        return changed(self._predictors.get(tenant, version.bundle_sha256), row, changes)

    def contract(self, tenant: Tenant, version: ModelVersion) -> InputContract:
        """The input contract of a version."""
        return self._predictors.get(tenant, version.bundle_sha256).contract

    # ------------------------------------------------------------------ files
    def check_batch(self, tenant: Tenant, model_version_id: str) -> None:
        """Before the first byte: the model version is there."""
        self._models.version(tenant, model_version_id)

    def store(self, tenant: Tenant, pieces: Iterable[bytes]) -> BlobRef:
        """Keep a raw file while it arrives."""
        return self._platform.blobs.put(tenant, pieces)

    def record_batch(
        self, tenant: Tenant, ids: Ids, raw: BlobRef, filename: str, model_version_id: str
    ) -> tuple[Batch, Job]:
        """A stored file becomes a prediction file with its job, in one write. Raises ``InvalidInput('empty_file')``."""
        if raw.size_bytes == 0:
            raise InvalidInput("empty_file", "The file is empty.", fix="Choose a file with a header and rows.")
        batch_id = ids("batch")

        def record(unit: UnitOfWork) -> tuple[Batch, Job]:
            check_stored(self._platform, tenant, [raw.sha256])
            version = self._models.version(tenant, model_version_id, unit)
            job = self._platform.queue.enqueue(
                tenant,
                "predictions.batch",
                {"batch_id": batch_id},
                unit=unit,
                project_id=version.project_id,
                idempotency_key=ids.operation,
            )
            batch = Batch(
                id=batch_id,
                created_at=self._platform.now(),
                project_id=version.project_id,
                model_id=version.model_id,
                model_version_id=version.id,
                original_filename=filename,
                raw_sha256=raw.sha256,
                job_id=job.id,
            )
            return self._batches.insert_once(unit, tenant, batch)[0], job

        return self._platform.store.atomic(record)

    def get_batch(self, tenant: Tenant, batch_id: str) -> Batch:
        """Raises ``NotFound('prediction_file_not_found')``."""
        return self._batches.get(tenant, batch_id)

    def job_of(self, tenant: Tenant, batch: Batch) -> Job | None:
        """The job of a file that is not done, for its state."""
        return None if batch.finished_at else self._platform.queue.get(tenant, batch.job_id)

    def page(self, tenant: Tenant, paging: PageRequest, project_id: str | None, read: Callable[[Batch], T]) -> Page[T]:
        """Prediction files, newest first."""
        where: list[Where] = [("project_id", "=", project_id)] if project_id else []
        return self._batches.page(tenant, paging, where, read)

    def batch_file(self, tenant: Tenant, batch_id: str) -> tuple[Path, str]:
        """The result. Raises ``Conflict('predictions_not_ready')``."""
        batch = self._batches.get(tenant, batch_id)
        if batch.result_sha256 is None:
            raise Conflict("predictions_not_ready", "The predictions are not done.", fix="Wait for the job to end.")
        name = f"{Path(batch.original_filename).stem}.predictions.csv"
        return self._platform.blobs.local_path(tenant, batch.result_sha256), name

    def batch_bad_rows(self, tenant: Tenant, batch_id: str) -> tuple[Path, str]:
        """Rows that could not be predicted. Raises ``NotFound('no_bad_rows')``."""
        batch = self._batches.get(tenant, batch_id)
        if batch.bad_rows_sha256 is None:
            raise NotFound("no_bad_rows", "Every row of this file was predicted, or it is not done yet.")
        name = f"{Path(batch.original_filename).stem}.bad_rows.csv"
        return self._platform.blobs.local_path(tenant, batch.bad_rows_sha256), name

    def failing_rows(self, tenant: Tenant, batch_id: str) -> tuple[Path, str]:
        """Rows that break data checks. Raises ``NotFound('no_failing_rows')``."""
        batch = self._batches.get(tenant, batch_id)
        if batch.failing_sha256 is None:
            raise NotFound("no_failing_rows", "No row breaks a data check.")
        name = f"{Path(batch.original_filename).stem}.failing_rows.csv"
        return self._platform.blobs.local_path(tenant, batch.failing_sha256), name

    def accept_batch(self, who: Identity, ids: Ids, batch_id: str) -> tuple[Batch, Job]:
        """Begin to predict a held file all the same. Raises ``Conflict('prediction_file_not_held')``."""
        user = self._users.find(SYSTEM, who.user_id)

        def record(unit: UnitOfWork) -> tuple[Batch, Job]:
            batch = self._batches.get(who.tenant, batch_id, unit)
            job = self._platform.queue.enqueue(
                who.tenant,
                "predictions.batch",
                {"batch_id": batch_id, "anyway": True},
                unit=unit,
                project_id=batch.project_id,
                idempotency_key=ids.operation,
            )
            if job.id == batch.job_id:
                return batch, job
            if batch.state != "held":
                raise Conflict("prediction_file_not_held", "This file is not held.", fix="There is nothing to decide.")
            changes = {
                "state": "queued",
                "job_id": job.id,
                "finished_at": None,
                "accepted_by": user.name if user else who.user_id,
                "accepted_at": self._platform.now(),
            }
            return self._batches.change(unit, who.tenant, batch_id, lambda known: known.with_(**changes)), job

        return self._platform.store.atomic(record)

    def hold_batch(
        self, unit: UnitOfWork, tenant: Tenant, batch_id: str, checks: list[dict[str, Any]], failing: BlobRef | None
    ) -> None:
        """Record that a file breaks data checks and is not predicted, inside the transaction that ends its job."""
        if self._batches.find(tenant, batch_id, unit) is None:
            return  # deleted with its project while it ran
        changes = {
            "state": "held",
            "checks": checks,
            "failing_sha256": failing.sha256 if failing else None,
            "finished_at": self._platform.now(),
        }
        held = self._batches.change(unit, tenant, batch_id, lambda known: known.with_(**changes))
        check_stored(self._platform, tenant, blobs_of(held))

    def apply_batch(self, unit: UnitOfWork, tenant: Tenant, batch_id: str, predicted: Predicted) -> None:
        """Record the result inside the transaction that ends its job."""
        batch = self._batches.find(tenant, batch_id, unit)
        if batch is None:
            return  # deleted with its project while it ran
        changes = {
            **predicted.facts,
            "state": "completed",
            "raw_sha256": None,
            "story": predicted.story.model_dump(mode="json"),
            "result_sha256": predicted.result.sha256,
            "failing_sha256": predicted.failing.sha256 if predicted.failing else None,
            "bad_rows_sha256": predicted.bad_rows.sha256 if predicted.bad_rows else None,
            "finished_at": self._platform.now(),
        }
        done = self._batches.change(unit, tenant, batch_id, lambda known: known.with_(**changes))
        check_stored(self._platform, tenant, blobs_of(done))
        version = self._models.version(tenant, batch.model_version_id, unit)
        self._count(unit, tenant, version, n_batches=1)
        if self._projects.find(tenant, batch.project_id, unit) is not None:
            self._stories.put(unit, tenant, batch.project_id, predicted.story)

    def forget_some(self, tenant: Tenant, project_id: str) -> int:
        """Delete some records of single predictions of a project that is gone; returns how many, 0 after the last."""
        where: list[Where] = [("project_id", "=", project_id)]
        return len(self._platform.store.atomic(lambda unit: self._predictions.delete_some(unit, tenant, where)))

    # ------------------------------------------------------------------ inside
    def _count(
        self, unit: UnitOfWork, tenant: Tenant, version: ModelVersion, *, n_single: int = 0, n_batches: int = 0
    ) -> None:
        def change(project: Project) -> Project:
            known = project.predictions
            if known is None or known.model_version_id != version.id:
                known = PredictionFacts(model_version_id=version.id)
            counts = {"n_single": known.n_single + n_single, "n_batches": known.n_batches + n_batches}
            return project.with_(predictions=known.model_copy(update=counts))

        self._projects.change_if_there(unit, tenant, version.project_id, change)

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        of_project: Where = ("project_id", "=", project_id)
        if self._predictions.where(tenant, [of_project], limit=1, unit=unit):
            # There may be millions; one write of all would keep everybody else waiting.
            self._platform.queue.enqueue(tenant, "predictions.forget", {"project_id": project_id}, unit=unit)
        batches = self._batches.delete_where(unit, tenant, [of_project])
        return [sha256 for batch in batches for sha256 in blobs_of(batch)]
