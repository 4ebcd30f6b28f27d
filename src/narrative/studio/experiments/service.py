"""What can be done with experiments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, InvalidInput
from narrative.engine.story.types import Story
from narrative.http.idempotency import Ids
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.experiments.entities import Experiment
from narrative.studio.experiments.repository import ExperimentRepository
from narrative.studio.models.service import ModelService, Trained
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import ModelFacts, Project, StepFacts, TrainingFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.stories.service import StoryService

T = TypeVar("T")


class ExperimentService:
    """Use cases of experiments."""

    def __init__(
        self, platform: Platform, projects: ProjectService, models: ModelService, stories: StoryService
    ) -> None:
        self._platform = platform
        self._projects = projects
        self._models = models
        self._stories = stories
        self._experiments = ExperimentRepository(platform.store)
        projects.when_deleted(self._forget)

    def start(self, tenant: Tenant, ids: Ids, project_id: str, options: dict[str, Any]) -> tuple[Experiment, Job]:
        """Record a search and its job in one write.

        Raises:
            Conflict: ``target_not_chosen``, ``dataset_not_ready``, ``training_running``.
            InvalidInput: ``candidate_unknown``.
        """
        self._check_candidates(options.get("candidates"))
        experiment_id = ids("exp")

        def record(unit: UnitOfWork) -> tuple[Experiment, Job]:
            project = self._projects.get(tenant, project_id, unit)
            known = self._experiments.find(tenant, experiment_id, unit)
            if known is not None:
                return known, self._platform.queue.get(tenant, known.job_id)
            version_id, target = _ready(project)
            job = self._platform.queue.enqueue(
                tenant,
                "experiments.train",
                {"experiment_id": experiment_id, "project_id": project_id},
                unit=unit,
                project_id=project_id,
                idempotency_key=ids.operation,
            )
            experiment = Experiment(
                id=experiment_id,
                created_at=self._platform.now(),
                project_id=project_id,
                dataset_version_id=version_id,
                target=target,
                options=options,
                steps=[step.model_dump(mode="json") for step in project.recipe.steps],
                job_id=job.id,
            )
            facts = TrainingFacts(experiment_id=experiment_id, state="queued", version_id=version_id, target=target)
            self._projects.change(unit, tenant, project_id, lambda item: item.with_(training=facts))
            return self._experiments.insert(unit, tenant, experiment), job

        return self._platform.store.atomic(record)

    def get(self, tenant: Tenant, experiment_id: str) -> Experiment:
        """Raises ``NotFound('experiment_not_found')``."""
        return self._experiments.get(tenant, experiment_id)

    def job_of(self, tenant: Tenant, experiment: Experiment) -> Job | None:
        """The job of a search that has not ended, for what is live."""
        return None if experiment.finished_at else self._platform.queue.get(tenant, experiment.job_id)

    def page(self, tenant: Tenant, project_id: str, paging: PageRequest, read: Callable[[Experiment], T]) -> Page[T]:
        """Searches of a project, newest first."""
        self._projects.get(tenant, project_id)
        return self._experiments.page(tenant, paging, [("project_id", "=", project_id)], read)

    def now(self) -> datetime:
        """The time on the clock that all times here are from."""
        return self._platform.clock.now()

    def model_id_of(self, tenant: Tenant, experiment: Experiment, new_id: str) -> str:
        """The model that gets the new version: the project's own, or a new one."""
        project = self._projects.get(tenant, experiment.project_id)
        return project.model.model_id if project.model else new_id

    def apply_training(
        self,
        unit: UnitOfWork,
        tenant: Tenant,
        experiment_id: str,
        *,
        trained: Trained,
        outcome: dict[str, Any],
        stories: list[Story],
    ) -> None:
        """Record the result of a search: model version, leaderboard, stories and the project's facts."""
        experiment = self._experiments.find(tenant, experiment_id, unit)
        project = self._projects.find(tenant, trained.project_id, unit)
        if experiment is None or project is None:
            return  # deleted while it ran
        version = self._models.add_version(unit, tenant, trained)
        state = "canceled" if outcome["stopped_early"] else "completed"
        self._experiments.change(
            unit,
            tenant,
            experiment_id,
            lambda known: known.with_(
                state=state,
                candidates=outcome["candidates"],
                model_id=trained.model_id,
                model_version_id=version.id,
                stopped_early=outcome["stopped_early"],
                started_at=outcome["started_at"],
                finished_at=self._platform.now(),
            ),
        )
        facts = ModelFacts(
            model_id=trained.model_id,
            version_id=version.id,
            dataset_version_id=version.dataset_version_id,
            target=version.target,
            metric=version.metric,
            metric_title=version.metric_title,
            score=version.score,
            n_features=outcome.get("n_features"),
            steps=[StepFacts.model_validate(step) for step in experiment.steps],
        )
        self._projects.change(unit, tenant, project.id, lambda known: _trained(known, experiment_id, facts, state))
        for story in stories:
            self._stories.put(unit, tenant, project.id, story)

    def _check_candidates(self, names: list[str] | None) -> None:
        if names is None:
            return
        from narrative.core.plugins import discover
        from narrative.engine.candidates.base import Candidate

        known = discover("narrative.engine.candidates", Candidate)  # type: ignore[type-abstract]  # the base names the family
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            raise InvalidInput(
                "candidate_unknown",
                f"There is no candidate named {unknown[0][:80]!r}." if unknown else "The list of candidates is empty.",
                fix=f"Choose from {', '.join(known)}.",
            )

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        self._experiments.delete_where(unit, tenant, [("project_id", "=", project_id)])
        return []


def _ready(project: Project) -> tuple[str, str]:
    """Version and target of a project that can train."""
    dataset, training = project.dataset, project.training
    if dataset is None or dataset.version_id is None:
        raise Conflict("dataset_not_ready", "The table is not read yet.", fix="Wait until the import is done.")
    if project.target.target is None:
        raise Conflict("target_not_chosen", "No column to predict is chosen.", fix="Choose the target first.")
    if training is not None and training.state in ("queued", "running"):
        raise Conflict("training_running", "A training of this project is running.", fix="Stop it, or wait for it.")
    return dataset.version_id, project.target.target


def _trained(project: Project, experiment_id: str, facts: ModelFacts, state: str) -> Project:
    training = project.training
    if training is not None and training.experiment_id == experiment_id:
        training = training.model_copy(update={"state": state})
    return project.with_(model=facts, training=training)
