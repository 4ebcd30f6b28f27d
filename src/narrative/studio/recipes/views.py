"""Recipes in their wire form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narrative.studio.projects.entities import Project, StepFacts
from narrative.studio.projects.stages import ENOUGH_QUALITY, note_of, quality_of
from narrative.studio.recipes.entities import RecipeState
from narrative.studio.recipes.schemas import (
    ProjectRecipe,
    RecipeBranch,
    RecipeCheck,
    RecipeFault,
    RecipeHistory,
    RecipeQuality,
    RecipeStateDetail,
    RecipeStep,
)
from narrative.studio.recipes.schemas import RecipeState as StateView


def recipe_view(project: Project) -> ProjectRecipe:
    """The steps of a project with their titles."""
    model, recipe = project.model, project.recipe
    return ProjectRecipe(
        steps=[step_view(step.model_dump()) for step in recipe.steps],
        can_undo=recipe.before_id is not None,
        can_redo=recipe.tip_id != recipe.state_id,
        state_id=recipe.state_id,
        branches=_branches(project),
        is_trained=model is not None and model.steps == recipe.steps,
        quality=_quality(project),
        rev=project.rev,
    )


def history_view(project: Project, states: list[RecipeState], names: Mapping[str, str | None]) -> RecipeHistory:
    """The tree; ``names`` of people by id."""
    return RecipeHistory(
        states=[_state(project, state, names) for state in states],
        state_id=project.recipe.state_id,
        branches=_branches(project),
        rev=project.rev,
    )


def state_view(project: Project, state: RecipeState, names: Mapping[str, str | None]) -> RecipeStateDetail:
    """One state with its steps."""
    return RecipeStateDetail(
        state=_state(project, state, names), steps=[step_view(step.model_dump()) for step in state.steps]
    )


def faults_view(faults: list[dict[str, Any]]) -> RecipeCheck:
    """Whether steps fit, with everything that does not."""
    known = [{name: fault.get(name) for name in RecipeFault.model_fields} for fault in faults]
    return RecipeCheck(valid=not faults, faults=[RecipeFault.model_validate(fault) for fault in known])


def step_view(facts: dict[str, Any]) -> RecipeStep:
    """A step, as documents hold it, with what it is called."""
    from narrative.engine.step_specs import StepSpec, resolved

    known = StepFacts.model_validate(facts).model_dump()
    step, params = resolved(StepSpec.model_validate(known))
    return RecipeStep(
        title=step.title,
        sentence=step.says(params),
        columns=step.columns(params),
        reshapes=step.reshapes,
        **known,
    )


def _quality(project: Project) -> RecipeQuality | None:
    score, note = quality_of(project), note_of(project)
    if score is None:
        return None
    return RecipeQuality(
        score=score,
        enough_above=ENOUGH_QUALITY,
        is_enough=score > ENOUGH_QUALITY,
        note=note.text if note else "",
        noted_at=note.at if note else None,
    )


def _branches(project: Project) -> list[RecipeBranch]:
    recipe = project.recipe
    return [RecipeBranch(is_current=branch.id == recipe.branch_id, **branch.model_dump()) for branch in recipe.branches]


def _state(project: Project, state: RecipeState, names: Mapping[str, str | None]) -> StateView:
    return StateView(
        id=state.id,
        number=state.number,
        parent_id=state.parent_id,
        what=state.what,
        created_at=state.created_at,
        created_by=names.get(state.user_id or ""),
        n_steps=len(state.steps),
        branches=[branch.name for branch in project.recipe.branches if branch.tip_id == state.id],
        is_current=state.id == project.recipe.state_id,
    )
