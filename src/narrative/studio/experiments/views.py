"""Experiments in their wire form."""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError

from narrative.background.jobs import Job
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.imbalance_types import ImbalanceReport
from narrative.engine.training.types import CandidateReport, Progress
from narrative.studio.experiments.entities import Experiment
from narrative.studio.experiments.schemas import Experiment as ExperimentView
from narrative.studio.experiments.schemas import ExperimentLine, ExperimentOptions, ExperimentResult
from narrative.studio.schemas import Failure


def experiment_view(experiment: Experiment, job: Job | None, now: datetime) -> ExperimentView:
    """The wire form; while the job runs, state, progress and leaderboard are the job's."""
    progress = _progress_of(job)
    candidates = [CandidateReport.model_validate(item) for item in experiment.candidates]
    running = job is not None and not job.has_ended
    started_at = experiment.started_at or (job.started_at if job else None)
    finished_at = experiment.finished_at or (job.finished_at if job else None)
    return ExperimentView(
        id=experiment.id,
        project_id=experiment.project_id,
        dataset_version_id=experiment.dataset_version_id,
        target=experiment.target,
        state=job.state if job is not None and running else experiment.state,
        options=ExperimentOptions.model_validate(experiment.options),
        steps=[StepSpec.model_validate(step) for step in experiment.steps],
        progress=progress if running else None,
        candidates=candidates or (progress.candidates if progress else []),
        model_id=experiment.model_id,
        model_version_id=experiment.model_version_id,
        stopped_early=experiment.stopped_early,
        error=Failure.of(experiment.error),
        job_id=experiment.job_id,
        created_at=experiment.created_at,
        started_at=started_at,
        finished_at=finished_at,
        seconds_elapsed=_elapsed(started_at, finished_at, now),
        started_by=experiment.user_name,
        result=None if experiment.result is None else ExperimentResult.model_validate(experiment.result),
        imbalance=None if experiment.imbalance is None else ImbalanceReport.model_validate(experiment.imbalance),
    )


def line_view(experiment: Experiment, job: Job | None, now: datetime, project_name: str) -> ExperimentLine:
    """The wire form in the list of the workspace."""
    return ExperimentLine(**dict(experiment_view(experiment, job, now)), project_name=project_name)


def _progress_of(job: Job | None) -> Progress | None:
    detail = job.progress.get("detail") if job is not None else None
    if not detail:
        return None
    try:
        return Progress.model_validate(detail)
    except ValidationError:
        return None  # written by another version of the program; the share and the message stand in the job


def _elapsed(started_at: str | None, finished_at: str | None, now: datetime) -> float | None:
    if started_at is None:
        return None
    end = datetime.fromisoformat(finished_at) if finished_at else now
    return max(0.0, (end - datetime.fromisoformat(started_at)).total_seconds())
