"""Ensembles in their wire form."""

from __future__ import annotations

from functools import cache
from typing import Any

from narrative.background.jobs import Job
from narrative.engine.ensembles.types import EnsembleComparison
from narrative.studio.ensembles.entities import Ensemble
from narrative.studio.ensembles.schemas import Ensemble as EnsembleView
from narrative.studio.ensembles.schemas import EnsembleChoices, EnsembleConfig, EnsembleKind, EnsembleMember
from narrative.studio.ensembles.service import BASELINE, SUGGESTED
from narrative.studio.experiments.entities import Experiment
from narrative.studio.schemas import Failure


def ensemble_view(ensemble: Ensemble, job: Job | None) -> EnsembleView:
    """The wire form; while the job runs, the state is the job's."""
    running = job is not None and not job.has_ended
    return EnsembleView(
        id=ensemble.id,
        project_id=ensemble.project_id,
        experiment_id=ensemble.experiment_id,
        config=EnsembleConfig.model_validate(ensemble.config),
        state=job.state if job is not None and running else ensemble.state,
        comparison=None if ensemble.comparison is None else EnsembleComparison.model_validate(ensemble.comparison),
        model_id=ensemble.model_id,
        model_version_id=ensemble.model_version_id,
        error=Failure.of(ensemble.error),
        job_id=ensemble.job_id,
        created_at=ensemble.created_at,
    )


def choices_view(
    experiment: Experiment, members: list[dict[str, Any]], reason: str | None, ensembles: list[EnsembleView]
) -> EnsembleChoices:
    """What may be combined and how, with what was tried."""
    real = [line["name"] for line in members if line["name"] != BASELINE]
    return EnsembleChoices(
        kinds=[kind for kind in _kinds() if experiment.problem != "regression" or kind.name != "voting_hard"],
        members=[
            EnsembleMember(
                name=line["name"], title=line["title"], score=line["score"], ms_per_row=line.get("predict_ms_per_row")
            )
            for line in members
        ],
        suggested=real[:SUGGESTED],
        reason=reason,
        ensembles=ensembles,
    )


@cache
def _kinds() -> tuple[EnsembleKind, ...]:
    from narrative.engine.ensembles.config import kinds

    order = ("stacking", "blending", "voting_soft", "voting_hard", "greedy")
    found = kinds()
    return tuple(
        EnsembleKind(
            name=name,
            title=found[name].title,
            sentence=found[name].sentence,
            takes_weights=found[name].takes_weights,
        )
        for name in order
    )
