"""The features stage over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.features.definitions import DefinitionService
from narrative.studio.features.schemas import (
    Definition,
    DefinitionRequest,
    FeatureBoard,
    IdeasRequest,
    IdeasView,
    LeaksRequest,
    LeaksView,
    RemovedRequest,
    SelectionRequest,
    SelectionView,
    UseRequest,
)
from narrative.studio.features.service import FeatureService
from narrative.studio.features.views import board_view, definition_view, ideas_view, leaks_view, selection_view
from narrative.studio.schemas import Job, JobAccepted

router = slice_router("features")
Features = Annotated[FeatureService, Depends(service(FeatureService))]
Definitions = Annotated[DefinitionService, Depends(service(DefinitionService))]
CLASHES = problem_responses(404, 409)


@router.get("/projects/{project_id}/features", responses=CLASHES)
def get_features(who: Viewer, features: Features, project_id: str) -> FeatureBoard:
    """Target and task in words, the role of every column, features made by steps, columns taken out."""
    return _board(who, features, project_id)


@router.post("/projects/{project_id}/features/ideas", status_code=202, responses=CLASHES)
def search_ideas(who: Editor, features: Features, project_id: str, body: IdeasRequest, ids: NewIds) -> JobAccepted:
    """Look for new columns and measure what each gains. `POST /jobs/{id}/cancel` stops it."""
    settings = {"budget_seconds": body.budget_seconds}
    return JobAccepted(job=Job.of(features.start(who.tenant, ids, project_id, "ideas", settings)))


@router.get("/projects/{project_id}/features/ideas", responses=problem_responses(404))
def get_ideas(who: Viewer, features: Features, project_id: str) -> IdeasView:
    """Ideas worth a look with their gain, and the rejected ones with the reason."""
    stage = features.stage(who.tenant, project_id)
    return ideas_view(stage, features.job(who.tenant, stage, "ideas"))


@router.post("/projects/{project_id}/features/ideas/{idea_id}/accept", responses=CLASHES)
def accept_idea(who: Editor, features: Features, project_id: str, idea_id: str) -> FeatureBoard:
    """Put the steps of an idea into the recipe. Undo is that of the recipe."""
    features.accept(who, project_id, idea_id)
    return _board(who, features, project_id)


@router.post("/projects/{project_id}/features/selection", status_code=202, responses=CLASHES)
def search_selection(
    who: Editor, features: Features, project_id: str, body: SelectionRequest, ids: NewIds
) -> JobAccepted:
    """Judge every column by every method. Changes nothing by itself."""
    settings = {
        "budget_seconds": body.budget_seconds,
        "selection": body.model_dump(mode="json", exclude={"budget_seconds"}),
    }
    return JobAccepted(job=Job.of(features.start(who.tenant, ids, project_id, "selection", settings)))


@router.get("/projects/{project_id}/features/selection", responses=problem_responses(404))
def get_selection(who: Viewer, features: Features, project_id: str) -> SelectionView:
    """What every method says of every column, side by side, and the common decision."""
    stage = features.stage(who.tenant, project_id)
    return selection_view(stage, features.job(who.tenant, stage, "selection"))


@router.put("/projects/{project_id}/features/removed", responses=CLASHES)
def set_removed(who: Editor, features: Features, project_id: str, body: RemovedRequest) -> FeatureBoard:
    """Take exactly these columns out before the model sees the table; the others are put back."""
    features.remove(who, project_id, list(dict.fromkeys(body.columns)))
    return _board(who, features, project_id)


@router.post("/projects/{project_id}/features/leaks", status_code=202, responses=CLASHES)
def search_leaks(who: Editor, features: Features, project_id: str, body: LeaksRequest, ids: NewIds) -> JobAccepted:
    """Look for what would flatter the score, and prove or clear it."""
    settings = {"budget_seconds": body.budget_seconds}
    return JobAccepted(job=Job.of(features.start(who.tenant, ids, project_id, "leaks", settings)))


@router.get("/projects/{project_id}/features/leaks", responses=problem_responses(404))
def get_leaks(who: Viewer, features: Features, project_id: str) -> LeaksView:
    """Every suspect with its proofs: the score with and without it."""
    stage = features.stage(who.tenant, project_id)
    return leaks_view(stage, features.job(who.tenant, stage, "leaks"))


@router.get("/features/definitions")
def list_feature_definitions(who: Viewer, definitions: Definitions, paging: Paging) -> Page[Definition]:
    """Features of the workspace that can be used again, newest first."""
    page = definitions.page(who.tenant, paging)
    return Page[Definition](items=[definition_view(item) for item in page.items], next_cursor=page.next_cursor)


@router.post("/features/definitions", status_code=201)
def save_feature_definition(who: Editor, definitions: Definitions, body: DefinitionRequest) -> Definition:
    """Save a feature, or the next version of the one with this name."""
    return definition_view(definitions.save(who, name=body.name, text=body.text, steps=body.steps))


@router.get("/features/definitions/{definition_id}", responses=problem_responses(404))
def get_feature_definition(who: Viewer, definitions: Definitions, definition_id: str) -> Definition:
    """One version of a feature."""
    return definition_view(definitions.get(who.tenant, definition_id))


@router.post("/projects/{project_id}/features/definitions/{definition_id}/use", responses=CLASHES)
def use_feature_definition(
    who: Editor, definitions: Definitions, project_id: str, definition_id: str, body: UseRequest
) -> FeatureBoard:
    """Put a saved feature into the recipe of a project, with other names of columns where needed."""
    definitions.use(who, project_id, definition_id, body.columns)
    return _board(who, definitions.features, project_id)


def _board(who: Viewer, features: FeatureService, project_id: str) -> FeatureBoard:
    stage = features.stage(who.tenant, project_id)
    return board_view(stage, features.profile(who.tenant, stage.project))
