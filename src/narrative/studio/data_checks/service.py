"""What can be done with data checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from narrative.core.errors import Conflict, NotFound
from narrative.engine.story.types import Story
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.data_checks.entities import DataChecks
from narrative.studio.data_checks.repository import DataCheckRepository, checks_id
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.work_types import Imported, hidden_in
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import HeldFacts, Project
from narrative.studio.projects.service import ProjectService
from narrative.studio.work import work_folder

if TYPE_CHECKING:
    import polars as pl

    from narrative.background.handlers import JobContext
    from narrative.engine.expectations import CheckSpec

CHECK_SECONDS: Final = 600.0
Found = tuple[Project, DataChecks | None]


class DataCheckService:
    """Use cases of data checks. It is the gate that new versions of a project's table pass."""

    def __init__(self, platform: Platform, projects: ProjectService, datasets: DatasetService) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets
        self._checks = DataCheckRepository(platform.store)
        projects.when_deleted(self._forget)
        datasets.pass_gate(self)

    # ------------------------------------------------------------------ rules
    def get(self, tenant: Tenant, project_id: str) -> Found:
        """The project and its data checks, None when it has none yet."""
        return self._projects.get(tenant, project_id), self._checks.find(tenant, checks_id(project_id))

    def rules_of(self, tenant: Tenant, project_id: str) -> list[dict[str, Any]]:
        """The saved rules of a project; none when there is no such project any more."""
        stored = self._checks.find(tenant, checks_id(project_id))
        return stored.rules if stored else []

    def propose(self, tenant: Tenant, project_id: str) -> list[CheckSpec]:
        """Rules that hold for the present version and are not saved yet. Raises ``Conflict('dataset_not_ready')``."""
        from narrative.engine.expectations import propose_data_checks
        from narrative.engine.profile.types import TableProfile

        project, stored = self.get(tenant, project_id)
        version = self._version(tenant, project)
        profile = TableProfile.model_validate_json(self._datasets.profile_of_version(tenant, version.id))
        known = [(rule["type"], rule["params"]) for rule in (stored.rules if stored else [])]
        table = self._table(tenant, version)
        found = propose_data_checks(table, profile, today=self._platform.clock.now().date())
        return [spec for spec in found if (spec.type, spec.params) not in known]

    def replace(self, tenant: Tenant, project_id: str, specs: list[CheckSpec]) -> Found:
        """Save all rules of a project.

        Raises:
            InvalidInput: a rule does not fit the table; nothing is saved then.
            Conflict: ``dataset_not_ready``.
        """
        from narrative.engine.expectations import check_specs

        project = self._projects.get(tenant, project_id)
        check_specs(specs, list(self._version(tenant, project).kinds))
        rules = _numbered([spec.model_dump(mode="json") for spec in specs])

        def keep(known: DataChecks) -> DataChecks:
            ids = {rule["id"] for rule in rules if rule in known.rules}
            return known.with_(rules=rules, results=[item for item in known.results if item["id"] in ids])

        stored = self._platform.store.atomic(lambda unit: self._change(unit, tenant, project_id, keep))
        return self._projects.get(tenant, project_id), stored

    def run(self, tenant: Tenant, project_id: str) -> Found:
        """Check the version that is held, or the present one, now. Raises ``Conflict('dataset_not_ready')``."""
        from narrative.engine.expectations import CheckSpec, run_data_checks

        project, stored = self.get(tenant, project_id)
        version = self._version(tenant, project)
        if project.held is not None:
            version = self._datasets.version(tenant, project.held.version_id)
        specs = [CheckSpec.model_validate(rule) for rule in (stored.rules if stored else [])]
        found = run_data_checks(self._table(tenant, version), specs, today=self._platform.clock.now().date())
        results = [result.model_dump(mode="json") for result in found]
        stored = self._platform.store.atomic(
            lambda unit: self._change(
                unit, tenant, project_id, lambda known: self._with_results(known, results, version.id)
            )
        )
        return project, stored

    def failing_rows(self, tenant: Tenant, project_id: str, check_id: str) -> bytes:
        """Every row that breaks a rule as CSV, with its number, in the held version or the present one.

        Raises:
            NotFound: ``data_check_not_found``, ``no_failing_rows``.
        """
        import polars as pl

        from narrative.engine.expectations import CheckSpec, broken_rows
        from narrative.engine.tables import write_table

        project, stored = self.get(tenant, project_id)
        rule = next((rule for rule in (stored.rules if stored else []) if rule["id"] == check_id), None)
        if rule is None:
            raise self._checks.missing()
        held = project.held
        version = self._datasets.version(tenant, held.version_id) if held else self._version(tenant, project)
        table = self._table(tenant, version)
        marked = broken_rows(table, CheckSpec.model_validate(rule))
        if marked is None or not marked.any():
            raise NotFound("no_failing_rows", "No row breaks this data check.")
        numbers = (pl.Series("row", marked.arg_true()) + 1).cast(pl.Int64)
        rows = table.filter(marked)
        name = next(text for text in ("row", "row number", "data check row") if text not in rows.columns)
        with work_folder(self._platform) as folder:
            path = write_table(rows.insert_column(0, numbers.alias(name)), folder / "rows.csv")
            return path.read_bytes()

    # ------------------------------------------------------------------ the gate
    def look(self, context: JobContext, dataset_id: str, folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
        """Results for every project on a dataset that has rules, for the table a job has just made.

        Rules about columns whose values it does not show cannot be checked and are passed over.
        """
        from narrative.studio.work import run_in_child

        rules = {}
        for project in self._projects.using(context.tenant, dataset_id):
            stored = self._checks.find(context.tenant, checks_id(project.id))
            checkable = _without(stored.rules if stored else [], hidden_in(facts["report"]))
            if checkable:
                rules[project.id] = checkable
        if not rules:
            return {}
        payload = {
            "path": str(folder / "table.parquet"),
            "rules": rules,
            "today": self._platform.clock.now().date().isoformat(),
            "folder": str(folder),
        }
        function = "narrative.studio.data_checks.work:check_table"
        return run_in_child(context, self._platform, function, payload, wall_seconds=CHECK_SECONDS)

    def holds(self, unit: UnitOfWork, tenant: Tenant, project: Project, imported: Imported) -> int:
        """Record what the rules found in a new version; gives how many it broke."""
        results = imported.facts.get("checks", {}).get(project.id, [])
        hidden = hidden_in(imported.facts["report"], decided=True)
        stored = self._checks.find(tenant, checks_id(project.id), unit)
        left = _without(stored.rules if stored else [], hidden)
        if stored is not None and left != stored.rules:  # what it says of hidden values goes with them
            self._change(unit, tenant, project.id, lambda known: known.with_(rules=left, results=[]))
        if not results:
            return 0
        n_broken = sum(not result["passed"] for result in results)
        stories = [story.model_dump(mode="json") for story in imported.stories] if n_broken else []
        self._change(
            unit,
            tenant,
            project.id,
            lambda known: self._with_results(known, results, imported.version_id).with_(held_stories=stories),
        )
        return n_broken

    def accept(self, tenant: Tenant, project_id: str) -> Found:
        """Take a held version in spite of the rules it broke. Raises ``Conflict('no_held_version')``."""

        def take(unit: UnitOfWork) -> Found:
            held = self._held(unit, tenant, project_id)
            stored = self._checks.find(tenant, checks_id(project_id), unit)
            stories = [Story.model_validate(story) for story in (stored.held_stories if stored else [])]
            project = self._datasets.accept_version(unit, tenant, project_id, held.version_id, stories)
            return project, self._change(unit, tenant, project_id, lambda known: known.with_(held_stories=[]))

        return self._platform.store.atomic(take)

    def dismiss(self, tenant: Tenant, project_id: str) -> Found:
        """Stay with the present version. Raises ``Conflict('no_held_version')``."""

        def leave(unit: UnitOfWork) -> Found:
            self._held(unit, tenant, project_id)
            project = self._projects.change(unit, tenant, project_id, lambda known: known.with_(held=None))
            return project, self._change(unit, tenant, project_id, lambda known: known.with_(held_stories=[]))

        return self._platform.store.atomic(leave)

    # ------------------------------------------------------------------ helpers
    def _held(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> HeldFacts:
        held = self._projects.get(tenant, project_id, unit).held
        if held is None:
            raise Conflict("no_held_version", "No version of this project is held.", fix="There is nothing to decide.")
        return held

    def _with_results(self, known: DataChecks, results: list[dict[str, Any]], version_id: str) -> DataChecks:
        return known.with_(results=results, checked_version_id=version_id, checked_at=self._platform.now())

    def _change(
        self, unit: UnitOfWork, tenant: Tenant, project_id: str, change: Callable[[DataChecks], DataChecks]
    ) -> DataChecks:
        new = DataChecks(id=checks_id(project_id), created_at=self._platform.now(), project_id=project_id)
        self._checks.insert_once(unit, tenant, new)
        return self._checks.change(unit, tenant, new.id, change)

    def _version(self, tenant: Tenant, project: Project) -> DatasetVersion:
        if project.dataset is None or project.dataset.version_id is None:
            raise Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")
        return self._datasets.version(tenant, project.dataset.version_id)

    def _table(self, tenant: Tenant, version: DatasetVersion) -> pl.DataFrame:
        """The table, column by column from its file: this process stays small."""
        from narrative.engine.tables.stored import StoredTable

        return StoredTable(self._platform.blobs.local_path(tenant, version.table_sha256)).as_frame()

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        self._checks.delete_where(unit, tenant, [("project_id", "=", project_id)])
        return []


def _without(rules: list[dict[str, Any]], columns: set[str]) -> list[dict[str, Any]]:
    """The rules that look at none of these columns."""
    from narrative.engine.expectations import CheckSpec, resolved

    def looked_at(rule: dict[str, Any]) -> set[str]:
        check, params = resolved(CheckSpec.model_validate(rule))
        return set(check.columns(params))

    return [rule for rule in rules if not columns or not looked_at(rule) & columns]


def _numbered(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every rule with an id of its own; ids that are there stay."""
    taken: set[str] = set()
    given = {rule["id"] for rule in rules}
    for rule in rules:
        if not rule["id"] or rule["id"] in taken:
            rule["id"] = next(name for n in range(1, 10_000) if (name := f"check_{n}") not in taken | given)
        taken.add(rule["id"])
    return rules
