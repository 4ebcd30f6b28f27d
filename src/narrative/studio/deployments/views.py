"""Deployments and production answers in their wire form."""

from __future__ import annotations

from typing import Final

from narrative.engine.bundle.contract import InputContract
from narrative.studio.deployments.calls import Called
from narrative.studio.deployments.changes import NAMES_OF_STATES, percentile_95
from narrative.studio.deployments.entities import Deployment
from narrative.studio.deployments.samples import code_samples
from narrative.studio.deployments.schemas import Deployment as DeploymentView
from narrative.studio.deployments.schemas import (
    ProductionInfo,
    ProductionMetadata,
    ProductionRequest,
    ProductionResponse,
)

ADDRESS: Final = "/api/v1/production/v1/models/{id}/predict"

INTERNAL: Final = {"taken_name", "n_inputs", "typical_row", "newest_ms", "rehearsed_ids", "earlier", "events"}


def deployment_view(deployment: Deployment, base_url: str) -> DeploymentView:
    """A deployment with copyable calls of a typical row and its measured use."""
    address = ADDRESS.format(id=deployment.id)
    return DeploymentView(
        **deployment.model_dump(exclude=INTERNAL),
        state_text=NAMES_OF_STATES[deployment.state],
        rollback_to=deployment.earlier[-1] if deployment.earlier else None,
        events=deployment.events[::-1],
        address=address,
        samples=code_samples(base_url + address, dict(deployment.typical_row)),
        p95_ms=percentile_95(deployment.newest_ms),
    )


def info_view(deployment: Deployment, contract: InputContract) -> ProductionInfo:
    """What a caller must know."""
    return ProductionInfo(
        id=deployment.id,
        name=deployment.name,
        state=deployment.state,
        model_id=deployment.model_id,
        model_version=deployment.model_version_id,
        contract=contract,
    )


def production_response(called: Called, body: ProductionRequest) -> ProductionResponse:
    """Answers in the order of the rows, with what the caller asked to include."""
    done = called.answered
    items = done.answers.items
    is_regression = done.version.problem == "regression"
    intervals = [(item.lower, item.upper) for item in items if item.lower is not None and item.upper is not None]
    metadata = ProductionMetadata(
        model_id=done.version.model_id,
        deployment_id=called.deployment.id,
        target=done.version.target,
        problem=done.version.problem,
        intervals=intervals or None,
        warnings=[item.warnings for item in items],
        repairs=done.answers.repairs,
        seconds=done.seconds,
    )
    with_probabilities = body.include_probabilities and not is_regression
    return ProductionResponse(
        predictions=[item.prediction for item in items],
        probabilities=[item.probabilities or {} for item in items] if with_probabilities else None,
        reasons=[item.reasons for item in items] if body.include_reasons else None,
        model_version=done.version.id,
        prediction_id=items[0].prediction_id,
        prediction_ids=[item.prediction_id for item in items],
        timestamp=done.at,
        metadata=metadata if body.include_metadata else None,
    )
