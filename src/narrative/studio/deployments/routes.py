"""Deployments and the production address over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from narrative.http.address import base_url
from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Caller, Operator, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.deployments.calls import CallService
from narrative.studio.deployments.entities import Deployment as Entity
from narrative.studio.deployments.schemas import (
    Deployment,
    DeploymentCreate,
    ProductionInfo,
    ProductionRequest,
    ProductionResponse,
    RollbackRequest,
    ServeNote,
    SwapRequest,
)
from narrative.studio.deployments.service import DeploymentService
from narrative.studio.deployments.views import deployment_view, info_view, production_response

router = slice_router("deployments")
Calls = Annotated[CallService, Depends(service(CallService))]
Deployments = Annotated[DeploymentService, Depends(service(DeploymentService))]


@router.post("/deployments", status_code=201)
def create_deployment(
    who: Operator, deployments: Deployments, request: Request, body: DeploymentCreate, ids: NewIds
) -> Deployment:
    """Put a model version at a stable address: it is rehearsed and, when it passes, live."""
    made = deployments.create(
        who, ids, body.project_id, body.model_version_id, body.name, go_live=body.go_live is not False
    )
    return _view(made, request)


@router.get("/deployments")
def list_deployments(
    who: Viewer,
    deployments: Deployments,
    request: Request,
    paging: Paging,
    project_id: Annotated[str | None, Query(max_length=60)] = None,
) -> Page[Deployment]:
    """Deployments of the workspace, newest first."""
    return deployments.page(who.tenant, paging, project_id, lambda item: _view(item, request))


@router.get("/deployments/{deployment_id}")
def get_deployment(who: Viewer, deployments: Deployments, request: Request, deployment_id: str) -> Deployment:
    """A deployment with copyable calls and measured use."""
    return _view(deployments.get(who.tenant, deployment_id), request)


@router.post("/deployments/{deployment_id}/pause")
def pause_deployment(who: Operator, deployments: Deployments, request: Request, deployment_id: str) -> Deployment:
    """Stop answering; callers get 409 with `deployment_paused`."""
    return _view(deployments.set_state(who, deployment_id, "paused"), request)


@router.post("/deployments/{deployment_id}/resume")
def resume_deployment(who: Operator, deployments: Deployments, request: Request, deployment_id: str) -> Deployment:
    """Answer again."""
    return _view(deployments.set_state(who, deployment_id, "live"), request)


@router.post("/deployments/{deployment_id}/rehearse")
def rehearse_deployment(who: Operator, deployments: Deployments, request: Request, deployment_id: str) -> Deployment:
    """Send mutated requests to its version in a process of its own, and keep what became of each."""
    return _view(deployments.rehearse(who.tenant, deployment_id), request)


@router.post("/deployments/{deployment_id}/go-live")
def put_deployment_live(
    who: Operator, deployments: Deployments, request: Request, deployment_id: str, body: ServeNote
) -> Deployment:
    """Let a rehearsed deployment answer; an owner may, with a note, although the rehearsal failed."""
    return _view(deployments.go_live(who, deployment_id, body.note), request)


@router.post("/deployments/{deployment_id}/swap")
def swap_deployment(
    who: Operator, deployments: Deployments, request: Request, deployment_id: str, body: SwapRequest
) -> Deployment:
    """Answer with another version of the model from the next call on; no call fails meanwhile."""
    return _view(deployments.swap(who, deployment_id, body.model_version_id, body.note), request)


@router.post("/deployments/{deployment_id}/rollback")
def roll_back_deployment(
    who: Operator, deployments: Deployments, request: Request, deployment_id: str, body: RollbackRequest
) -> Deployment:
    """Answer again with the version before, or with an earlier one."""
    return _view(deployments.roll_back(who, deployment_id, body.model_version_id, body.note), request)


@router.post("/models/{model_id}/rollback")
def roll_back_model(
    who: Operator, deployments: Deployments, request: Request, model_id: str, body: RollbackRequest
) -> Deployment:
    """The same for the live deployment of a model."""
    found = deployments.live_of(who.tenant, model_id)
    return _view(deployments.roll_back(who, found.id, body.model_version_id, body.note), request)


@router.delete("/deployments/{deployment_id}", status_code=204)
def retire_deployment(who: Operator, deployments: Deployments, deployment_id: str) -> Response:
    """Retire a deployment for good; its record stays."""
    deployments.set_state(who, deployment_id, "retired")
    return Response(status_code=204)


@router.post("/production/v1/models/{model_id}/predict", responses=problem_responses(409))
def call_deployment(
    who: Caller, calls: Calls, model_id: str, body: ProductionRequest, ids: NewIds
) -> ProductionResponse:
    """Predict through a live deployment, named by its own id or by its model's id. For programs with an API key."""
    called = calls.call(who, ids, model_id, body.data, with_reasons=body.include_reasons)
    return production_response(called, body)


@router.get("/production/v1/models/{model_id}/info")
def get_deployment_info(who: Caller, calls: Calls, model_id: str) -> ProductionInfo:
    """What a caller must send and gets."""
    deployment = calls.called(who, model_id)
    return info_view(deployment, calls.contract_of(who.tenant, deployment))


def _view(deployment: Entity, request: Request) -> Deployment:
    return deployment_view(deployment, base_url(request))
