"""What can be done with datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, InvalidInput, NotFound
from narrative.engine.story.types import Story
from narrative.engine.tables.types import ReadOptions
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import SYSTEM, Tenant, UnitOfWork
from narrative.studio.accounts.repository import UserRepository
from narrative.studio.datasets.changes import (
    check_column,
    file_deleted,
    with_choice_running,
    with_file,
    with_import_running,
)
from narrative.studio.datasets.entities import Dataset, DatasetVersion
from narrative.studio.datasets.preview import Rows, read_rows
from narrative.studio.datasets.records import DatasetRecords
from narrative.studio.datasets.repository import profile_id
from narrative.studio.datasets.work_types import Gate, Imported, Profiled
from narrative.studio.kept_blobs import check_stored, release_blobs
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import DatasetFacts, Project, TargetFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.rates import UploadRate
from narrative.studio.stories.service import StoryService

if TYPE_CHECKING:
    from narrative.background.handlers import JobContext

T = TypeVar("T")
Recorded = tuple[Dataset, Project, Job]
ProblemChoice = Literal["auto", "binary", "multiclass", "regression"]


class DatasetService:
    """Use cases of datasets."""

    def __init__(self, platform: Platform, projects: ProjectService, stories: StoryService, rate: UploadRate) -> None:
        self._platform = platform
        self._projects = projects
        self._rate = rate
        self._users = UserRepository(platform.store)
        self._records = DatasetRecords(platform, projects, stories)
        self._also_accept: list[Callable[[UnitOfWork, Tenant, str, str], None]] = []
        self.upload_limit = platform.limits.upload_bytes

    # ------------------------------------------------------------------ loading
    def check_upload(self, tenant: Tenant, project_id: str | None) -> None:
        """Before the first byte: the project that gets the file is there."""
        if project_id is not None:
            self._projects.get(tenant, project_id)

    def begin_upload(self, who: Identity, project_id: str | None) -> None:
        """The same, for one that begins now. Raises ``LimitExceeded('too_many_uploads')``."""
        self.check_upload(who.tenant, project_id)
        self._rate.take(who.tenant, who.user_id)

    def store(self, tenant: Tenant, pieces: Iterable[bytes]) -> BlobRef:
        """Keep a raw file while it arrives."""
        return self._platform.blobs.put(tenant, pieces)

    def record_sample(self, who: Identity, ids: Ids, sample: str) -> Recorded:
        """Make a bundled sample and load it like any other file. Raises ``InvalidInput('sample_unknown')``."""
        from narrative.engine.samples import sample_csv, samples

        known = {item.name: item for item in samples()}
        if sample not in known:
            raise InvalidInput(
                "sample_unknown", f"There is no sample named {sample[:80]!r}.", fix=f"Choose {', '.join(known)}."
            )
        raw = self._platform.blobs.put(who.tenant, [sample_csv(sample)])
        chosen = known[sample]
        return self.record_file(
            who.tenant,
            ids,
            raw,
            f"{sample}.csv",
            name=chosen.title,
            question=chosen.question,
            project_id=None,
            user_id=who.user_id,
        )

    def record_file(
        self,
        tenant: Tenant,
        ids: Ids,
        raw: BlobRef,
        filename: str,
        *,
        project_id: str | None,
        user_id: str | None = None,
        name: str | None = None,
        question: str = "",
        also: Callable[[UnitOfWork, Dataset], object] | None = None,
    ) -> Recorded:
        """Dataset, project and import job of a stored file in one write; the same again for the same request.

        What was decided about personal columns of the project's table holds for its next file, too.

        Args:
            also: records more about the dataset in the same write.

        Raises:
            InvalidInput: ``empty_file``.
        """
        if raw.size_bytes == 0:
            raise InvalidInput("empty_file", "The file is empty.", fix="Choose a file with a header and rows.")
        title = name or Path(filename).stem or "Table"
        dataset_id, project_of_job = ids("data"), project_id or ids("proj")

        def record(unit: UnitOfWork) -> Recorded:
            check_stored(self._platform, tenant, [raw.sha256])
            job = self._enqueue_import(
                unit,
                tenant,
                dataset_id,
                self._decided(tenant, project_id, unit),
                user_id,
                project_id=project_of_job,
                idempotency_key=ids.operation,
            )
            dataset, is_new = self._records.datasets.insert_once(
                unit,
                tenant,
                Dataset(
                    id=dataset_id,
                    created_at=self._platform.now(),
                    name=title,
                    original_filename=filename,
                    raw_sha256=raw.sha256,
                    raw_size_bytes=raw.size_bytes,
                    job_id=job.id,
                    user_id=user_id,
                ),
            )
            facts = DatasetFacts(dataset_id=dataset_id, state="importing")
            if project_id is None:
                project = self._projects.new(unit, tenant, project_of_job, name=title, dataset=facts, question=question)
            elif is_new:
                project = self._projects.change(unit, tenant, project_id, lambda known: with_file(known, facts))
            else:
                project = self._projects.get(tenant, project_id, unit)
            if also is not None:
                also(unit, dataset)
            return dataset, project, job

        return self._platform.store.atomic(record)

    def _decided(self, tenant: Tenant, project_id: str | None, unit: UnitOfWork) -> ReadOptions:
        """How the next file of a project is read: as guessed, but with its decisions about personal columns."""
        project = None if project_id is None else self._projects.find(tenant, project_id, unit)
        if project is None or project.dataset is None or project.dataset.version_id is None:
            return ReadOptions()
        version = self._records.versions.find(tenant, project.dataset.version_id, unit)
        return ReadOptions(personal=version.options.get("personal", {}) if version else {})

    def reimport(
        self,
        tenant: Tenant,
        ids: Ids,
        dataset_id: str,
        options: ReadOptions,
        *,
        user_id: str | None = None,
        delete_file: bool = False,
    ) -> Job:
        """Read the stored file again; the same request again gives its job and changes nothing.

        Args:
            delete_file: delete the file afterwards.

        Raises:
            Conflict: ``import_running`` while another import runs, ``file_deleted``.
        """

        def enqueue(unit: UnitOfWork, project_id: str | None) -> Job:
            if self._records.datasets.get(tenant, dataset_id, unit).raw_sha256 is None:
                raise file_deleted()
            return self._enqueue_import(
                unit,
                tenant,
                dataset_id,
                options,
                user_id,
                delete_file=delete_file,
                project_id=project_id,
                idempotency_key=ids.operation,
            )

        return self.begin_version(tenant, dataset_id, enqueue)

    def begin_version(self, tenant: Tenant, dataset_id: str, enqueue: Callable[[UnitOfWork, str | None], Job]) -> Job:
        """Record that a job makes a new version; ``enqueue`` is given the unit of work and a project to show it at.

        Raises:
            Conflict: ``import_running`` while another job makes one.
        """

        def record(unit: UnitOfWork) -> Job:
            dataset = self._records.datasets.get(tenant, dataset_id, unit)
            users = self._projects.using(tenant, dataset_id, unit)
            job = enqueue(unit, users[0].id if users else None)
            if job.has_ended or job.id == dataset.job_id:
                return job
            if dataset.state == "importing":  # refused only now: what it would have begun is undone with it
                raise Conflict("import_running", "This file is being read already.", fix="Wait until it is done.")
            self._records.datasets.change(
                unit, tenant, dataset_id, lambda known: known.with_(state="importing", error=None, job_id=job.id)
            )
            for project in users:
                self._projects.change(unit, tenant, project.id, with_import_running)
            return job

        return self._platform.store.atomic(record)

    def _enqueue_import(
        self,
        unit: UnitOfWork,
        tenant: Tenant,
        dataset_id: str,
        options: ReadOptions,
        user_id: str | None,
        *,
        delete_file: bool = False,
        **about: str | None,
    ) -> Job:
        payload = {
            "dataset_id": dataset_id,
            "options": options.model_dump(),
            "user_id": user_id,
            "delete_file": delete_file,
        }
        return self._platform.queue.enqueue(tenant, "datasets.import", payload, unit=unit, **about)

    # ------------------------------------------------------------------ reading
    def get(self, tenant: Tenant, dataset_id: str) -> Dataset:
        """Raises ``NotFound('dataset_not_found')``."""
        return self._records.datasets.get(tenant, dataset_id)

    def version(self, tenant: Tenant, version_id: str) -> DatasetVersion:
        """Raises ``NotFound('dataset_version_not_found')``."""
        return self._records.versions.get(tenant, version_id)

    def version_of(self, tenant: Tenant, dataset: Dataset) -> DatasetVersion:
        """The present version. Raises ``Conflict('dataset_not_ready')`` while there is none."""
        if dataset.version_id is None:
            raise Conflict("dataset_not_ready", "The file is not read yet.", fix="Wait until the import is done.")
        return self.version(tenant, dataset.version_id)

    def version_of_project(self, tenant: Tenant, project: Project) -> DatasetVersion:
        """The version a project works with. Raises ``Conflict('dataset_not_ready')`` while there is none."""
        if project.dataset is None or project.dataset.version_id is None:
            raise Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")
        return self.version(tenant, project.dataset.version_id)

    def find_version(self, tenant: Tenant, version_id: str, unit: UnitOfWork | None = None) -> DatasetVersion | None:
        """A version, or None."""
        return self._records.versions.find(tenant, version_id, unit)

    def version_with(self, tenant: Tenant, dataset_id: str, content_hash: str) -> DatasetVersion | None:
        """A version of the dataset with this content, if there is one."""
        where = [("dataset_id", "=", dataset_id), ("content_hash", "=", content_hash)]
        return next(iter(self._records.versions.where(tenant, where, limit=1)), None)  # type: ignore[arg-type]  # "=" is an operator

    def personal_of(self, tenant: Tenant, version_id: str) -> list[dict[str, Any]]:
        """Columns of personal data of a version and what it holds in their place; none when it was deleted."""
        version = self._records.versions.find(tenant, version_id)
        return version.report.get("personal", []) if version else []

    def author_of(self, version: DatasetVersion | None) -> str | None:
        """The name of the person who made a version, as far as it was noted."""
        user = None if version is None or version.user_id is None else self._users.find(SYSTEM, version.user_id)
        return None if user is None else user.name

    def present_version(self, tenant: Tenant, dataset: Dataset) -> DatasetVersion | None:
        """The present version, or None before the first import is done."""
        return self._records.versions.find(tenant, dataset.version_id) if dataset.version_id else None

    def versions(
        self, tenant: Tenant, dataset_id: str, paging: PageRequest, read: Callable[[DatasetVersion], T]
    ) -> Page[T]:
        """All versions of a dataset, newest first. Raises ``NotFound('dataset_not_found')``."""
        return self._records.versions.page(tenant, paging, [("dataset_id", "=", self.get(tenant, dataset_id).id)], read)

    def page(self, tenant: Tenant, paging: PageRequest, read: Callable[[Dataset], T]) -> Page[T]:
        """Datasets, newest first."""
        return self._records.datasets.page(tenant, paging, [], read)

    def rows(self, tenant: Tenant, dataset_id: str, offset: int, limit: int) -> Rows:
        """Any rows of the present version."""
        version = self.version_of(tenant, self.get(tenant, dataset_id))
        path = self._platform.blobs.local_path(tenant, version.table_sha256)
        dtypes, cells = read_rows(path, offset, limit)
        return Rows(dtypes=dtypes, kinds=version.kinds, cells=cells, total=version.n_rows)

    def profile_json(self, tenant: Tenant, dataset_id: str, project_id: str | None) -> bytes:
        """The profile as stored JSON: for the project's target when there is one. ``NotFound('profile_not_ready')``."""
        dataset = self.get(tenant, dataset_id)
        target = self._projects.get(tenant, project_id).target.target if project_id else None
        for wanted in dict.fromkeys((target, None)):
            if dataset.version_id is None:
                break
            found = self._records.profiles.find(tenant, profile_id(dataset.version_id, wanted))
            if found is not None:
                return b"".join(self._platform.blobs.open(tenant, found.profile_sha256))
        raise NotFound("profile_not_ready", "The table is not profiled yet.", fix="Wait until the import is done.")

    def profile_of_version(self, tenant: Tenant, version_id: str) -> bytes:
        """The profile of a version without a target, as stored JSON. ``NotFound('profile_not_found')``."""
        found = self._records.profiles.get(tenant, profile_id(version_id, None))
        return b"".join(self._platform.blobs.open(tenant, found.profile_sha256))

    def quality_of(self, tenant: Tenant, version_id: str) -> float:
        """Quality of a version, 0 to 100, as its profile without a target says. ``NotFound('profile_not_found')``."""
        return self._records.profiles.get(tenant, profile_id(version_id, None)).quality

    def profile_blob(self, tenant: Tenant, version_id: str, target: str, problem: str) -> str | None:
        """Hash of the stored profile for a target, when it was made for the same problem."""
        found = self._records.profiles.find(tenant, profile_id(version_id, target))
        if found is None or problem not in ("auto", found.problem):
            return None
        return found.profile_sha256

    def bad_rows(self, tenant: Tenant, dataset_id: str) -> tuple[Path, str]:
        """The file of rows left out. Raises ``NotFound('no_bad_rows')`` when every row was read."""
        dataset = self.get(tenant, dataset_id)
        version = self.version_of(tenant, dataset)
        if version.bad_rows_sha256 is None:
            raise NotFound("no_bad_rows", "Every row of this file was read; none was left out.")
        name = f"{Path(dataset.original_filename).stem}.bad_rows.csv"
        return self._platform.blobs.local_path(tenant, version.bad_rows_sha256), name

    def delete(self, tenant: Tenant, dataset_id: str) -> None:
        """Delete a dataset with its file and tables. Raises ``Conflict('dataset_in_use')`` while a project uses it."""

        def remove(unit: UnitOfWork) -> list[str]:
            self._records.datasets.get(tenant, dataset_id, unit)
            users = self._projects.using(tenant, dataset_id, unit)
            if users:
                names = ", ".join(project.name for project in users[:3])
                raise Conflict("dataset_in_use", f"It is the table of {names}.", fix="Delete the project first.")
            return self._records.forget(unit, tenant, dataset_id)

        release_blobs(self._platform, tenant, self._platform.store.atomic(remove))

    # ------------------------------------------------------------------ projects and targets
    def create_project(self, tenant: Tenant, ids: Ids, dataset_id: str, name: str | None) -> Project:
        """A further project on a dataset."""
        dataset = self.get(tenant, dataset_id)
        version = self._records.versions.find(tenant, dataset.version_id) if dataset.version_id else None

        project_id = ids("proj")

        def record(unit: UnitOfWork) -> Project:
            facts = self._records.facts_of(dataset, version)
            project = self._projects.new(unit, tenant, project_id, name=name or dataset.name, dataset=facts)
            return self._records.with_base_profile(unit, tenant, project)

        return self._platform.store.atomic(record)

    def choose_target(
        self, tenant: Tenant, ids: Ids, project_id: str, target: str | None, problem: ProblemChoice
    ) -> tuple[Project, Job | None]:
        """Choose the column to predict, or postpone. The job sets it when the column can be predicted.

        Raises:
            InvalidInput: ``target_unknown`` with the nearest names.
            Conflict: ``dataset_not_ready``.
        """

        def record(unit: UnitOfWork) -> tuple[Project, Job | None]:
            project = self._projects.get(tenant, project_id, unit)
            if target is None:
                facts = TargetFacts(postponed=True)
                return self._projects.change(unit, tenant, project_id, lambda known: known.with_(target=facts)), None
            version = self._version_of_project(unit, tenant, project)
            check_column(target, list(version.kinds))
            payload = {"project_id": project_id, "version_id": version.id, "target": target, "problem": problem}
            job = self._enqueue_profile(unit, tenant, payload, ids.operation)
            return self._set_choosing(unit, tenant, project_id, job), job

        return self._platform.store.atomic(record)

    def _set_choosing(self, unit: UnitOfWork, tenant: Tenant, project_id: str, job: Job) -> Project:
        return self._projects.change(unit, tenant, project_id, lambda known: with_choice_running(known, job.id))

    def _version_of_project(self, unit: UnitOfWork, tenant: Tenant, project: Project) -> DatasetVersion:
        if project.dataset is None or project.dataset.version_id is None:
            raise Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")
        return self._records.versions.get(tenant, project.dataset.version_id, unit)

    def _enqueue_profile(
        self, unit: UnitOfWork, tenant: Tenant, payload: dict[str, str], idempotency_key: str | None
    ) -> Job:
        return self._platform.queue.enqueue(
            tenant,
            "datasets.profile",
            payload,
            unit=unit,
            project_id=payload["project_id"],
            idempotency_key=idempotency_key,
        )

    # ------------------------------------------------------------------ what jobs record
    def pass_gate(self, gate: Gate) -> None:
        """Have new versions looked at before projects move to them."""
        self._records.gate = gate

    def look(self, context: JobContext, dataset_id: str, folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
        """What the gate says of the table in a job's folder, of which ``facts`` are known."""
        return {} if self._records.gate is None else self._records.gate.look(context, dataset_id, folder, facts)

    def apply_import(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str, imported: Imported) -> None:
        """A new version with its profile; projects on the dataset move to it, and profile again for their target."""
        for project in self._records.add_version(unit, tenant, dataset_id, imported):
            self._profile_again(unit, tenant, project, imported.version_id)
        self._enqueue_forgetting(unit, tenant, dataset_id)

    def forget_hidden(self, tenant: Tenant, dataset_id: str) -> int:
        """Delete versions that show what the present one hides, and files where that was asked; how many blobs."""
        hashes = self._platform.store.atomic(lambda unit: self._records.forget_hidden(unit, tenant, dataset_id))
        return release_blobs(self._platform, tenant, hashes)

    def _enqueue_forgetting(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str) -> None:
        if self._records.has_to_forget(unit, tenant, dataset_id):
            self._platform.queue.enqueue(tenant, "datasets.forget", {"dataset_id": dataset_id}, unit=unit)

    def accept_version(
        self, unit: UnitOfWork, tenant: Tenant, project_id: str, version_id: str, stories: list[Story]
    ) -> Project:
        """Let a project move to a version that was held; gives the project."""
        project = self._records.accept_version(unit, tenant, project_id, version_id, stories)
        self._profile_again(unit, tenant, project, version_id)
        if project.dataset is not None:
            self._enqueue_forgetting(unit, tenant, project.dataset.dataset_id)
        for follow in self._also_accept:
            follow(unit, tenant, project_id, version_id)
        return self._projects.get(tenant, project_id, unit)

    def when_accepted(self, follow: Callable[[UnitOfWork, Tenant, str, str], None]) -> None:
        """Let another slice do its part when a project (its id) takes a version (its id) that was held."""
        self._also_accept.append(follow)

    def when_deleted(self, forget: Callable[[UnitOfWork, Tenant, str], list[str]]) -> None:
        """Let another slice delete its own documents together with a version; it gives hashes of their blobs."""
        self._records.also_forget.append(forget)

    def add_prepared(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str, prepared: Imported) -> bool:
        """A version that was made of another one and that no project moves to; whether the dataset is still there."""
        return self._records.add_prepared(unit, tenant, dataset_id, prepared)

    def use_version(self, unit: UnitOfWork, tenant: Tenant, version_id: str) -> None:
        """Make any version the present one; projects on the dataset move to it, and profile again for their target."""
        for project in self._records.use_version(unit, tenant, version_id):
            self._profile_again(unit, tenant, project, version_id)

    def _profile_again(self, unit: UnitOfWork, tenant: Tenant, project: Project, version_id: str) -> None:
        if project.target.target is None:
            return
        payload = {
            "project_id": project.id,
            "version_id": version_id,
            "target": project.target.target,
            "problem": project.target.problem or "auto",
        }
        self._set_choosing(unit, tenant, project.id, self._enqueue_profile(unit, tenant, payload, None))

    def apply_profile(self, unit: UnitOfWork, tenant: Tenant, project_id: str, profiled: Profiled) -> None:
        """The profile for the target; the target is chosen when this is still the newest choice."""
        self._records.add_profile(unit, tenant, project_id, profiled)
