"""What can be done with the recipe of a project."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from narrative.core.errors import Conflict
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project, RecipeFacts, StepFacts
from narrative.studio.projects.service import ProjectService

if TYPE_CHECKING:
    from narrative.engine.types import ColumnKind

MOST_UNDO: Final = 30
Edit = Callable[[list[StepFacts], str], list[StepFacts]]
"""New steps from those that are there and the salt of the project."""


class RecipeService:
    """Use cases of recipes. A recipe is part of its project, so both change in one write."""

    def __init__(self, platform: Platform, projects: ProjectService, datasets: DatasetService) -> None:
        self._platform = platform
        self._projects = projects
        self._datasets = datasets

    def get(self, tenant: Tenant, project_id: str) -> Project:
        """The project that holds the recipe."""
        return self._projects.get(tenant, project_id)

    def replace(self, tenant: Tenant, project_id: str, steps: list[StepFacts], rev: int | None) -> Project:
        """All steps at once; undoable.

        Raises:
            InvalidInput: what ``Recipe.validate`` and ``check_steps`` raise, naming step and column; nothing is saved
                then. ``precondition_failed`` when the project was changed meanwhile.
            Conflict: ``dataset_not_ready``.
        """
        return self._edit(tenant, project_id, lambda _, salt: [_salted(step, salt) for step in steps], rev)

    def add(self, tenant: Tenant, project_id: str, step: StepFacts, rev: int | None) -> Project:
        """One step more, at the end; a step that is there already is not added twice. Raises as :meth:`replace`."""

        def append(known: list[StepFacts], salt: str) -> list[StepFacts]:
            same = [(item.type, item.params, item.enabled) for item in known]
            new = _salted(step, salt)
            return known if (new.type, new.params, new.enabled) in same else [*known, new]

        return self._edit(tenant, project_id, append, rev)

    def undo(self, tenant: Tenant, project_id: str, rev: int | None) -> Project:
        """The steps before the last change. Raises ``Conflict('nothing_to_undo')``."""

        def back(project: Project) -> Project:
            if not project.recipe.before:
                raise Conflict(
                    "nothing_to_undo", "There is no change of the steps to undo.", fix="Change a step first."
                )
            *earlier, last = project.recipe.before
            return project.with_(recipe=project.recipe.model_copy(update={"steps": last, "before": earlier}))

        return self._platform.store.atomic(lambda unit: self._projects.change(unit, tenant, project_id, back, rev=rev))

    def _edit(self, tenant: Tenant, project_id: str, edit: Edit, rev: int | None) -> Project:
        project = self._projects.get(tenant, project_id)
        kinds, fresh = self._kinds(tenant, project), secrets.token_hex(16)

        def change(known: Project) -> Project:
            salt = known.recipe.salt or fresh
            steps = _numbered(edit(known.recipe.steps, salt))
            if steps == known.recipe.steps:
                return known
            _check(steps, kinds, known.target.target)
            before = [*known.recipe.before, known.recipe.steps][-MOST_UNDO:]
            return known.with_(recipe=RecipeFacts(steps=steps, before=before, salt=salt))

        def record(unit: UnitOfWork) -> Project:
            return self._projects.change(unit, tenant, project_id, change, rev=rev)

        return self._platform.store.atomic(record)

    def _kinds(self, tenant: Tenant, project: Project) -> dict[str, ColumnKind]:
        if project.dataset is None or project.dataset.version_id is None:
            raise Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")
        return self._datasets.version(tenant, project.dataset.version_id).kinds


def _salted(step: StepFacts, salt: str) -> StepFacts:
    """A masking step without a salt gets the project's, so that its codes are those of no other project."""
    if step.type != "mask_values" or step.params.get("salt"):
        return step
    return step.model_copy(update={"params": {**step.params, "salt": salt}})


def _numbered(steps: list[StepFacts]) -> list[StepFacts]:
    """Every step with an id of its own; ids that are there stay."""
    taken = {step.id for step in steps if step.id}
    numbered: list[StepFacts] = []
    seen: set[str] = set()
    for step in steps:
        id_ = step.id
        if not id_ or id_ in seen:
            id_ = next(name for n in range(1, 10_000) if (name := f"step_{n}") not in taken)
            taken.add(id_)
        seen.add(id_)
        numbered.append(step.model_copy(update={"id": id_}))
    return numbered


def _check(steps: list[StepFacts], kinds: dict[str, ColumnKind], target: str | None) -> None:
    from narrative.engine.step_specs import StepSpec
    from narrative.engine.training.user_steps import check_steps

    check_steps([StepSpec.model_validate(step.model_dump()) for step in steps], kinds, target)
