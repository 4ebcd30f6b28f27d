"""Saved recipes over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from narrative.http.paging import Page
from narrative.http.parameters import IfMatch, NewIds, Paging, rev_of
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.recipes.schemas import ProjectRecipe
from narrative.studio.recipes.views import recipe_view
from narrative.studio.saved_recipes.schemas import (
    ColumnMapping,
    ImportRequest,
    SavedRecipe,
    SavedRecipes,
    SaveRequest,
    UseRequest,
)
from narrative.studio.saved_recipes.service import SavedRecipeService
from narrative.studio.saved_recipes.views import saved_view

router = slice_router("saved_recipes")
Saved = Annotated[SavedRecipeService, Depends(service(SavedRecipeService))]
CLASHES = problem_responses(409, 412)


@router.get("/transformations/recipes")
def list_saved_recipes(who: Viewer, saved: Saved, paging: Paging) -> Page[SavedRecipe]:
    """Recipes of the workspace, newest first."""
    return saved.page(who.tenant, paging, saved_view)


@router.get("/transformations/recipes/popular")
def list_popular_recipes(who: Viewer, saved: Saved) -> SavedRecipes:
    """Recipes that were put into projects, the most used first."""
    return SavedRecipes(items=[saved_view(item) for item in saved.popular(who.tenant)])


@router.post("/transformations/recipes", status_code=201, responses=CLASHES)
def save_recipe(who: Editor, saved: Saved, body: SaveRequest, ids: NewIds) -> SavedRecipe:
    """Keep the steps of a project for the workspace; under a name that is there, as its next version."""
    return saved_view(saved.save(who, ids, body.project_id, body.name.strip(), body.about.strip()))


@router.post("/transformations/recipes/import", status_code=201, responses=CLASHES)
def import_recipe(who: Editor, saved: Saved, body: ImportRequest, ids: NewIds) -> SavedRecipe:
    """Keep a recipe that was exported as JSON."""
    return saved_view(saved.take_in(who, ids, body.name.strip(), body.about.strip(), body.recipe))


@router.get("/transformations/recipes/{saved_recipe_id}")
def get_saved_recipe(who: Viewer, saved: Saved, saved_recipe_id: str) -> SavedRecipe:
    """One recipe."""
    return saved_view(saved.get(who.tenant, saved_recipe_id))


@router.delete("/transformations/recipes/{saved_recipe_id}", status_code=204)
def delete_saved_recipe(who: Editor, saved: Saved, saved_recipe_id: str) -> Response:
    """Forget a recipe; projects that took it keep their steps."""
    saved.delete(who.tenant, saved_recipe_id)
    return Response(status_code=204)


@router.get("/transformations/recipes/{saved_recipe_id}/export")
def export_saved_recipe(who: Viewer, saved: Saved, saved_recipe_id: str) -> dict[str, Any]:
    """The recipe as JSON that another workspace can import."""
    return saved.exported(who.tenant, saved_recipe_id)


@router.get("/projects/{project_id}/recipe/export", responses=problem_responses(409))
def export_project_recipe(who: Viewer, saved: Saved, project_id: str) -> dict[str, Any]:
    """The present steps of a project as JSON that another workspace can import."""
    return saved.exported_of_project(who.tenant, project_id)


@router.get("/transformations/recipes/{saved_recipe_id}/mapping", responses=problem_responses(409))
def map_saved_recipe(
    who: Viewer, saved: Saved, saved_recipe_id: str, project_id: Annotated[str, Query(max_length=60)]
) -> ColumnMapping:
    """Which columns of a project's table the recipe would work on: the nearest names."""
    columns = saved.fitting(who.tenant, saved_recipe_id, project_id)
    return ColumnMapping(columns=columns, complete=None not in columns.values())


@router.post("/transformations/recipes/{saved_recipe_id}/apply", responses=CLASHES)
def use_saved_recipe(
    who: Editor, saved: Saved, saved_recipe_id: str, body: UseRequest, if_match: IfMatch = None
) -> ProjectRecipe:
    """Put the steps into a project, behind those it has; one undo takes them out again."""
    return recipe_view(saved.use(who, saved_recipe_id, body.project_id, body.columns, rev_of(if_match)))
