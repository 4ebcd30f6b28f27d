"""What can be done on the features stage of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from narrative.background.jobs import OPEN_STATES, Job
from narrative.core.errors import Conflict, InvalidInput, NotFound
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.features.entities import FeatureWork, Finding, SearchKind
from narrative.studio.features.repository import FeatureWorkRepository, work_id
from narrative.studio.features.telling import told
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project, StepFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.recipes.service import RecipeService
from narrative.studio.stories.service import StoryService

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile

SEARCH: Final = "features.search"
SELECTION_STEP: Final = "selection"
"""Id of the step that takes away what the selection removed; the last one of the recipe."""


@dataclass(frozen=True)
class Stage:
    """The project and its searches."""

    project: Project
    work: FeatureWork | None

    @property
    def removed(self) -> list[str]:
        """Columns that the selection took away."""
        step = next((step for step in self.project.recipe.steps if step.id == SELECTION_STEP), None)
        return [] if step is None or not step.enabled else list(step.params.get("columns", []))

    def is_stale(self, kind: SearchKind) -> bool:
        """Whether the table, the target or the steps are others than when the search ran."""
        found = self.work.found.get(kind) if self.work else None
        dataset = self.project.dataset
        if found is None or dataset is None:
            return False
        now = _compared([step.model_dump(mode="json") for step in self.project.recipe.steps], kind)
        # The search for leaks looks at the raw table, so steps change nothing there.
        same_steps = kind == "leaks" or _compared(found.steps, kind) == now
        return found.version_id != dataset.version_id or found.target != self.project.target.target or not same_steps


class FeatureService:
    """Use cases of the features stage."""

    def __init__(
        self,
        platform: Platform,
        projects: ProjectService,
        datasets: DatasetService,
        recipes: RecipeService,
        stories: StoryService,
    ) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets
        self._recipes = recipes
        self._stories = stories
        self._work = FeatureWorkRepository(platform.store)
        projects.when_deleted(self._forget)

    # ------------------------------------------------------------------ reading
    def stage(self, tenant: Tenant, project_id: str) -> Stage:
        """Raises ``NotFound('project_not_found')``."""
        return Stage(self._projects.get(tenant, project_id), self._work.find(tenant, work_id(project_id)))

    def profile(self, tenant: Tenant, project: Project) -> TableProfile:
        """The profile for the target where there is one, else of the version. Raises ``Conflict``."""
        from narrative.engine.profile.types import TableProfile

        version, target = self._version(tenant, project), project.target.target
        found = None if target is None else self._datasets.profile_blob(tenant, version.id, target, "auto")
        if found is not None:
            return TableProfile.model_validate_json(self._platform.blobs.local_path(tenant, found).read_bytes())
        return TableProfile.model_validate_json(self._datasets.profile_of_version(tenant, version.id))

    def job(self, tenant: Tenant, stage: Stage, kind: SearchKind) -> Job | None:
        """The newest job of a search."""
        id_ = stage.work.jobs.get(kind) if stage.work else None
        try:
            return None if id_ is None else self._platform.queue.get(tenant, id_)
        except NotFound:
            return None  # old jobs are swept; their result is kept

    # ------------------------------------------------------------------ searching
    def start(self, tenant: Tenant, ids: Ids, project_id: str, kind: SearchKind, settings: dict[str, Any]) -> Job:
        """Record a search and its job in one write.

        Raises:
            Conflict: ``dataset_not_ready``, ``target_not_chosen``, ``search_running``.
        """

        def record(unit: UnitOfWork) -> Job:
            project = self._projects.get(tenant, project_id, unit)
            version = self._version(tenant, project)
            if project.target.target is None:
                raise Conflict("target_not_chosen", "No column to predict is chosen.", fix="Choose the target first.")
            work = self._place(unit, tenant, project_id)
            self._refuse_second(tenant, work, kind, ids)
            steps = [step.model_dump(mode="json") for step in project.recipe.steps]
            payload = {
                "what": kind,
                "project_id": project_id,
                "version_id": version.id,
                "target": project.target.target,
                "problem": project.target.problem or "auto",
                "steps": steps,
                "settings": settings,
            }
            job = self._platform.queue.enqueue(
                tenant, SEARCH, payload, unit=unit, project_id=project_id, idempotency_key=ids.operation
            )
            self._work.change(unit, tenant, work.id, lambda known: known.with_(jobs={**known.jobs, kind: job.id}))
            return job

        return self._platform.store.atomic(record)

    def apply_search(self, unit: UnitOfWork, tenant: Tenant, payload: Any, report: dict[str, Any]) -> None:
        """Keep the report of a search and tell the story anew, unless the project was deleted while it ran."""
        if self._projects.find(tenant, payload["project_id"], unit) is None:
            return
        work = self._place(unit, tenant, payload["project_id"])
        found = Finding(
            report=report,
            version_id=payload["version_id"],
            target=payload["target"],
            steps=payload["steps"],
            finished_at=self._platform.now(),
        )
        changed = self._work.change(
            unit, tenant, work.id, lambda known: known.with_(found={**known.found, payload["what"]: found})
        )
        self._stories.put(unit, tenant, payload["project_id"], told(changed.found, found))

    # ------------------------------------------------------------------ deciding
    def accept(self, who: Identity, project_id: str, idea_id: str) -> Project:
        """Put the steps of an idea into the recipe, before the step of the selection.

        Raises:
            NotFound: ``idea_not_found``.
            InvalidInput: ``too_many_features``, and what saving a recipe raises.
        """
        stage = self.stage(who.tenant, project_id)
        report = self._report(stage, "ideas")
        idea = next((i for i in [*report.get("ideas", []), *report.get("rejected", [])] if i["id"] == idea_id), None)
        if idea is None:
            raise NotFound(
                "idea_not_found", "There is no such idea in the newest search.", fix="See the list of ideas."
            )
        return self.add_steps(who, project_id, idea["steps"], what=f"Added {idea['formula']}")

    def add_steps(self, who: Identity, project_id: str, steps: list[dict[str, Any]], *, what: str) -> Project:
        """Steps that make features, before the step of the selection; those that are there are not added twice.

        Raises:
            InvalidInput: ``precondition_failed`` when the project was changed meanwhile, and as :meth:`accept`.
        """
        project = self._projects.get(who.tenant, project_id)
        known = project.recipe.steps
        same = [(step.type, step.params) for step in known if step.enabled]
        new = [StepFacts(type=step["type"], params=step["params"]) for step in steps]
        new = [step for step in new if (step.type, step.params) not in same]
        if not new:
            return project
        self._guard(who.tenant, project, [*known, *new])
        rest = [step for step in known if step.id != SELECTION_STEP]
        last = [step for step in known if step.id == SELECTION_STEP]
        return self._recipes.replace(who, project_id, [*rest, *new, *last], project.rev, what=what)

    def remove(self, who: Identity, project_id: str, columns: list[str]) -> Project:
        """Have exactly these columns removed before the model sees them; the others are put back.

        Raises:
            InvalidInput: ``no_features_left``, ``precondition_failed`` when the project was changed meanwhile, and what
                saving a recipe raises.
        """
        project = self._projects.get(who.tenant, project_id)
        names = {column.name for column in self.profile(who.tenant, project).columns} - {project.target.target}
        if columns and not names - set(columns) and len(project.recipe.steps) <= 1:
            raise InvalidInput(
                "no_features_left", "This would leave no column to learn from.", fix="Keep at least one column."
            )
        rest = [step for step in project.recipe.steps if step.id != SELECTION_STEP]
        last = [StepFacts(type="drop_columns", params={"columns": columns}, id=SELECTION_STEP)] if columns else []
        what = f"Selection: {len(columns):,} removed" if columns else "Selection: all columns are back"
        return self._recipes.replace(who, project_id, [*rest, *last], project.rev, what=what)

    # ------------------------------------------------------------------ inside
    def _report(self, stage: Stage, kind: SearchKind) -> dict[str, Any]:
        found = stage.work.found.get(kind) if stage.work else None
        return {} if found is None else found.report

    def _version(self, tenant: Tenant, project: Project) -> DatasetVersion:
        if project.dataset is None or project.dataset.version_id is None:
            raise Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")
        return self._datasets.version(tenant, project.dataset.version_id)

    def _place(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> FeatureWork:
        new = FeatureWork(id=work_id(project_id), created_at=self._platform.now(), project_id=project_id)
        return self._work.insert_once(unit, tenant, new)[0]

    def _refuse_second(self, tenant: Tenant, work: FeatureWork, kind: SearchKind, ids: Ids) -> None:
        id_ = work.jobs.get(kind)
        if id_ is None:
            return
        try:
            running = self._platform.queue.get(tenant, id_)
        except NotFound:
            return
        again = ids.operation is not None and running.idempotency_key == ids.operation
        if running.state in OPEN_STATES and not again:
            raise Conflict("search_running", "This search is running already.", fix="Stop it, or wait for it.")

    def _guard(self, tenant: Tenant, project: Project, steps: list[StepFacts]) -> None:
        from narrative.engine.features.guards import refuse_too_many
        from narrative.engine.step_specs import StepSpec

        kinds = self._version(tenant, project).kinds
        specs = [StepSpec.model_validate(step.model_dump()) for step in steps]
        refuse_too_many(specs, {name: kind for name, kind in kinds.items() if name != project.target.target})

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        self._work.delete_where(unit, tenant, [("project_id", "=", project_id)])
        return []


def _compared(steps: list[dict[str, Any]], kind: SearchKind) -> list[dict[str, Any]]:
    """Steps whose change makes a result out of date: following the advice of the selection does not."""
    return [step for step in steps if kind != "selection" or step["id"] != SELECTION_STEP]
