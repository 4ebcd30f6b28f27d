"""Models over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response
from starlette.responses import FileResponse

from narrative.http.files import download
from narrative.http.paging import Page
from narrative.http.parameters import Paging
from narrative.http.policy import Editor, Owner, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.models.schemas import Model, ModelVersion, ModelVersionDetail, VersionDecision, VersionPin
from narrative.studio.models.service import ModelService
from narrative.studio.models.views import detail_json, model_view, version_view

router = slice_router("models")
Models = Annotated[ModelService, Depends(service(ModelService))]
BUNDLE_TYPE = "application/vnd.narrative.bundle"
REPORT_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
)


@router.get("/models")
def list_models(
    who: Viewer,
    models: Models,
    paging: Paging,
    project_id: Annotated[str | None, Query(max_length=60)] = None,
) -> Page[Model]:
    """Models of the workspace, newest first."""
    return models.page(
        who.tenant, paging, project_id, lambda item: model_view(item, models.versions(who.tenant, item.id))
    )


@router.get("/models/{model_id}")
def get_model(who: Viewer, models: Models, model_id: str) -> Model:
    """A model with its versions."""
    return model_view(models.get(who.tenant, model_id), models.versions(who.tenant, model_id))


@router.get("/models/{model_id}/versions")
def list_model_versions(who: Viewer, models: Models, model_id: str) -> list[ModelVersion]:
    """The versions of a model with number, time, score and parent, newest first."""
    return model_view(models.get(who.tenant, model_id), models.versions(who.tenant, model_id)).versions


@router.put("/models/{model_id}/versions/{version_id}/pin")
def pin_model_version(who: Editor, models: Models, model_id: str, version_id: str, body: VersionPin) -> ModelVersion:
    """Keep a version whatever happens, or no longer."""
    return version_view(models.pin(who.tenant, model_id, version_id, pinned=body.pinned))


@router.put("/models/{model_id}/versions/{version_id}/decision")
def decide_model_version(
    who: Editor, models: Models, model_id: str, version_id: str, body: VersionDecision
) -> ModelVersion:
    """Accept or reject a version with a note, or take the decision back; who and when is kept with it."""
    return version_view(
        models.decide(who.tenant, model_id, version_id, body.state, note=body.note.strip(), by=who.user_name)
    )


@router.delete("/models/{model_id}/versions/{version_id}", status_code=204, responses=problem_responses(409))
def delete_model_version(who: Owner, models: Models, model_id: str, version_id: str) -> Response:
    """Delete a version that nothing uses; what is served, pinned, or the newest of its project stays."""
    models.delete_version(who.tenant, model_id, version_id)
    return Response(status_code=204)


@router.get("/models/{model_id}/versions/{version_id}", response_model=ModelVersionDetail)
def get_model_version(who: Viewer, models: Models, model_id: str, version_id: str) -> Response:
    """A version with evaluation, importances, leaderboard, input contract and plan."""
    version = models.version_of(who.tenant, model_id, version_id)
    return Response(detail_json(version, models.detail(who.tenant, version)), media_type="application/json")


@router.get(
    "/models/{model_id}/versions/{version_id}/bundle",
    response_class=FileResponse,
    responses={200: {"content": {BUNDLE_TYPE: {}}, "description": "The portable model file."}},
)
def download_bundle(who: Viewer, models: Models, model_id: str, version_id: str) -> FileResponse:
    """The portable model: predicts in the terminal and in Python without this server."""
    path = models.bundle_path(who.tenant, model_id, version_id)
    return download(path, "model.narrative", BUNDLE_TYPE)


@router.get(
    "/models/{model_id}/versions/{version_id}/report",
    response_class=FileResponse,
    responses={200: {"content": {"text/html": {}}, "description": "One self-contained page."}},
)
def get_report(
    who: Viewer,
    models: Models,
    model_id: str,
    version_id: str,
    as_download: Annotated[bool, Query(alias="download")] = False,
) -> FileResponse:
    """The report of a version, to read or to forward."""
    path = models.report_path(who.tenant, model_id, version_id)
    policy = {"Content-Security-Policy": REPORT_POLICY}
    if as_download:
        return download(path, "report.html", "text/html; charset=utf-8", **policy)
    return FileResponse(path, media_type="text/html; charset=utf-8", headers=policy)
