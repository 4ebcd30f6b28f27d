"""Recipes over HTTP: steps, their history, previews, carrying out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.core.errors import InvalidInput
from narrative.http.parameters import IfMatch, NewIds, rev_of
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.applying import ApplyService
from narrative.studio.recipes.previews import PreviewService
from narrative.studio.recipes.schemas import (
    ApplyRequest,
    BranchName,
    CleaningProposals,
    GoRequest,
    PreviewRequest,
    ProjectRecipe,
    QualityNoteRequest,
    RecipeCheck,
    RecipeHistory,
    RecipePreview,
    RecipeRequest,
    RecipeStateDetail,
    StepChange,
    StepRequest,
)
from narrative.studio.recipes.service import RecipeService
from narrative.studio.recipes.views import faults_view, history_view, recipe_view, state_view
from narrative.studio.schemas import Job, JobAccepted

router = slice_router("recipes")
Recipes = Annotated[RecipeService, Depends(service(RecipeService))]
Previews = Annotated[PreviewService, Depends(service(PreviewService))]
Applying = Annotated[ApplyService, Depends(service(ApplyService))]
CLASHES = problem_responses(409, 412)
BUSY = problem_responses(409, 413, 429)


@router.get("/projects/{project_id}/recipe")
def get_recipe(who: Viewer, recipes: Recipes, project_id: str) -> ProjectRecipe:
    """Steps that the next training runs before its automatic preparation."""
    return recipe_view(recipes.get(who.tenant, project_id))


@router.put("/projects/{project_id}/recipe", responses=CLASHES)
def replace_recipe(
    who: Editor, recipes: Recipes, project_id: str, body: RecipeRequest, if_match: IfMatch = None
) -> ProjectRecipe:
    """Save all steps in their order. All or none: the first step that does not fit is named and nothing is saved."""
    return recipe_view(recipes.replace(who, project_id, [facts_of(step) for step in body.steps], rev_of(if_match)))


@router.post("/projects/{project_id}/recipe/steps", status_code=201, responses=CLASHES)
def add_step(
    who: Editor, recipes: Recipes, project_id: str, body: StepRequest, if_match: IfMatch = None
) -> ProjectRecipe:
    """Add a step at the end, as the button of a finding does. The same step again changes nothing."""
    return recipe_view(recipes.add(who, project_id, facts_of(body), rev_of(if_match)))


@router.patch("/projects/{project_id}/recipe/steps/{step_id}", responses=CLASHES)
def change_step(
    *, who: Editor, recipes: Recipes, project_id: str, step_id: str, body: StepChange, if_match: IfMatch = None
) -> ProjectRecipe:
    """Other parameters, switched on or off, or another place in the order."""
    changes = body.model_dump(exclude={"position"}, exclude_none=True)
    changed = recipes.change_step(
        who, project_id, step_id=step_id, changes=changes, position=body.position, rev=rev_of(if_match)
    )
    return recipe_view(changed)


@router.delete("/projects/{project_id}/recipe/steps/{step_id}", responses=CLASHES)
def remove_step(
    who: Editor, recipes: Recipes, project_id: str, step_id: str, if_match: IfMatch = None
) -> ProjectRecipe:
    """Take a step out."""
    return recipe_view(recipes.remove_step(who, project_id, step_id, rev_of(if_match)))


@router.put("/projects/{project_id}/recipe/quality-note", responses=CLASHES)
def note_quality(
    who: Editor, recipes: Recipes, project_id: str, body: QualityNoteRequest, if_match: IfMatch = None
) -> ProjectRecipe:
    """Say why to go on with the quality the table has; the note is kept with the version. Empty takes it back."""
    return recipe_view(recipes.note_quality(who, project_id, body.note.strip(), rev_of(if_match)))


# ---------------------------------------------------------------------- history
@router.post("/projects/{project_id}/recipe/undo", responses=CLASHES)
def undo_recipe(who: Editor, recipes: Recipes, project_id: str, if_match: IfMatch = None) -> ProjectRecipe:
    """Take back the last change of the steps. What was undone stays in the history."""
    return recipe_view(recipes.undo(who.tenant, project_id, rev_of(if_match)))


@router.post("/projects/{project_id}/recipe/redo", responses=CLASHES)
def redo_recipe(who: Editor, recipes: Recipes, project_id: str, if_match: IfMatch = None) -> ProjectRecipe:
    """Make the change again that was undone last, on the branch in use."""
    return recipe_view(recipes.redo(who.tenant, project_id, rev_of(if_match)))


@router.get("/projects/{project_id}/recipe/history")
def get_recipe_history(who: Viewer, recipes: Recipes, project_id: str) -> RecipeHistory:
    """Every state of the steps as a tree: what was changed, when, by whom; and the branches."""
    project, states = recipes.history(who.tenant, project_id)
    return history_view(project, states, recipes.names(states))


@router.get("/projects/{project_id}/recipe/history/{state_id}")
def get_recipe_state(who: Viewer, recipes: Recipes, project_id: str, state_id: str) -> RecipeStateDetail:
    """The steps of one state."""
    state = recipes.state(who.tenant, project_id, state_id)
    return state_view(recipes.get(who.tenant, project_id), state, recipes.names([state]))


@router.post("/projects/{project_id}/recipe/history/go", responses=CLASHES)
def go_in_recipe_history(
    who: Editor, recipes: Recipes, project_id: str, body: GoRequest, if_match: IfMatch = None
) -> ProjectRecipe:
    """Go to a state, or to the newest state of a branch. Changing the steps from there begins a branch."""
    rev = rev_of(if_match)
    if body.state_id is not None:
        return recipe_view(recipes.go(who.tenant, project_id, body.state_id, rev))
    if body.branch_id is not None:
        return recipe_view(recipes.switch(who.tenant, project_id, body.branch_id, rev))
    recipes.get(who.tenant, project_id)
    raise InvalidInput("state_missing", "Nothing says where to go.", fix="Name a state_id or a branch_id.")


@router.patch("/projects/{project_id}/recipe/branches/{branch_id}", responses=CLASHES)
def rename_recipe_branch(
    *, who: Editor, recipes: Recipes, project_id: str, branch_id: str, body: BranchName, if_match: IfMatch = None
) -> ProjectRecipe:
    """Call a branch something else."""
    return recipe_view(recipes.rename_branch(who.tenant, project_id, branch_id, body.name.strip(), rev_of(if_match)))


# ---------------------------------------------------------------------- looking and carrying out
@router.post("/projects/{project_id}/recipe/preview", responses=BUSY)
def preview_recipe(who: Viewer, previews: Previews, project_id: str, body: PreviewRequest) -> RecipePreview:
    """Before and after of all steps or of one of them, on the same rows. Saves nothing."""
    steps = None if body.steps is None else [facts_of(step) for step in body.steps]
    about = body.model_dump(include={"step_id", "show", "rows"})
    return RecipePreview.model_validate(previews.of_project(who, project_id, steps, about))


@router.post("/projects/{project_id}/recipe/validate")
def validate_recipe(who: Viewer, previews: Previews, project_id: str, body: RecipeRequest) -> RecipeCheck:
    """Whether steps fit the table of the project, before anything runs; all faults, each with step and column."""
    return faults_view(previews.faults_in_project(who.tenant, project_id, [facts_of(step) for step in body.steps]))


@router.get("/projects/{project_id}/recipe/proposals", responses=BUSY)
def propose_cleaning(who: Viewer, previews: Previews, project_id: str) -> CleaningProposals:
    """Auto-clean: repairs the table needs without doubt, with reason and effect; add the steps that are wanted."""
    return CleaningProposals.model_validate({"items": previews.proposals_in_project(who, project_id)})


@router.post("/projects/{project_id}/recipe/apply", status_code=202, responses=problem_responses(409))
def apply_recipe(who: Editor, applying: Applying, project_id: str, body: ApplyRequest, ids: NewIds) -> JobAccepted:
    """Carry the steps out as a new version; its id is in the result of the job.

    The job ends with `data_loss_unconfirmed` when more than half of the rows or values would go and that was not
    confirmed. Steps that make other rows become the table that training starts from, and leave the recipe.
    """
    job = applying.start(who, ids, project_id, allow_data_loss=body.allow_data_loss, note=body.note.strip())
    return JobAccepted(job=Job.of(job))


def facts_of(step: StepRequest) -> StepFacts:
    """A step as projects hold it."""
    return StepFacts.model_validate(step.model_dump())
