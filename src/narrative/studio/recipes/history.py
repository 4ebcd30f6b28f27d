"""The tree of a recipe's states: every change makes a state, going back deletes none.

A branch is named by its newest state. Changing the steps at the tip of a branch moves the tip; changing them after an
undo begins a new branch and leaves the old one as it was.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from narrative.core.errors import Conflict, InvalidInput
from narrative.core.ids import new_id
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import Project, RecipeBranch, RecipeFacts, StepFacts
from narrative.studio.recipes.entities import RecipeState
from narrative.studio.recipes.repository import RecipeStateRepository

MOST_STATES: Final = 5_000
FIRST_BRANCH: Final = "Main"


class RecipeHistory:
    """Reads and writes the states of projects."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.states = RecipeStateRepository(platform.store)

    def record(
        self,
        unit: UnitOfWork,
        tenant: Tenant,
        project: Project,
        steps: list[StepFacts],
        *,
        what: str,
        user_id: str | None,
        made_of: str | None = None,
    ) -> RecipeFacts:
        """Make a state below the present one; gives the recipe that stands at it. ``made_of``: as in the state."""
        recipe = project.recipe
        if recipe.state_id is None:
            recipe = self._begun(unit, tenant, project)
        newest = self._newest_number(unit, tenant, project.id)
        if newest >= MOST_STATES:
            raise Conflict(
                "recipe_history_full",
                f"These steps were changed {MOST_STATES:,} times, which is as much as is kept.",
                fix="Save the steps as a recipe, and go on with it in a new project.",
            )
        about = {
            "number": newest + 1,
            "parent_id": recipe.state_id,
            "what": what,
            "user_id": user_id,
            "made_of": made_of,
        }
        state = self._insert(unit, tenant, project, steps, about)
        return _standing_at(_grown(recipe, state), state)

    def back(self, unit: UnitOfWork, tenant: Tenant, project: Project) -> RecipeState:
        """The state before the present one. Raises ``Conflict('nothing_to_undo')``."""
        if project.recipe.before_id is None:
            raise Conflict("nothing_to_undo", "There is no change of the steps to undo.", fix="Change a step first.")
        return self.states.get(tenant, project.recipe.before_id, unit)

    def forth(self, unit: UnitOfWork, tenant: Tenant, project: Project) -> RecipeState:
        """The state after the present one on the branch in use. Raises ``Conflict('nothing_to_redo')``."""
        recipe = project.recipe
        below = recipe.tip_id
        while below is not None and below != recipe.state_id:
            state = self.states.get(tenant, below, unit)
            if state.parent_id == recipe.state_id:
                return state
            below = state.parent_id
        raise Conflict("nothing_to_redo", "There is no change of the steps to redo.", fix="Undo one first.")

    def of_project(self, tenant: Tenant, project_id: str) -> list[RecipeState]:
        """All states, oldest first."""
        found = self.states.where(tenant, [("project_id", "=", project_id)], limit=MOST_STATES)
        return sorted(found, key=lambda state: state.number)

    def find(self, tenant: Tenant, project: Project, state_id: str, unit: UnitOfWork | None = None) -> RecipeState:
        """A state of this project. Raises ``NotFound('recipe_state_not_found')``."""
        state = self.states.get(tenant, state_id, unit)
        if state.project_id != project.id:
            raise self.states.missing()
        return state

    def between(
        self, unit: UnitOfWork, tenant: Tenant, left: RecipeState, goal: RecipeState
    ) -> tuple[list[RecipeState], list[RecipeState]]:
        """The changes that going from one state to another takes back (newest first) and makes (oldest first)."""
        back: list[RecipeState] = []
        forth: list[RecipeState] = []
        while left.id != goal.id:
            older = (left if left.number > goal.number else goal).parent_id
            if older is None:
                raise self.states.missing()
            if left.number > goal.number:
                back.append(left)
                left = self.states.get(tenant, older, unit)
            else:
                forth.append(goal)
                goal = self.states.get(tenant, older, unit)
        return back, forth[::-1]

    def at(self, unit: UnitOfWork, tenant: Tenant, project: Project, state: RecipeState) -> RecipeFacts:
        """The recipe of a project that goes to any of its states, on a branch that holds it."""
        recipe = project.recipe
        branches = sorted(recipe.branches, key=lambda branch: branch.id != recipe.branch_id)
        for branch in branches:
            if self._is_above(unit, tenant, state.id, branch.tip_id):
                return _standing_at(recipe.model_copy(update={"branch_id": branch.id}), state)
        raise self.states.missing()

    def renamed(self, project: Project, branch_id: str, name: str) -> RecipeFacts:
        """A branch called something else. Raises ``InvalidInput('branch_unknown')``."""
        branch = branch_of(project.recipe, branch_id)
        rest = [b if b.id != branch_id else branch.model_copy(update={"name": name}) for b in project.recipe.branches]
        return project.recipe.model_copy(update={"branches": rest})

    def forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        """Delete the history together with its project."""
        self.states.delete_where(unit, tenant, [("project_id", "=", project_id)])
        return []

    def _begun(self, unit: UnitOfWork, tenant: Tenant, project: Project) -> RecipeFacts:
        """The first state: the steps as they are before the first change."""
        steps = project.recipe.steps
        what = "The table as it was loaded" if not steps else "The steps as they were"
        state = self._insert(unit, tenant, project, steps, {"number": 0, "parent_id": None, "what": what})
        branch = RecipeBranch(id="branch_1", name=FIRST_BRANCH, tip_id=state.id)
        recipe = project.recipe.model_copy(update={"branches": [branch], "branch_id": branch.id})
        return _standing_at(recipe, state)

    def _insert(
        self, unit: UnitOfWork, tenant: Tenant, project: Project, steps: list[StepFacts], about: dict[str, Any]
    ) -> RecipeState:
        state = RecipeState(
            id=new_id(RecipeStateRepository.prefix, secrets.token_bytes),
            created_at=self._platform.now(),
            project_id=project.id,
            steps=steps,
            version_id=project.dataset.version_id if project.dataset else None,
            **about,
        )
        return self.states.insert(unit, tenant, state)

    def _newest_number(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> int:
        newest = self.states.where(tenant, [("project_id", "=", project_id)], limit=1, unit=unit)
        return newest[0].number if newest else 0

    def _is_above(self, unit: UnitOfWork, tenant: Tenant, state_id: str, tip_id: str) -> bool:
        below: str | None = tip_id
        while below is not None:
            if below == state_id:
                return True
            below = self.states.get(tenant, below, unit).parent_id
        return False


def branch_of(recipe: RecipeFacts, branch_id: str) -> RecipeBranch:
    """A branch by its id. Raises ``InvalidInput('branch_unknown')``."""
    for branch in recipe.branches:
        if branch.id == branch_id:
            return branch
    known = ", ".join(branch.id for branch in recipe.branches) or "none yet"
    raise InvalidInput("branch_unknown", f"There is no branch {branch_id[:40]!r}.", fix=f"Branches here: {known}.")


def _standing_at(recipe: RecipeFacts, state: RecipeState) -> RecipeFacts:
    return recipe.model_copy(update={"steps": state.steps, "state_id": state.id, "before_id": state.parent_id})


def _grown(recipe: RecipeFacts, state: RecipeState) -> RecipeFacts:
    """The branches with a new state: the tip of the one in use moves to it, or it begins a branch of its own."""
    if recipe.tip_id == state.parent_id:
        branches = [
            branch.model_copy(update={"tip_id": state.id}) if branch.id == recipe.branch_id else branch
            for branch in recipe.branches
        ]
        return recipe.model_copy(update={"branches": branches})
    number = 1 + max(int(branch.id.removeprefix("branch_")) for branch in recipe.branches)
    new = RecipeBranch(id=f"branch_{number}", name=f"Branch {number}", tip_id=state.id)
    return recipe.model_copy(update={"branches": [*recipe.branches, new], "branch_id": new.id})
