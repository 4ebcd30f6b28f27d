"""What can be done with the candidates of a run: make one model of several, when that is better."""

from __future__ import annotations

from typing import Any, Final

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, InvalidInput
from narrative.engine.story.types import Story
from narrative.http.idempotency import Ids
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.ensembles.entities import Ensemble
from narrative.studio.ensembles.repository import EnsembleRepository
from narrative.studio.experiments.entities import Experiment
from narrative.studio.experiments.service import ExperimentService
from narrative.studio.models.service import Trained
from narrative.studio.platform import Platform
from narrative.studio.projects.service import ProjectService

MOST_LISTED: Final = 50
LEAST: Final = 2
SUGGESTED: Final = 3
BASELINE: Final = "baseline"


class EnsembleService:
    """Use cases of ensembles."""

    def __init__(self, platform: Platform, projects: ProjectService, experiments: ExperimentService) -> None:
        self._platform = platform
        self._experiments = experiments
        self._ensembles = EnsembleRepository(platform.store)
        projects.when_deleted(self._forget)

    def get(self, tenant: Tenant, ensemble_id: str) -> Ensemble:
        """Raises ``NotFound('ensemble_not_found')``."""
        return self._ensembles.get(tenant, ensemble_id)

    def of_experiment(self, tenant: Tenant, experiment_id: str) -> list[Ensemble]:
        """Ensembles of a run, newest first."""
        return self._ensembles.where(tenant, [("experiment_id", "=", experiment_id)], limit=MOST_LISTED)

    def choices(self, tenant: Tenant, experiment_id: str) -> tuple[Experiment, list[dict[str, Any]], str | None]:
        """The run, its candidates that may become members (best first), and why there are none to combine."""
        experiment = self._experiments.get(tenant, experiment_id)
        members = [
            line for line in experiment.candidates if line["name"] != "ensemble" and line.get("score") is not None
        ]
        reason = None
        if experiment.finished_at is None:
            reason = "The run goes on. Models can be combined when it has ended."
        elif experiment.record_sha256 is None:
            reason = "Nothing was kept of this run that an ensemble could be made from. Train again."
        elif sum(line["name"] != BASELINE for line in members) < LEAST:
            reason = "It takes two models besides the baseline that have finished."
        return experiment, members, reason

    def start(
        self, tenant: Tenant, ids: Ids, experiment_id: str, config: dict[str, Any], user_id: str | None
    ) -> tuple[Ensemble, Job]:
        """Record an ensemble and its job in one write.

        Raises:
            Conflict: ``ensemble_not_possible``.
            InvalidInput: what :func:`kind_of` raises, and ``ensemble_member_unknown``.
        """
        experiment, members, reason = self.choices(tenant, experiment_id)
        if reason is not None:
            raise Conflict("ensemble_not_possible", reason, fix="Train with more time or more candidates.")
        self._check(config, experiment, [line["name"] for line in members])
        ensemble_id = ids("ens")

        def record(unit: UnitOfWork) -> tuple[Ensemble, Job]:
            known = self._ensembles.find(tenant, ensemble_id, unit)
            if known is not None:
                return known, self._platform.queue.get(tenant, known.job_id)
            job = self._platform.queue.enqueue(
                tenant,
                "ensembles.train",
                {"ensemble_id": ensemble_id, "experiment_id": experiment.id, "user_id": user_id},
                unit=unit,
                project_id=experiment.project_id,
                idempotency_key=ids.operation,
            )
            ensemble = Ensemble(
                id=ensemble_id,
                created_at=self._platform.now(),
                project_id=experiment.project_id,
                experiment_id=experiment.id,
                config=config,
                job_id=job.id,
            )
            return self._ensembles.insert(unit, tenant, ensemble), job

        return self._platform.store.atomic(record)

    def job_of(self, tenant: Tenant, ensemble: Ensemble) -> Job | None:
        """The job of an ensemble that has not ended."""
        return None if ensemble.finished_at else self._platform.queue.get(tenant, ensemble.job_id)

    def apply(
        self,
        unit: UnitOfWork,
        tenant: Tenant,
        ensemble_id: str,
        *,
        comparison: dict[str, Any],
        trained: Trained | None,
        outcome: dict[str, Any],
        stories: list[Story],
    ) -> None:
        """Record what the comparison said and, when the ensemble is kept, the new version of the model."""
        ensemble = self._ensembles.find(tenant, ensemble_id, unit)
        if ensemble is None:
            return  # deleted while it ran
        version = None
        if trained is not None:
            version = self._experiments.add_version(unit, tenant, trained=trained, outcome=outcome, stories=stories)
        self._ensembles.change(
            unit,
            tenant,
            ensemble_id,
            lambda known: known.with_(
                state="completed",
                comparison=comparison,
                model_id=None if version is None else version.model_id,
                model_version_id=None if version is None else version.id,
                finished_at=self._platform.now(),
            ),
        )

    def _check(self, config: dict[str, Any], experiment: Experiment, names: list[str]) -> None:
        from narrative.engine.ensembles.config import EnsembleConfig, kind_of

        asked = EnsembleConfig.model_validate(config)
        unknown = [name for name in asked.members if name not in names]
        if unknown:
            raise InvalidInput(
                "ensemble_member_unknown",
                f"{unknown[0][:80]!r} did not finish in this run.",
                fix=f"Choose among {', '.join(names)}.",
            )
        kind_of(asked, experiment.problem or "binary")

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        self._ensembles.delete_where(unit, tenant, [("project_id", "=", project_id)])
        return []
