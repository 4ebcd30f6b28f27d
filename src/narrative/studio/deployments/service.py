"""What can be done with deployments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from narrative.core.errors import Conflict, NotFound, NotPermitted
from narrative.engine.bundle.contract import InputContract
from narrative.engine.story.sources import DeploymentFacts as StoryFacts
from narrative.engine.story.types import Story
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.deployments.entities import NEWEST_CALLS, Deployment, DeploymentState
from narrative.studio.deployments.repository import DeploymentRepository
from narrative.studio.documents import Where
from narrative.studio.models.entities import ModelVersion
from narrative.studio.models.service import ModelService
from narrative.studio.platform import Platform
from narrative.studio.predictions.service import Answered, PredictionService, Row
from narrative.studio.projects.entities import DeploymentFacts, Project
from narrative.studio.projects.service import ProjectService
from narrative.studio.stories.service import StoryService

T = TypeVar("T")


class DeploymentService:
    """Use cases of deployments."""

    def __init__(
        self,
        platform: Platform,
        projects: ProjectService,
        models: ModelService,
        predictions: PredictionService,
        stories: StoryService,
    ) -> None:
        self._platform = platform
        self._projects = projects
        self._models = models
        self._predictions = predictions
        self._stories = stories
        self._deployments = DeploymentRepository(platform.store)
        projects.when_deleted(self._forget)
        stories.tell_when_read("deployment", self._story_now)

    # ------------------------------------------------------------------ life of a deployment
    def create(self, tenant: Tenant, ids: Ids, project_id: str, version_id: str, name: str) -> Deployment:
        """Put a version at an address. Raises ``Conflict('name_taken')``."""
        project = self._projects.get(tenant, project_id)
        version = self._models.version(tenant, version_id)
        if version.project_id != project.id:
            raise NotFound("model_version_not_found", "This project has no such model version.")
        contract = self._predictions.contract(tenant, version)  # it loads, or it is not deployed
        deployment = Deployment(
            id=ids("depl"),
            created_at=self._platform.now(),
            project_id=project_id,
            name=name.strip(),
            taken_name=name.strip().casefold(),
            model_id=version.model_id,
            model_version_id=version.id,
            n_inputs=len(contract.columns),
            typical_row=list(contract.typical_row().items()),
        )

        def record(unit: UnitOfWork) -> Deployment:
            made = self._deployments.find(tenant, deployment.id, unit)
            if made is not None:
                return made
            self._projects.get(tenant, project_id, unit)  # it may have been deleted while the model was loaded
            if self._deployments.where(tenant, [("taken_name", "=", deployment.taken_name)], limit=1, unit=unit):
                raise Conflict(
                    "name_taken",
                    f"There is a deployment named {deployment.name!r} already.",
                    fix="Choose another name.",
                )
            made = self._deployments.insert(unit, tenant, deployment)
            self._tell(unit, tenant, made, version)
            return made

        return self._platform.store.atomic(record)

    def set_state(self, tenant: Tenant, deployment_id: str, state: DeploymentState) -> Deployment:
        """Pause, resume or retire. Raises ``Conflict('deployment_retired')``: retired is for good."""

        def record(unit: UnitOfWork) -> Deployment:
            known = self._deployments.get(tenant, deployment_id, unit)
            if known.state == "retired" and state != "retired":
                raise Conflict("deployment_retired", "This deployment is retired.", fix="Make a new one.")
            taken = None if state == "retired" else known.taken_name
            changed = self._deployments.change(
                unit, tenant, deployment_id, lambda item: item.with_(state=state, taken_name=taken)
            )
            self._tell(unit, tenant, changed, self._models.version(tenant, changed.model_version_id, unit))
            return changed

        return self._platform.store.atomic(record)

    def get(self, tenant: Tenant, deployment_id: str) -> Deployment:
        """Raises ``NotFound('deployment_not_found')``."""
        return self._deployments.get(tenant, deployment_id)

    def page(
        self, tenant: Tenant, paging: PageRequest, project_id: str | None, read: Callable[[Deployment], T]
    ) -> Page[T]:
        """Deployments, newest first."""
        where: list[Where] = [("project_id", "=", project_id)] if project_id else []
        return self._deployments.page(tenant, paging, where, read)

    def contract_of(self, tenant: Tenant, deployment: Deployment) -> InputContract:
        """What the served version expects; loads its model."""
        return self._predictions.contract(tenant, self._models.version(tenant, deployment.model_version_id))

    # ------------------------------------------------------------------ calls
    def call(
        self, who: Identity, ids: Ids, id: str, rows: Sequence[Row], *, with_reasons: bool
    ) -> tuple[Deployment, Answered]:
        """Answer rows through a live deployment, named by its own id or by its model's.

        Raises:
            NotFound: ``deployment_not_found``.
            Conflict: ``deployment_paused``, ``deployment_retired``.
            NotPermitted: ``key_scope``, the key is for another deployment.
        """
        deployment = self.called(who, id)
        if deployment.state != "live":
            raise _not_answering(deployment)
        version = self._models.version(who.tenant, deployment.model_version_id)

        def count(unit: UnitOfWork, n_rows: int, seconds: float) -> None:
            now = self._platform.now()
            self._deployments.change(
                unit, who.tenant, deployment.id, lambda known: _counted(known, n_rows, seconds, now)
            )

        answered = self._predictions.answer(
            who, ids, version, rows, with_reasons=with_reasons, deployment_id=deployment.id, also=count
        )
        return deployment, answered

    def check_key_targets(self, who: Identity, deployment_id: str | None, model_ids: Sequence[str]) -> None:
        """Raises ``NotFound`` when a key shall be limited to what is not there."""
        if deployment_id is not None:
            self._deployments.get(who.tenant, deployment_id)
        for model_id in model_ids:
            self._models.get(who.tenant, model_id)

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

    def _of_model(self, tenant: Tenant, model_id: str) -> Deployment | None:
        if self._models.find(tenant, model_id) is None:
            return None
        found = self._deployments.where(tenant, [("model_id", "=", model_id)], limit=50)
        living = [item for item in found if item.state == "live"] or [item for item in found if item.state == "paused"]
        return living[0] if living else None

    # ------------------------------------------------------------------ inside
    def _tell(self, unit: UnitOfWork, tenant: Tenant, deployment: Deployment, version: ModelVersion) -> None:
        """Facts of the project, the model's live version and the story of the stage."""
        facts = DeploymentFacts(deployment_id=deployment.id, model_version_id=version.id, state=deployment.state)

        def change(project: Project) -> Project:
            newest = project.deployment
            is_newest = newest is None or newest.deployment_id == deployment.id or deployment.state == "live"
            return project.with_(deployment=facts) if is_newest else project

        self._projects.change_if_there(unit, tenant, deployment.project_id, change)
        live = self._deployments.where(
            tenant, [("model_id", "=", deployment.model_id), ("state", "=", "live")], limit=1, unit=unit
        )
        self._models.set_live(unit, tenant, deployment.model_id, live[0].model_version_id if live else None)
        if self._projects.find(tenant, deployment.project_id, unit) is not None:
            self._stories.put(unit, tenant, deployment.project_id, _story(deployment, version))

    def _story_now(self, tenant: Tenant, project_id: str) -> Story | None:
        """The story of the project's deployment with the calls it has answered up to now."""
        project = self._projects.find(tenant, project_id)
        facts = None if project is None else project.deployment
        deployment = None if facts is None else self._deployments.find(tenant, facts.deployment_id)
        if deployment is None:
            return None
        return _story(deployment, self._models.version(tenant, deployment.model_version_id))

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        of_project: Where = ("project_id", "=", project_id)
        if self._deployments.where(tenant, [of_project, ("state", "=", "live")], limit=1, unit=unit):
            raise Conflict("project_is_live", "A deployment of this project is live.", fix="Pause or retire it first.")
        self._deployments.delete_where(unit, tenant, [of_project])
        return []


def _story(deployment: Deployment, version: ModelVersion) -> Story:
    from narrative.engine.story import tell_deployment

    return tell_deployment(
        StoryFacts(
            name=deployment.name,
            state=deployment.state,
            model_version=version.number,
            target=version.target,
            metric_title=version.metric_title,
            score=version.score,
            n_inputs=deployment.n_inputs,
            size_bytes=version.size_bytes,
            p95_ms=percentile_95(deployment.newest_ms),
            calls_total=deployment.calls_total,
        )
    )


def _not_answering(deployment: Deployment) -> Conflict:
    if deployment.state == "paused":
        return Conflict("deployment_paused", "This deployment is paused.", fix="Resume it.")
    return Conflict("deployment_retired", "This deployment is retired.", fix="Use another deployment.")


def percentile_95(values: list[float]) -> float | None:
    """The value that 95 in 100 do not exceed (nearest rank); None without values."""
    if not values:
        return None
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def _counted(deployment: Deployment, n_rows: int, seconds: float, now: str) -> Deployment:
    return deployment.with_(
        calls_total=deployment.calls_total + 1,
        rows_total=deployment.rows_total + n_rows,
        last_call_at=now,
        newest_ms=[*deployment.newest_ms, round(seconds * 1000, 3)][-NEWEST_CALLS:],
    )
