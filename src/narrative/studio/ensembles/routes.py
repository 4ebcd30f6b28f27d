"""Ensembles over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.parameters import NewIds
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.ensembles.schemas import Ensemble, EnsembleAccepted, EnsembleChoices, EnsembleConfig
from narrative.studio.ensembles.service import EnsembleService
from narrative.studio.ensembles.views import choices_view, ensemble_view
from narrative.studio.schemas import Job

router = slice_router("ensembles")
Ensembles = Annotated[EnsembleService, Depends(service(EnsembleService))]


@router.get("/experiments/{experiment_id}/ensembles", responses=problem_responses(404))
def list_ensembles(who: Viewer, ensembles: Ensembles, experiment_id: str) -> EnsembleChoices:
    """What the candidates of a run can become together, and what was tried so far."""
    experiment, members, reason = ensembles.choices(who.tenant, experiment_id)
    tried = [
        ensemble_view(item, ensembles.job_of(who.tenant, item))
        for item in ensembles.of_experiment(who.tenant, experiment_id)
    ]
    return choices_view(experiment, members, reason, tried)


@router.post("/experiments/{experiment_id}/ensembles", status_code=202, responses=problem_responses(404, 409))
def create_ensemble(
    who: Editor, ensembles: Ensembles, experiment_id: str, body: EnsembleConfig, ids: NewIds
) -> EnsembleAccepted:
    """Judge an ensemble against its best member; only one that is better becomes a new version."""
    ensemble, job = ensembles.start(who.tenant, ids, experiment_id, body.model_dump(mode="json"), who.user_id)
    return EnsembleAccepted(ensemble=ensemble_view(ensemble, job), job=Job.of(job))


@router.get("/ensembles/{ensemble_id}", responses=problem_responses(404))
def get_ensemble(who: Viewer, ensembles: Ensembles, ensemble_id: str) -> Ensemble:
    """An ensemble with its comparison, once its job is done."""
    ensemble = ensembles.get(who.tenant, ensemble_id)
    return ensemble_view(ensemble, ensembles.job_of(who.tenant, ensemble))
