"""Calls of deployments by programs: who may, which version answers, what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrative.core.errors import Conflict, NotPermitted
from narrative.engine.bundle.contract import InputContract
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.deployments.changes import NAMES_OF_STATES, counted
from narrative.studio.deployments.entities import Deployment
from narrative.studio.deployments.repository import DeploymentRepository
from narrative.studio.models.service import ModelService
from narrative.studio.platform import Platform
from narrative.studio.predictions.service import Answered, PredictionService, Row


@dataclass(frozen=True)
class Called:
    """An answered call."""

    deployment: Deployment
    answered: Answered


class CallService:
    """Use cases of the production address."""

    def __init__(self, platform: Platform, models: ModelService, predictions: PredictionService) -> None:
        self._platform = platform
        self._models = models
        self._predictions = predictions
        self._deployments = DeploymentRepository(platform.store)

    def call(
        self,
        who: Identity,
        ids: Ids,
        id: str,
        rows: Sequence[Row],
        *,
        with_reasons: bool,
    ) -> Called:
        """Answer rows through a live deployment, named by its own id or by its model's.

        The deployment is read once, so one version answers all rows, whatever is swapped meanwhile.

        Raises:
            NotFound: ``deployment_not_found``.
            Conflict: ``deployment_not_live``, ``deployment_paused``, ``deployment_retired``.
            NotPermitted: ``key_scope``, the key is for another deployment or other models.
        """
        deployment = self.called(who, id)
        if deployment.state != "live":
            raise _not_answering(deployment)
        version = self._models.version(who.tenant, deployment.model_version_id)

        def count(unit: UnitOfWork, n_rows: int, seconds: float) -> None:
            now = self._platform.now()
            self._deployments.change(
                unit, who.tenant, deployment.id, lambda known: counted(known, n_rows, seconds, now)
            )

        answered = self._predictions.answer(
            who, ids, version, rows, with_reasons=with_reasons, deployment_id=deployment.id, also=count
        )
        return Called(deployment, answered)

    def called(self, who: Identity, id: str) -> Deployment:
        """The deployment a caller means, in whatever state, provided that its key is for it."""
        deployment = self._deployments.find(who.tenant, id) or self._of_model(who.tenant, id)
        if deployment is None:
            raise self._deployments.missing()
        if who.deployment_id is not None and who.deployment_id != deployment.id:
            raise NotPermitted("key_scope", "This API key is for another deployment.", fix="Use a key made for it.")
        if who.model_ids and deployment.model_id not in who.model_ids:
            raise NotPermitted("key_scope", "This API key is for other models.", fix="Use a key made for this one.")
        return deployment

    def contract_of(self, tenant: Tenant, deployment: Deployment) -> InputContract:
        """What the served version expects; loads its model."""
        return self._predictions.contract(tenant, self._models.version(tenant, deployment.model_version_id))

    def check_key_targets(self, who: Identity, deployment_id: str | None, model_ids: Sequence[str]) -> None:
        """Raises ``NotFound`` when a key shall be limited to what is not there."""
        if deployment_id is not None:
            self._deployments.get(who.tenant, deployment_id)
        for model_id in model_ids:
            self._models.get(who.tenant, model_id)

    def _of_model(self, tenant: Tenant, model_id: str) -> Deployment | None:
        if self._models.find(tenant, model_id) is None:
            return None
        found = self._deployments.where(tenant, [("model_id", "=", model_id)], limit=50)
        living = [item for item in found if item.state == "live"] or [item for item in found if item.state == "paused"]
        return living[0] if living else None


def _not_answering(deployment: Deployment) -> Conflict:
    if deployment.state == "paused":
        return Conflict("deployment_paused", "This deployment is paused.", fix="Resume it.")
    if deployment.state == "retired":
        return Conflict("deployment_retired", "This deployment is retired.", fix="Use another deployment.")
    return Conflict(
        "deployment_not_live", f"This deployment is {NAMES_OF_STATES[deployment.state]}.", fix="Put it live first."
    )
