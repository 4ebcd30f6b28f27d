"""What can be done with deployments: make, rehearse, put live, swap, roll back, stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from narrative.core.errors import Conflict, NotFound
from narrative.engine.story.types import Story
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.deployments.changes import NAMES_OF_STATES, event_of, swapped, with_event
from narrative.studio.deployments.entities import Deployment, DeploymentState, EventKind, Rehearsal
from narrative.studio.deployments.rehearsing import Rehearser
from narrative.studio.deployments.repository import DeploymentRepository
from narrative.studio.deployments.telling import story_of
from narrative.studio.documents import Where
from narrative.studio.models.entities import ModelVersion
from narrative.studio.models.service import ModelService
from narrative.studio.platform import Platform
from narrative.studio.predictions.service import PredictionService
from narrative.studio.projects.entities import DeploymentFacts, Project
from narrative.studio.projects.service import ProjectService
from narrative.studio.stories.service import StoryService

T = TypeVar("T")


class DeploymentService:
    """Use cases of deployments. ``rehearser`` may be exchanged before the first call."""

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
        self.rehearser = Rehearser(platform)
        models.keep_while(self._use_of)
        projects.when_deleted(self._forget)
        stories.tell_when_read("deployment", self._story_now)

    # ------------------------------------------------------------------ from a draft to what is live
    def create(
        self, who: Identity, ids: Ids, project_id: str, version_id: str, name: str, *, go_live: bool = True
    ) -> Deployment:
        """Make a deployment, rehearse it and, if it passed, put it live; if not, it stays a draft that says why.

        Raises:
            Conflict: ``name_taken``.
        """
        tenant = who.tenant
        project = self._projects.get(tenant, project_id)
        version = self._models.version(tenant, version_id)
        if version.project_id != project.id:
            raise NotFound("model_version_not_found", "This project has no such model version.")
        contract = self._predictions.contract(tenant, version)  # it loads, or it is not deployed
        draft = Deployment(
            id=ids("depl"),
            created_at=self._platform.now(),
            project_id=project_id,
            name=name.strip(),
            taken_name=name.strip().casefold(),
            model_id=version.model_id,
            model_version_id=version.id,
            version_number=version.number,
            n_inputs=len(contract.columns),
            size_bytes=version.size_bytes,
            typical_row=list(contract.typical_row().items()),
            state="draft",
        )
        made = self._platform.store.atomic(lambda unit: self._insert(unit, tenant, draft))
        if made.rehearsal is None:
            made = self.rehearse(tenant, made.id)
        return self.go_live(who, made.id) if go_live and made.state == "rehearsed" else made

    def rehearse(self, tenant: Tenant, deployment_id: str) -> Deployment:
        """Rehearse the version of a deployment (again) and keep what happened; a draft that passes is rehearsed."""
        known = self._deployments.get(tenant, deployment_id)
        rehearsal = self.rehearser.rehearse(tenant, self._models.version(tenant, known.model_version_id))

        def record(item: Deployment) -> Deployment:
            state: DeploymentState = item.state
            if state in {"draft", "rehearsed"}:
                state = "rehearsed" if rehearsal.passed else "draft"
            return _rehearsed(item, rehearsal).with_(state=state)

        return self._platform.store.atomic(lambda unit: self._deployments.change(unit, tenant, known.id, record))

    def go_live(self, who: Identity, deployment_id: str, note: str = "") -> Deployment:
        """Let a rehearsed deployment answer. An owner may do so with one that failed, with a note that stays.

        Raises:
            Conflict: ``rehearsal_failed``, ``deployment_retired``.
        """
        known = self._deployments.get(who.tenant, deployment_id)
        if known.state == "draft" and known.rehearsal is None:
            known = self.rehearse(who.tenant, deployment_id)
        if known.state in {"live", "paused"}:
            return self.set_state(who, deployment_id, "live")

        def record(unit: UnitOfWork) -> Deployment:
            item = self._deployments.get(who.tenant, deployment_id, unit)
            if item.state == "retired":
                raise _retired()
            kind = self._allowed_kind(who, item.rehearsal, note)
            return self._changed(unit, who, item.with_(state="live"), kind, note)

        return self._platform.store.atomic(record)

    def set_state(self, who: Identity, deployment_id: str, state: DeploymentState) -> Deployment:
        """Pause, resume or retire. Raises ``Conflict``: ``deployment_retired`` (for good), ``deployment_not_live``."""
        kinds: dict[DeploymentState, EventKind] = {"live": "resume", "paused": "pause", "retired": "retire"}

        def record(unit: UnitOfWork) -> Deployment:
            known = self._deployments.get(who.tenant, deployment_id, unit)
            if known.state == "retired" and state != "retired":
                raise _retired()
            if known.state in {"draft", "rehearsed"} and state != "retired":
                raise _not_live(known)
            if known.state == state:
                return known
            taken = None if state == "retired" else known.taken_name
            changed = known.with_(state=state, taken_name=taken)
            return self._changed(unit, who, changed, kinds[state], was=known.state)

        return self._platform.store.atomic(record)

    # ------------------------------------------------------------------ which version answers
    def swap(self, who: Identity, deployment_id: str, version_id: str, note: str = "") -> Deployment:
        """Answer with another version of the model from the next call on; a version that was not rehearsed is first.

        Raises:
            Conflict: ``deployment_not_live``, ``deployment_retired``, ``version_of_other_model``,
                ``rehearsal_failed``.
        """
        known = self._deployments.get(who.tenant, deployment_id)
        version = self._models.version(who.tenant, version_id)
        if version.model_id != known.model_id:
            raise Conflict(
                "version_of_other_model",
                "This version is of another model.",
                fix="Choose a version of the model that is deployed here, or make another deployment.",
            )
        if version.id == known.model_version_id:
            return known
        self._predictions.contract(who.tenant, version)  # in memory before the first call meets it
        rehearsal = None
        if version.id not in known.rehearsed_ids:
            rehearsal = self.rehearser.rehearse(who.tenant, version)
            self._allowed_kind(who, rehearsal, note)
        return self._switch(who, deployment_id, version, "swap", note=note, rehearsal=rehearsal)

    def roll_back(self, who: Identity, deployment_id: str, version_id: str | None = None, note: str = "") -> Deployment:
        """Answer again with the version before, or with an earlier one; nothing is rehearsed, for it has served.

        Raises:
            Conflict: ``nothing_to_roll_back``, ``deployment_not_live``, ``deployment_retired``.
        """
        known = self._deployments.get(who.tenant, deployment_id)
        target = version_id or (known.earlier[-1] if known.earlier else None)
        if target is None or target not in known.earlier:
            raise Conflict(
                "nothing_to_roll_back",
                "This deployment has not served that version before."
                if version_id
                else "This deployment has served only one version.",
                fix="Swap to a version instead.",
            )
        version = self._models.version(who.tenant, target)
        self._predictions.contract(who.tenant, version)
        return self._switch(who, deployment_id, version, "rollback", note=note)

    # ------------------------------------------------------------------ reading
    def get(self, tenant: Tenant, deployment_id: str, unit: UnitOfWork | None = None) -> Deployment:
        """Raises ``NotFound('deployment_not_found')``."""
        return self._deployments.get(tenant, deployment_id, unit)

    def page(
        self, tenant: Tenant, paging: PageRequest, project_id: str | None, read: Callable[[Deployment], T]
    ) -> Page[T]:
        """Deployments, newest first."""
        where: list[Where] = [("project_id", "=", project_id)] if project_id else []
        return self._deployments.page(tenant, paging, where, read)

    def live_of(self, tenant: Tenant, model_id: str) -> Deployment:
        """The deployment that serves a model. Raises ``NotFound``: ``model_not_found``, ``deployment_not_found``."""
        self._models.get(tenant, model_id)
        found = self._deployments.where(tenant, [("model_id", "=", model_id), ("state", "=", "live")], limit=1)
        if not found:
            raise self._deployments.missing()
        return found[0]

    # ------------------------------------------------------------------ inside
    def _insert(self, unit: UnitOfWork, tenant: Tenant, draft: Deployment) -> Deployment:
        made = self._deployments.find(tenant, draft.id, unit)
        if made is not None:
            return made
        self._projects.get(tenant, draft.project_id, unit)  # it may have been deleted while the model was loaded
        self._models.version(tenant, draft.model_version_id, unit)
        if self._deployments.where(tenant, [("taken_name", "=", draft.taken_name)], limit=1, unit=unit):
            raise Conflict(
                "name_taken", f"There is a deployment named {draft.name!r} already.", fix="Choose another name."
            )
        return self._deployments.insert(unit, tenant, draft)

    def _allowed_kind(self, who: Identity, rehearsal: Rehearsal | None, note: str) -> EventKind:
        """How a version goes live after this rehearsal. Raises ``Conflict('rehearsal_failed')``."""
        if rehearsal is not None and rehearsal.passed:
            return "live"
        if who.role == "owner" and note.strip():
            return "override"
        failed = [case for case in rehearsal.cases if case.outcome == "failed"] if rehearsal else []
        first = f" {failed[0].title}: {failed[0].text}" if failed else ""
        raise Conflict(
            "rehearsal_failed",
            f"The rehearsal of this version failed.{first}",
            fix="An owner of the workspace may put it live all the same, with a note that says why.",
        )

    def _switch(
        self,
        who: Identity,
        deployment_id: str,
        version: ModelVersion,
        kind: EventKind,
        *,
        note: str,
        rehearsal: Rehearsal | None = None,
    ) -> Deployment:
        def record(unit: UnitOfWork) -> Deployment:
            known = self._deployments.get(who.tenant, deployment_id, unit)
            if known.state == "retired":
                raise _retired()
            if known.state not in {"live", "paused"}:
                raise _not_live(known)
            self._models.version(who.tenant, version.id, unit)  # it may have been deleted meanwhile
            if known.model_version_id == version.id:
                return known
            if rehearsal is not None:
                known = _rehearsed(known, rehearsal)
            return self._changed(unit, who, swapped(known, version, kind), kind, note)

        return self._platform.store.atomic(record)

    def _changed(
        self,
        unit: UnitOfWork,
        who: Identity,
        deployment: Deployment,
        kind: EventKind,
        note: str = "",
        *,
        was: DeploymentState | None = None,
    ) -> Deployment:
        """Write a changed deployment with its event, and tell the project, the model and the story."""
        version = self._models.version(who.tenant, deployment.model_version_id, unit)
        event = event_of(self._platform.now(), kind, version, who.user_name, note)
        if deployment.model_version_id not in deployment.rehearsed_ids and kind in {"live", "override", "swap"}:
            deployment = deployment.with_(rehearsed_ids=[*deployment.rehearsed_ids, version.id])
        written = self._deployments.change(unit, who.tenant, deployment.id, lambda _: with_event(deployment, event))
        if was not in {"draft", "rehearsed"}:
            self._tell(unit, who.tenant, written, version)
        return written

    def _tell(self, unit: UnitOfWork, tenant: Tenant, deployment: Deployment, version: ModelVersion) -> None:
        """Facts of the project, the model's live version and the story of the stage."""
        state = deployment.state
        assert state not in {"draft", "rehearsed"}  # noqa: S101 - what has never answered is no fact of a project
        facts = DeploymentFacts(deployment_id=deployment.id, model_version_id=version.id, state=state)

        def change(project: Project) -> Project:
            newest = project.deployment
            is_newest = newest is None or newest.deployment_id == deployment.id or state == "live"
            return project.with_(deployment=facts) if is_newest else project

        self._projects.change_if_there(unit, tenant, deployment.project_id, change)
        live = self._deployments.where(
            tenant, [("model_id", "=", deployment.model_id), ("state", "=", "live")], limit=1, unit=unit
        )
        self._models.set_live(unit, tenant, deployment.model_id, live[0].model_version_id if live else None)
        if self._projects.find(tenant, deployment.project_id, unit) is not None:
            self._stories.put(unit, tenant, deployment.project_id, story_of(deployment, version))

    def _story_now(self, tenant: Tenant, project_id: str) -> Story | None:
        """The story of the project's deployment with the calls it has answered up to now."""
        project = self._projects.find(tenant, project_id)
        facts = None if project is None else project.deployment
        deployment = None if facts is None else self._deployments.find(tenant, facts.deployment_id)
        if deployment is None:
            return None
        return story_of(deployment, self._models.version(tenant, deployment.model_version_id))

    def _use_of(self, unit: UnitOfWork, tenant: Tenant, version: ModelVersion) -> str | None:
        """Whether a deployment answers with a version or may have to do so again."""
        of_model: Where = ("model_id", "=", version.model_id)
        for item in self._deployments.where(tenant, [of_model, ("state", "!=", "retired")], unit=unit):
            if item.model_version_id == version.id:
                return f"is served by the deployment '{item.name}'"
            if item.earlier and item.earlier[-1] == version.id:
                return f"is where the deployment '{item.name}' would roll back to"
        return None

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        of_project: Where = ("project_id", "=", project_id)
        if self._deployments.where(tenant, [of_project, ("state", "=", "live")], limit=1, unit=unit):
            raise Conflict("project_is_live", "A deployment of this project is live.", fix="Pause or retire it first.")
        self._deployments.delete_where(unit, tenant, [of_project])
        return []


def _rehearsed(deployment: Deployment, rehearsal: Rehearsal) -> Deployment:
    known = [name for name in deployment.rehearsed_ids if name != rehearsal.model_version_id]
    passed = [*known, rehearsal.model_version_id] if rehearsal.passed else known
    return deployment.with_(rehearsal=rehearsal, rehearsed_ids=passed)


def _retired() -> Conflict:
    return Conflict("deployment_retired", "This deployment is retired.", fix="Make a new one.")


def _not_live(deployment: Deployment) -> Conflict:
    return Conflict(
        "deployment_not_live", f"This deployment is {NAMES_OF_STATES[deployment.state]}.", fix="Put it live first."
    )
