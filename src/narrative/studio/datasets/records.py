"""How versions and profiles are recorded: always inside the transaction that ends the job which made them."""

from __future__ import annotations

from collections.abc import Callable

from narrative.engine.story.types import Story
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.entities import Dataset, DatasetVersion, StoredProfile
from narrative.studio.datasets.repository import (
    DatasetRepository,
    ProfileRepository,
    VersionRepository,
    profile_id,
)
from narrative.studio.datasets.work_types import Gate, Imported, Profiled, hidden_in
from narrative.studio.kept_blobs import blobs_of, check_stored, declare_blobs
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import DatasetFacts, HeldFacts, ProfileFacts, Project, TargetFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.stories.service import StoryService


class DatasetRecords:
    """Documents of datasets, versions and profiles."""

    def __init__(self, platform: Platform, projects: ProjectService, stories: StoryService) -> None:
        self._platform = platform
        self._projects = projects
        self._stories = stories
        self.gate: Gate | None = None
        self.also_forget: list[Callable[[UnitOfWork, Tenant, str], list[str]]] = []
        self.datasets = DatasetRepository(platform.store)
        self.versions = VersionRepository(platform.store)
        self.profiles = ProfileRepository(platform.store)
        for repository in (self.datasets, self.versions, self.profiles):
            declare_blobs(platform, repository.spec.name, repository.entity)

    def add_version(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str, imported: Imported) -> list[Project]:
        """Record a version; returns the projects that moved to it."""
        dataset = self.datasets.find(tenant, dataset_id, unit)
        if dataset is None or dataset.job_id != imported.job_id:
            return []  # deleted, or a newer import is on its way
        version = self._insert_version(unit, tenant, dataset, imported)
        facts = self._insert_profile(
            unit, tenant, version.id, None, {**imported.facts["summary"], "profile_sha256": imported.profile.sha256}
        )
        users = self._projects.using(tenant, dataset_id, unit)
        held = [project for project in users if self._is_held(unit, tenant, project, imported)]
        if held and dataset.version_id is not None:  # the table stays as it is for everybody
            self._ready(unit, tenant, dataset_id, dataset.version_id)
            for project in users:
                self._stay(unit, tenant, project, held=version)
            return []
        self._ready(unit, tenant, dataset_id, version.id)
        moved = []
        for project in users:
            if project in held:
                self._stay(unit, tenant, project)
                continue
            table = self.facts_of(dataset.with_(state="ready", error=None), version)
            moved.append(
                self._projects.change(
                    unit,
                    tenant,
                    project.id,
                    lambda known, table=table: _moved(known, table, facts, list(version.kinds)),  # type: ignore[misc]  # binds the loop's value
                )
            )
            for story in imported.stories:
                self._stories.put(unit, tenant, project.id, story)
        return moved

    def accept_version(
        self, unit: UnitOfWork, tenant: Tenant, project_id: str, version_id: str, stories: list[Story]
    ) -> Project:
        """Let a project move to a version that was held."""
        version = self.versions.get(tenant, version_id, unit)
        self._ready(unit, tenant, version.dataset_id, version.id)
        dataset = self.datasets.get(tenant, version.dataset_id, unit)
        facts = _facts(self.profiles.get(tenant, profile_id(version.id, None), unit))
        table = self.facts_of(dataset, version)
        for story in stories:
            self._stories.put(unit, tenant, project_id, story)
        return self._projects.change(
            unit, tenant, project_id, lambda known: _moved(known, table, facts, list(version.kinds))
        )

    def add_prepared(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str, prepared: Imported) -> bool:
        """Record a version that no project moves to; whether its dataset is still there."""
        dataset = self.datasets.find(tenant, dataset_id, unit)
        if dataset is None:
            return False
        version = self._insert_version(unit, tenant, dataset, prepared)
        summary = {**prepared.facts["summary"], "profile_sha256": prepared.profile.sha256}
        self._insert_profile(unit, tenant, version.id, None, summary)
        return True

    def use_version(self, unit: UnitOfWork, tenant: Tenant, version_id: str) -> list[Project]:
        """Make a version the present one of its dataset; gives the projects, which all moved to it."""
        version = self.versions.get(tenant, version_id, unit)
        self._ready(unit, tenant, version.dataset_id, version.id)
        table = self.facts_of(self.datasets.get(tenant, version.dataset_id, unit), version)
        facts = _facts(self.profiles.get(tenant, profile_id(version.id, None), unit))
        return [
            self._projects.change(
                unit, tenant, project.id, lambda known: _moved(known, table, facts, list(version.kinds))
            )
            for project in self._projects.using(tenant, version.dataset_id, unit)
        ]

    def _is_held(self, unit: UnitOfWork, tenant: Tenant, project: Project, imported: Imported) -> bool:
        """Whether a version broke rules of a project that has one to stay with; then it says so."""
        n_broken = 0 if self.gate is None else self.gate.holds(unit, tenant, project, imported)
        before = project.dataset.version_id if project.dataset else None
        if not n_broken or before is None or self.versions.find(tenant, before, unit) is None:
            return False
        version = self.versions.get(tenant, imported.version_id, unit)
        facts = HeldFacts(dataset_id=version.dataset_id, version_id=version.id, n_broken=n_broken)
        self._projects.change(unit, tenant, project.id, lambda known: known.with_(held=facts))
        return True

    def _stay(self, unit: UnitOfWork, tenant: Tenant, project: Project, held: DatasetVersion | None = None) -> None:
        """A project goes on with the version it has, also when that belongs to another dataset.

        ``held``: the version its table would have moved to, for a project whose own rules say nothing against it.
        """
        before = self.versions.get(tenant, (project.dataset and project.dataset.version_id) or "", unit)
        table = self.facts_of(self.datasets.get(tenant, before.dataset_id, unit), before)
        facts = None if held is None else HeldFacts(dataset_id=held.dataset_id, version_id=held.id, n_broken=0)
        self._projects.change(
            unit, tenant, project.id, lambda known: known.with_(dataset=table, held=known.held or facts)
        )

    def _ready(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str, version_id: str) -> None:
        self.datasets.change(
            unit, tenant, dataset_id, lambda known: known.with_(state="ready", error=None, version_id=version_id)
        )

    def add_profile(self, unit: UnitOfWork, tenant: Tenant, project_id: str, profiled: Profiled) -> None:
        """Record a profile for a target, unless a newer choice overtook it."""
        facts = self._insert_profile(
            unit,
            tenant,
            profiled.version_id,
            profiled.target,
            {**profiled.summary, "profile_sha256": profiled.profile.sha256},
        )

        def change(known: Project) -> Project:
            target = TargetFacts(target=profiled.target, problem=profiled.problem)
            return known.with_(profile=facts, target=target)

        project = self._projects.find(tenant, project_id, unit)
        if project is None or project.target.job_id != profiled.job_id:
            return
        self._projects.change(unit, tenant, project_id, change)
        for story in profiled.stories:
            self._stories.put(unit, tenant, project_id, story)

    def with_base_profile(self, unit: UnitOfWork, tenant: Tenant, project: Project) -> Project:
        """Give a new project the profile that its dataset has already."""
        if project.dataset is None or project.dataset.version_id is None or project.profile is not None:
            return project
        found = self.profiles.find(tenant, profile_id(project.dataset.version_id, None), unit)
        if found is None:
            return project
        facts = _facts(found)
        return self._projects.change(unit, tenant, project.id, lambda known: known.with_(profile=facts))

    def facts_of(self, dataset: Dataset, version: DatasetVersion | None) -> DatasetFacts:
        """What a project says of its table."""
        return DatasetFacts(
            dataset_id=dataset.id,
            state=dataset.state,
            version_id=version.id if version else None,
            n_rows=version.n_rows if version else None,
            n_columns=version.n_columns if version else None,
            error=(dataset.error or {}).get("message"),
        )

    def has_to_forget(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str) -> bool:
        """Whether :meth:`forget_hidden` would delete something."""
        dataset = self.datasets.find(tenant, dataset_id, unit)
        return dataset is not None and bool(
            self._revealing(unit, tenant, dataset) or self._unwanted(unit, dataset, tenant)
        )

    def forget_hidden(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str) -> list[str]:
        """Delete versions that show a column which the present version hides, and forget files where that was asked.

        A version that a project works with stays, without its file.

        Returns:
            hashes of the blobs that their documents named.
        """
        dataset = self.datasets.find(tenant, dataset_id, unit)
        if dataset is None:
            return []
        blobs = []
        for version in self._revealing(unit, tenant, dataset):
            blobs += self._forget_version(unit, tenant, version)
        if self._unwanted(unit, dataset, tenant):
            blobs += blobs_of(dataset)
            self.datasets.change(unit, tenant, dataset_id, lambda known: known.with_(raw_sha256=None))
            while named := self._with_file(unit, tenant, dataset):
                for version in named:
                    blobs += [version.raw_sha256] if version.raw_sha256 else []
                    self.versions.change(unit, tenant, version.id, lambda known: known.with_(raw_sha256=None))
        return blobs

    def _revealing(self, unit: UnitOfWork, tenant: Tenant, dataset: Dataset) -> list[DatasetVersion]:
        """Versions that show what the present one hides, or that were made from such a one."""
        present = self.versions.find(tenant, dataset.version_id or "", unit)
        hidden = hidden_in(present.report) if present else set()
        if present is None or not hidden:
            return []
        facts = [(p.dataset, p.held) for p in self._projects.using(tenant, dataset.id, unit)]
        in_use = {table.version_id for table, _ in facts if table} | {held.version_id for _, held in facts if held}
        known = self.versions.where(tenant, [("dataset_id", "=", dataset.id)], limit=500, unit=unit)
        found: dict[str, DatasetVersion] = {}
        for version in sorted(known, key=lambda item: item.number):  # one that was made from another comes later
            shows = set(version.kinds) - hidden_in(version.report)
            if version.id not in in_use | {present.id} and (shows & hidden or set(version.parents) & set(found)):
                found[version.id] = version
        return list(found.values())

    def _unwanted(self, unit: UnitOfWork, dataset: Dataset, tenant: Tenant) -> bool:
        """Whether a file is there although the present version was made to be without it."""
        present = self.versions.find(tenant, dataset.version_id or "", unit)
        if present is None or not present.options.get("delete_file"):
            return False
        return dataset.raw_sha256 is not None or bool(self._with_file(unit, tenant, dataset))

    def _with_file(self, unit: UnitOfWork, tenant: Tenant, dataset: Dataset) -> list[DatasetVersion]:
        """Versions of a dataset whose file is kept; not all at once where they are many."""
        return self.versions.where(tenant, [("dataset_id", "=", dataset.id), ("raw_sha256", "!=", None)], unit=unit)

    def _forget_version(self, unit: UnitOfWork, tenant: Tenant, version: DatasetVersion) -> list[str]:
        profiles = self.profiles.delete_where(unit, tenant, [("version_id", "=", version.id)])
        self.versions.delete(unit, tenant, version.id)
        others = [sha256 for forget in self.also_forget for sha256 in forget(unit, tenant, version.id)]
        return others + [sha256 for document in (version, *profiles) for sha256 in blobs_of(document)]

    def forget(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str) -> list[str]:
        """Delete the documents of a dataset; gives the hashes of the blobs they named."""
        blobs = blobs_of(self.datasets.get(tenant, dataset_id, unit))
        while versions := self.versions.where(tenant, [("dataset_id", "=", dataset_id)], unit=unit):
            for version in versions:
                blobs += self._forget_version(unit, tenant, version)
        blobs += [sha256 for forget in self.also_forget for sha256 in forget(unit, tenant, dataset_id)]
        self.datasets.delete(unit, tenant, dataset_id)
        return blobs

    def _insert_version(self, unit: UnitOfWork, tenant: Tenant, dataset: Dataset, imported: Imported) -> DatasetVersion:
        earlier = self.versions.where(tenant, [("dataset_id", "=", dataset.id)], limit=500, unit=unit)
        facts = imported.facts
        kept = dataset.raw_sha256 == imported.raw_sha256  # else its end was asked for while it was read
        version = DatasetVersion(
            id=imported.version_id,
            created_at=self._platform.now(),
            dataset_id=dataset.id,
            number=1 + max((known.number for known in earlier), default=0),
            content_hash=facts["content_hash"],
            table_sha256=imported.table.sha256,
            bad_rows_sha256=imported.bad_rows.sha256 if imported.bad_rows else None,
            lines_sha256=imported.lines.sha256 if imported.lines else None,
            raw_sha256=imported.raw_sha256 if kept else None,
            n_rows=facts["n_rows"],
            n_columns=facts["n_columns"],
            size_bytes=imported.table.size_bytes,
            kinds=facts["kinds"],
            report=facts["report"],
            options=imported.options,
            parents=imported.parents,
            user_id=imported.user_id,
        )
        check_stored(self._platform, tenant, blobs_of(version))
        return self.versions.insert_once(unit, tenant, version)[0]

    def _insert_profile(
        self, unit: UnitOfWork, tenant: Tenant, version_id: str, target: str | None, summary: dict[str, object]
    ) -> ProfileFacts:
        new = StoredProfile.model_validate(
            {
                "id": profile_id(version_id, target),
                "created_at": self._platform.now(),
                "version_id": version_id,
                "target": target,
                **summary,
            }
        )
        check_stored(self._platform, tenant, blobs_of(new))
        stored, is_new = self.profiles.insert_once(unit, tenant, new)
        if not is_new:
            stored = self.profiles.change(unit, tenant, new.id, lambda known: new.with_(rev=known.rev))
        return _facts(stored)


def _facts(profile: StoredProfile) -> ProfileFacts:
    return ProfileFacts.model_validate(profile.model_dump(exclude={"id", "created_at", "rev", "profile_sha256"}))


def _moved(project: Project, table: DatasetFacts, profile: ProfileFacts, columns: list[str]) -> Project:
    """A project on a new version: its target stays when the column is still there."""
    target = project.target
    if target.target is not None and target.target not in columns:
        target = TargetFacts(error=f"The new table has no column {target.target!r}; choose the target again.")
    return project.with_(dataset=table, profile=profile, target=target, held=None)
