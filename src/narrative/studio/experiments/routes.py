"""Experiments over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Editor, Viewer
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.experiments.schemas import Experiment, ExperimentAccepted, ExperimentOptions
from narrative.studio.experiments.service import ExperimentService
from narrative.studio.experiments.views import experiment_view
from narrative.studio.schemas import Job

router = slice_router("experiments")
Experiments = Annotated[ExperimentService, Depends(service(ExperimentService))]


@router.post("/projects/{project_id}/experiments", status_code=202)
def create_experiment(
    who: Editor, experiments: Experiments, project_id: str, body: ExperimentOptions, ids: NewIds
) -> ExperimentAccepted:
    """Train. `POST /jobs/{id}/cancel` stops the search and keeps the best so far."""
    experiment, job = experiments.start(who.tenant, ids, project_id, body.model_dump(mode="json"))
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


@router.get("/experiments/{experiment_id}")
def get_experiment(who: Viewer, experiments: Experiments, experiment_id: str) -> Experiment:
    """A search with its leaderboard; live while it runs."""
    experiment = experiments.get(who.tenant, experiment_id)
    return experiment_view(experiment, experiments.job_of(who.tenant, experiment), experiments.now())
