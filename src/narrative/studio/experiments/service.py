"""What can be done with experiments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, InvalidInput, NotFound
from narrative.engine.story.types import Story
from narrative.http.idempotency import Ids
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.experiments.entities import Experiment, TestUse
from narrative.studio.experiments.repository import ExperimentRepository, TestUseRepository
from narrative.studio.kept_blobs import blobs_of, check_stored, declare_blobs
from narrative.studio.models.entities import ModelVersion
from narrative.studio.models.service import ModelService, Trained
from narrative.studio.platform import Platform
from narrative.studio.projects.entities import ModelFacts, Project, StepFacts, TrainingFacts
from narrative.studio.projects.service import ProjectService
from narrative.studio.stories.service import StoryService

if TYPE_CHECKING:
    from narrative.engine.training.suggestions import Suggestion

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
        self._test_uses = TestUseRepository(platform.store)
        declare_blobs(platform, self._experiments.spec.name, Experiment)
        projects.when_deleted(self._forget)

    def start(
        self, tenant: Tenant, ids: Ids, project_id: str, options: dict[str, Any], user_name: str | None = None
    ) -> tuple[Experiment, Job]:
        """Record a search and its job in one write.

        Raises:
            Conflict: ``target_not_chosen``, ``dataset_not_ready``, ``training_running``.
            InvalidInput: ``candidate_unknown``, ``imbalance_setting_invalid``, ``costs_are_zero``, ``metric_unfit``,
                ``split_needs_groups``, ``group_column_unfit``.
        """
        self._check_candidates(options.get("candidates"))
        _check_choices(options)
        experiment_id = ids("exp")

        def record(unit: UnitOfWork) -> tuple[Experiment, Job]:
            project = self._projects.get(tenant, project_id, unit)
            known = self._experiments.find(tenant, experiment_id, unit)
            if known is not None:
                return known, self._platform.queue.get(tenant, known.job_id)
            version_id, target = _ready(project)
            _check_choices(options, project)
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
                user_name=user_name,
            )
            facts = TrainingFacts(experiment_id=experiment_id, state="queued", version_id=version_id, target=target)
            self._projects.change(unit, tenant, project_id, lambda item: item.with_(training=facts))
            return self._experiments.insert(unit, tenant, experiment), job

        return self._platform.store.atomic(record)

    def get(self, tenant: Tenant, experiment_id: str) -> Experiment:
        """Raises ``NotFound('experiment_not_found')``."""
        return self._experiments.get(tenant, experiment_id)

    def twin_path(self, tenant: Tenant, experiment_id: str) -> Path:
        """The model file of the twin.

        Raises:
            NotFound: ``experiment_not_found``; ``no_twin``, the search made none.
        """
        sha256 = self.get(tenant, experiment_id).twin_sha256
        if sha256 is None:
            raise NotFound("no_twin", "There is no twin of this model.", fix="Train again and ask for one.")
        return self._platform.blobs.local_path(tenant, sha256)

    def job_of(self, tenant: Tenant, experiment: Experiment) -> Job | None:
        """The job of a search that has not ended, for what is live."""
        return None if experiment.finished_at else self._platform.queue.get(tenant, experiment.job_id)

    def page(self, tenant: Tenant, project_id: str, paging: PageRequest, read: Callable[[Experiment], T]) -> Page[T]:
        """Searches of a project, newest first."""
        self._projects.get(tenant, project_id)
        return self._experiments.page(tenant, paging, [("project_id", "=", project_id)], read)

    def everywhere(self, tenant: Tenant, paging: PageRequest, read: Callable[[Experiment], T]) -> Page[T]:
        """Searches of the workspace, newest first."""
        return self._experiments.page(tenant, paging, [], read)

    def project_name(self, tenant: Tenant, experiment: Experiment) -> str:
        """What the project of a search is called."""
        return self._projects.get(tenant, experiment.project_id).name

    def compare(self, tenant: Tenant, ids: Ids, chosen: list[str]) -> Job:
        """Begin to compare runs with the first of them.

        Raises:
            NotFound: ``experiment_not_found``.
        """
        for name in chosen:
            self.get(tenant, name)
        return self._platform.queue.enqueue(
            tenant, "experiments.compare", {"ids": chosen}, idempotency_key=ids.operation
        )

    def compared(self, tenant: Tenant, job_id: str) -> tuple[Job, list[Experiment]]:
        """The job of a comparison with its runs. Raises ``NotFound('job_not_found')``."""
        job = self._platform.queue.get(tenant, job_id)
        if job.type != "experiments.compare":
            raise NotFound("job_not_found", "There is no comparison with this id.", fix="Ask for a new one.")
        return job, [self.get(tenant, name) for name in job.payload["ids"]]

    def suggested(self, tenant: Tenant, project_id: str) -> list[Suggestion]:
        """Candidates worth trying on the table of a project; none while table or target are not known."""
        from narrative.engine.training.suggestions import suggestions

        project = self._projects.get(tenant, project_id)
        dataset, problem = project.dataset, project.target.problem
        if dataset is None or dataset.n_rows is None or dataset.n_columns is None or problem is None:
            return []
        return suggestions(problem, dataset.n_rows, dataset.n_columns)

    def now(self) -> datetime:
        """The time on the clock that all times here are from."""
        return self._platform.clock.now()

    def test_uses(self, tenant: Tenant, dataset_version_id: str) -> dict[str, int]:
        """How many models were scored on the same rows of a version: hash of the rows -> count, at most the latest
        500."""
        found = self._test_uses.where(tenant, [("dataset_version_id", "=", dataset_version_id)])
        return dict(Counter(use.rows_hash for use in found))

    def record_test_use(
        self, unit: UnitOfWork, tenant: Tenant, *, model_version_id: str, dataset_version_id: str, rows_hash: str
    ) -> None:
        """Note that a model was scored on these rows; once, however often the job of the model is repeated."""
        use = TestUse(
            id=f"use_{model_version_id.partition('_')[2]}",
            created_at=self._platform.now(),
            dataset_version_id=dataset_version_id,
            rows_hash=rows_hash,
            model_version_id=model_version_id,
        )
        self._test_uses.insert_once(unit, tenant, use)

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
        state = "canceled" if outcome["stopped_early"] else "completed"
        facts, record, twin = trained.facts, outcome.get("record_sha256"), outcome.get("twin_sha256")
        check_stored(self._platform, tenant, [sha256 for sha256 in (record, twin) if sha256 is not None])
        version = self.add_version(unit, tenant, trained=trained, outcome=outcome, stories=stories, state=state)
        titles = {line["name"]: line["title"] for line in outcome["candidates"]}
        shown = ("metric_title", "higher_is_better", "score", "interval", "baseline_score")
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
                record_sha256=record,
                twin_sha256=twin,
                problem=facts["problem"],
                imbalance=outcome.get("imbalance"),
                result={name: facts[name] for name in shown}
                | {
                    "best_title": titles.get(facts["best_candidate"], facts["best_candidate"]),
                    "replay_hash": outcome.get("replay_hash"),
                    "curve": outcome.get("curve", []),
                    "twin": outcome.get("twin"),
                    "test_uses": outcome.get("test_uses", 1),
                    "interval_after_uses": outcome.get("interval_after_uses"),
                },
            ),
        )

    def add_version(
        self,
        unit: UnitOfWork,
        tenant: Tenant,
        *,
        trained: Trained,
        outcome: dict[str, Any],
        stories: list[Story],
        state: str = "completed",
    ) -> ModelVersion:
        """A new version of the project's model, made from a search or from an ensemble of one, with its stories."""
        experiment = self._experiments.get(tenant, trained.experiment_id, unit)
        version = self._models.add_version(unit, tenant, trained)
        if outcome.get("test_rows_hash") is not None:
            self.record_test_use(
                unit,
                tenant,
                model_version_id=version.id,
                dataset_version_id=trained.dataset_version_id,
                rows_hash=outcome["test_rows_hash"],
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
        self._projects.change(
            unit, tenant, experiment.project_id, lambda known: _trained(known, experiment.id, facts, state)
        )
        for story in stories:
            self._stories.put(unit, tenant, experiment.project_id, story)
        return version

    def _check_candidates(self, names: list[str] | None) -> None:
        if names is None:
            return
        from narrative.core.plugins import discover
        from narrative.engine.candidates.base import Candidate

        known = discover("narrative.engine.candidates", Candidate)
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            raise InvalidInput(
                "candidate_unknown",
                f"There is no candidate named {unknown[0][:80]!r}." if unknown else "The list of candidates is empty.",
                fix=f"Choose from {', '.join(known)}.",
            )

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        gone = self._experiments.delete_where(unit, tenant, [("project_id", "=", project_id)])
        return [sha256 for experiment in gone for sha256 in blobs_of(experiment)]


def _check_choices(options: dict[str, Any], project: Project | None = None) -> None:
    """What can be said about choices before the table is looked at; more when the project knows the kind of answer."""
    from narrative.engine.scores import check_metric
    from narrative.engine.training.imbalance import check_choice
    from narrative.engine.training.imbalance_types import Costs
    from narrative.engine.training.splits import check_groups
    from narrative.engine.training.threshold import check_costs

    chosen, asked = None if project is None else project.target, options.get("problem", "auto")
    problem = asked if asked != "auto" else None if chosen is None else chosen.problem
    check_metric(options.get("metric", "auto"), problem)
    check_groups(options.get("split", "auto"), options.get("group_column"), None if chosen is None else chosen.target)
    check_choice(options.get("imbalance", "auto"), options.get("imbalance_settings") or {}, "binary")
    costs = options.get("costs")
    check_costs(None if costs is None else Costs(**costs), "binary")


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
