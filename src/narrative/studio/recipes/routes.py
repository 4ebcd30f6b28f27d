"""Recipes over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.parameters import IfMatch, rev_of
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.schemas import ProjectRecipe, RecipeRequest, StepRequest
from narrative.studio.recipes.service import RecipeService
from narrative.studio.recipes.views import recipe_view

router = slice_router("recipes")
Recipes = Annotated[RecipeService, Depends(service(RecipeService))]
CLASHES = problem_responses(409, 412)


@router.get("/projects/{project_id}/recipe")
def get_recipe(who: Viewer, recipes: Recipes, project_id: str) -> ProjectRecipe:
    """Steps that the next training runs before its automatic preparation."""
    return recipe_view(recipes.get(who.tenant, project_id))


@router.put("/projects/{project_id}/recipe", responses=CLASHES)
def replace_recipe(
    who: Editor, recipes: Recipes, project_id: str, body: RecipeRequest, if_match: IfMatch = None
) -> ProjectRecipe:
    """Save all steps in their order. All or none: the first step that does not fit is named and nothing is saved."""
    steps = [_facts(step) for step in body.steps]
    return recipe_view(recipes.replace(who.tenant, project_id, steps, rev_of(if_match)))


@router.post("/projects/{project_id}/recipe/steps", status_code=201, responses=CLASHES)
def add_step(
    who: Editor, recipes: Recipes, project_id: str, body: StepRequest, if_match: IfMatch = None
) -> ProjectRecipe:
    """Add a step at the end, as the button of a finding does. The same step again changes nothing."""
    return recipe_view(recipes.add(who.tenant, project_id, _facts(body), rev_of(if_match)))


@router.post("/projects/{project_id}/recipe/undo", responses=CLASHES)
def undo_recipe(who: Editor, recipes: Recipes, project_id: str, if_match: IfMatch = None) -> ProjectRecipe:
    """Take back the last change of the steps."""
    return recipe_view(recipes.undo(who.tenant, project_id, rev_of(if_match)))


def _facts(step: StepRequest) -> StepFacts:
    return StepFacts.model_validate(step.model_dump())
