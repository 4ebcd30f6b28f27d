"""Experiments over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import FileResponse

from narrative.http.files import download
from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.experiments.comparing import differing
from narrative.studio.experiments.schemas import (
    DifferingSetting,
    Experiment,
    ExperimentAccepted,
    ExperimentChoice,
    ExperimentComparison,
    ExperimentLine,
    ExperimentOptions,
    TrainingSuggestions,
)
from narrative.studio.experiments.service import ExperimentService
from narrative.studio.experiments.views import experiment_view, line_view
from narrative.studio.experiments.work import TWIN_NAME
from narrative.studio.schemas import Job, JobAccepted

BUNDLE_TYPE = "application/vnd.narrative.bundle"
router = slice_router("experiments")
Experiments = Annotated[ExperimentService, Depends(service(ExperimentService))]


@router.post("/projects/{project_id}/experiments", status_code=202)
def create_experiment(
    who: Editor, experiments: Experiments, project_id: str, body: ExperimentOptions, ids: NewIds
) -> ExperimentAccepted:
    """Train. `POST /jobs/{id}/cancel` stops the search and keeps the best so far."""
    experiment, job = experiments.start(who.tenant, ids, project_id, body.model_dump(mode="json"), who.user_name)
    return ExperimentAccepted(experiment=experiment_view(experiment, job, experiments.now()), job=Job.of(job))


@router.get("/projects/{project_id}/experiments")
def list_experiments(who: Viewer, experiments: Experiments, project_id: str, paging: Paging) -> Page[Experiment]:
    """Searches of a project, newest first."""
    now = experiments.now()
    return experiments.page(
        who.tenant,
        project_id,
        paging,
        lambda item: experiment_view(item, experiments.job_of(who.tenant, item), now),
    )


@router.get("/projects/{project_id}/experiments/suggestions", responses=problem_responses(404))
def suggest_candidates(who: Viewer, experiments: Experiments, project_id: str) -> TrainingSuggestions:
    """Three to five candidates worth trying on this table, each with its reason."""
    return TrainingSuggestions(items=experiments.suggested(who.tenant, project_id))


@router.get("/experiments")
def list_all_experiments(who: Viewer, experiments: Experiments, paging: Paging) -> Page[ExperimentLine]:
    """Searches of all projects of the workspace, newest first."""
    now = experiments.now()
    return experiments.everywhere(
        who.tenant,
        paging,
        lambda item: line_view(
            item, experiments.job_of(who.tenant, item), now, experiments.project_name(who.tenant, item)
        ),
    )


@router.post("/experiments/compare", status_code=202, responses=problem_responses(404))
def compare_experiments(who: Editor, experiments: Experiments, body: ExperimentChoice, ids: NewIds) -> JobAccepted:
    """Begin to compare two to four runs: settings that differ, and which is better on the same test rows."""
    return JobAccepted(job=Job.of(experiments.compare(who.tenant, ids, body.ids)))


@router.get("/experiments/compare/{job_id}", responses=problem_responses(404))
def get_experiment_comparison(who: Viewer, experiments: Experiments, job_id: str) -> ExperimentComparison:
    """Runs side by side; the differences are there once the job is done."""
    job, runs = experiments.compared(who.tenant, job_id)
    now = experiments.now()
    return ExperimentComparison(
        job=Job.of(job),
        experiments=[
            line_view(run, experiments.job_of(who.tenant, run), now, experiments.project_name(who.tenant, run))
            for run in runs
        ],
        settings=[DifferingSetting.model_validate(row) for row in differing(runs)],
        differences=(job.result or {}).get("differences", []),
    )


@router.get(
    "/experiments/{experiment_id}/twin",
    response_class=FileResponse,
    responses={
        200: {"content": {BUNDLE_TYPE: {}}, "description": "The portable model file of the twin."},
        **problem_responses(404),
    },
)
def download_twin(who: Viewer, experiments: Experiments, experiment_id: str) -> FileResponse:
    """The small model that answers as the full one does, when the search was asked to make one."""
    return download(experiments.twin_path(who.tenant, experiment_id), TWIN_NAME, BUNDLE_TYPE)


@router.get("/experiments/{experiment_id}")
def get_experiment(who: Viewer, experiments: Experiments, experiment_id: str) -> Experiment:
    """A search with its leaderboard; live while it runs."""
    experiment = experiments.get(who.tenant, experiment_id)
    return experiment_view(experiment, experiments.job_of(who.tenant, experiment), experiments.now())
