"""What can be done with the recipe of a project."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from narrative.core.errors import Conflict, InvalidInput
from narrative.http.identity import Identity
from narrative.ports.metadata import SYSTEM, Tenant, UnitOfWork
from narrative.studio.accounts.repository import UserRepository
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project, QualityNote, RecipeFacts, StepFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.projects.stages import prepared_version, quality_of
from narrative.studio.recipes.checking import check, numbered, salted
from narrative.studio.recipes.entities import RecipeState
from narrative.studio.recipes.history import RecipeHistory, branch_of
from narrative.studio.recipes.wording import change_in_words
from narrative.studio.versions.entities import TransformationLineage
from narrative.studio.versions.service import VersionService

if TYPE_CHECKING:
    from narrative.engine.types import ColumnKind

Edit = Callable[[list[StepFacts], str], list[StepFacts]]
"""New steps from those that are there and the salt of the project."""
Goal = Callable[[UnitOfWork, Project], RecipeState]


class RecipeService:
    """Use cases of recipes. The present steps are part of their project, so both change in one write."""

    def __init__(
        self, platform: Platform, projects: ProjectService, datasets: DatasetService, versions: VersionService
    ) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets
        self._versions = versions
        self._history = RecipeHistory(platform)
        self._users = UserRepository(platform.store)
        projects.when_deleted(self._history.forget)

    def get(self, tenant: Tenant, project_id: str) -> Project:
        """The project that holds the recipe."""
        return self._projects.get(tenant, project_id)

    # ------------------------------------------------------------------ changes
    def replace(
        self, who: Identity, project_id: str, steps: list[StepFacts], rev: int | None, *, what: str | None = None
    ) -> Project:
        """All steps at once; undoable. ``what``: says what was done, where it is more than the difference.

        Raises:
            InvalidInput: what ``Recipe.validate`` and ``check_steps`` raise, naming step and column; nothing is saved
                then. ``precondition_failed`` when the project was changed meanwhile.
            Conflict: ``dataset_not_ready``.
        """
        return self._edit(who, project_id, lambda _, salt: [salted(step, salt) for step in steps], rev, what=what)

    def add(self, who: Identity, project_id: str, step: StepFacts, rev: int | None) -> Project:
        """One step more, at the end; a step that is there already is not added twice. Raises as :meth:`replace`."""

        def append(known: list[StepFacts], salt: str) -> list[StepFacts]:
            same = [(item.type, item.params, item.enabled) for item in known]
            new = salted(step, salt)
            return known if (new.type, new.params, new.enabled) in same else [*known, new]

        return self._edit(who, project_id, append, rev)

    def change_step(
        self,
        who: Identity,
        project_id: str,
        *,
        step_id: str,
        changes: dict[str, Any],
        position: int | None,
        rev: int | None,
    ) -> Project:
        """Other parameters, switched on or off, or another place (0 is first).

        Raises as :meth:`replace`, and ``InvalidInput('step_not_there')``.
        """

        def change(known: list[StepFacts], salt: str) -> list[StepFacts]:
            place = _place(known, step_id)
            step = salted(known[place].model_copy(update=changes), salt)
            rest = [item for item in known if item.id != step_id]
            rest.insert(place if position is None else min(position, len(rest)), step)
            return rest

        return self._edit(who, project_id, change, rev)

    def remove_step(self, who: Identity, project_id: str, step_id: str, rev: int | None) -> Project:
        """One step less. Raises as :meth:`change_step`."""

        def remove(known: list[StepFacts], _: str) -> list[StepFacts]:
            place = _place(known, step_id)
            return [*known[:place], *known[place + 1 :]]

        return self._edit(who, project_id, remove, rev)

    def note_quality(self, who: Identity, project_id: str, text: str, rev: int | None) -> Project:
        """Keep why somebody goes on with the quality there is, with the project and with the version it is about.

        Raises:
            NotFound: ``project_not_found``. Conflict: ``dataset_not_ready``. InvalidInput: ``precondition_failed``.
        """

        def record(unit: UnitOfWork) -> Project:
            def change(known: Project) -> Project:
                quality, table = quality_of(known), known.dataset
                if quality is None or table is None or table.version_id is None:
                    raise Conflict(
                        "dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done."
                    )
                self._versions.note(unit, who, prepared_version(known) or table.version_id, text)
                note = QualityNote(
                    base_id=table.version_id, quality=quality, text=text, user_id=who.user_id, at=self._platform.now()
                )
                return known.with_(quality_note=note if text else None)

            return self._projects.change(unit, who.tenant, project_id, change, rev=rev)

        return self._platform.store.atomic(record)

    def carried_out(self, unit: UnitOfWork, tenant: Tenant, lineage: TransformationLineage) -> None:
        """Steps became the table of their project: they leave the recipe, as a state of its history.

        Whatever else the recipe holds by now stays as it is: the steps may have been changed while they were carried
        out, and another step may have taken the id of one that was removed.
        """
        gone = [(step.step_id, step.type, step.parameters) for step in lineage.transformations]
        said = f"Carried out {len(gone):,} step{'' if len(gone) == 1 else 's'}"
        what = f"{said}: the table has {lineage.n_after:,} rows now"

        def change(known: Project) -> Project:
            left = [step for step in known.recipe.steps if (step.id, step.type, step.params) not in gone]
            user_id, made_of = lineage.user_id, lineage.parent_version
            recipe = self._history.record(unit, tenant, known, left, what=what, user_id=user_id, made_of=made_of)
            return known.with_(recipe=recipe)

        self._projects.change_if_there(unit, tenant, str(lineage.project_id), change)

    # ------------------------------------------------------------------ history
    def history(self, tenant: Tenant, project_id: str) -> tuple[Project, list[RecipeState]]:
        """All states, oldest first, and the project that says which of them is the present one."""
        return self._projects.get(tenant, project_id), self._history.of_project(tenant, project_id)

    def names(self, states: Iterable[RecipeState]) -> dict[str, str | None]:
        """Names of the people who made states, by id."""
        found = {state.user_id: self._users.find(SYSTEM, state.user_id) for state in states if state.user_id}
        return {user_id: None if user is None else user.name for user_id, user in found.items()}

    def state(self, tenant: Tenant, project_id: str, state_id: str) -> RecipeState:
        """One state with its steps. Raises ``NotFound('recipe_state_not_found')``."""
        return self._history.find(tenant, self._projects.get(tenant, project_id), state_id)

    def undo(self, tenant: Tenant, project_id: str, rev: int | None) -> Project:
        """The steps before the last change, with the table they were for where steps had become the table.

        Raises:
            Conflict: ``nothing_to_undo``; ``import_running``, ``version_not_stored`` where the table changes.
        """
        return self._go(tenant, project_id, lambda unit, project: self._history.back(unit, tenant, project), rev)

    def redo(self, tenant: Tenant, project_id: str, rev: int | None) -> Project:
        """The change that was undone last, on this branch. Raises ``Conflict('nothing_to_redo')``."""
        return self._go(tenant, project_id, lambda unit, project: self._history.forth(unit, tenant, project), rev)

    def go(self, tenant: Tenant, project_id: str, state_id: str, rev: int | None) -> Project:
        """To any state of the history. Raises ``NotFound('recipe_state_not_found')``."""
        return self._go(
            tenant, project_id, lambda unit, project: self._history.find(tenant, project, state_id, unit), rev
        )

    def switch(self, tenant: Tenant, project_id: str, branch_id: str, rev: int | None) -> Project:
        """To the newest state of a branch. Raises ``InvalidInput('branch_unknown')``."""

        def tip(unit: UnitOfWork, project: Project) -> RecipeState:
            return self._history.find(tenant, project, branch_of(project.recipe, branch_id).tip_id, unit)

        return self._go(tenant, project_id, tip, rev, branch_id=branch_id)

    def rename_branch(self, tenant: Tenant, project_id: str, branch_id: str, name: str, rev: int | None) -> Project:
        """Call a branch something else. Raises ``InvalidInput('branch_unknown')``."""

        def change(known: Project) -> Project:
            return known.with_(recipe=self._history.renamed(known, branch_id, name))

        return self._platform.store.atomic(
            lambda unit: self._projects.change(unit, tenant, project_id, change, rev=rev)
        )

    def _go(
        self, tenant: Tenant, project_id: str, goal: Goal, rev: int | None, branch_id: str | None = None
    ) -> Project:
        def move(unit: UnitOfWork) -> Project:
            project = self._projects.get(tenant, project_id, unit)
            state = goal(unit, project)
            wanted = self._version_at(unit, tenant, project, state)

            def change(known: Project) -> Project:
                recipe = known.recipe if branch_id is None else known.recipe.model_copy(update={"branch_id": branch_id})
                return known.with_(recipe=self._history.at(unit, tenant, known.with_(recipe=recipe), state))

            changed = self._projects.change(unit, tenant, project_id, change, rev=rev)
            if wanted is None:
                return changed
            self._versions.use(unit, tenant, wanted)
            return self._projects.get(tenant, project_id, unit)

        return self._platform.store.atomic(move)

    def _version_at(
        self, unit: UnitOfWork, tenant: Tenant, project: Project, goal: RecipeState
    ) -> DatasetVersion | None:
        """The version a project has to move to with a state; None: the one it has stays.

        Only states in which steps became the table matter: a refresh, or another file, came for other reasons than the
        steps and is not undone with them.
        """
        table, state_id = project.dataset, project.recipe.state_id
        if table is None or table.version_id is None or state_id is None:
            return None
        left = self._history.find(tenant, project, state_id, unit)
        back, forth = self._history.between(unit, tenant, left, goal)
        wanted: str = table.version_id
        for state in back:
            if state.made_of is not None and state.version_id == wanted:
                wanted = state.made_of
        for state in forth:
            if state.made_of is not None and state.version_id is not None:
                wanted = state.version_id
        found = None if wanted == table.version_id else self._datasets.find_version(tenant, wanted, unit)
        # It may have been deleted, perhaps for the sake of personal data, or the project took another dataset.
        return found if found is not None and found.dataset_id == table.dataset_id else None

    # ------------------------------------------------------------------ how an edit is made
    def _edit(self, who: Identity, project_id: str, edit: Edit, rev: int | None, *, what: str | None = None) -> Project:
        tenant = who.tenant
        kinds, fresh = self.kinds(tenant, self._projects.get(tenant, project_id)), secrets.token_hex(16)

        def record(unit: UnitOfWork) -> Project:
            def change(known: Project) -> Project:
                salt = known.recipe.salt or fresh
                steps = numbered(edit(known.recipe.steps, salt))
                if steps == known.recipe.steps:
                    return known
                check(steps, kinds, known.target.target)
                said = what or change_in_words(known.recipe.steps, steps)
                facts: RecipeFacts = self._history.record(unit, tenant, known, steps, what=said, user_id=who.user_id)
                return known.with_(recipe=facts.model_copy(update={"salt": salt}))

            return self._projects.change(unit, tenant, project_id, change, rev=rev)

        return self._platform.store.atomic(record)

    def kinds(self, tenant: Tenant, project: Project) -> dict[str, ColumnKind]:
        """Kind of every column of a project's table. Raises ``Conflict('dataset_not_ready')``."""
        if project.dataset is None or project.dataset.version_id is None:
            raise _not_ready()
        return self._datasets.version(tenant, project.dataset.version_id).kinds


def _not_ready() -> Conflict:
    return Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")


def _place(steps: list[StepFacts], step_id: str) -> int:
    for place, step in enumerate(steps):
        if step.id == step_id:
            return place
    known = ", ".join(step.id for step in steps) or "none"
    raise InvalidInput("step_not_there", f"There is no step {step_id[:40]!r} in this recipe.", fix=f"Steps: {known}.")
