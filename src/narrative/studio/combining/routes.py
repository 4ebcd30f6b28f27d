"""Combinations over HTTP: plan, look, run."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.parameters import NewIds
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.combining.schemas import CombinePlan, CombineRequest
from narrative.studio.combining.service import CombiningService
from narrative.studio.schemas import Job, JobAccepted

router = slice_router("combining")
Combining = Annotated[CombiningService, Depends(service(CombiningService))]
CLASHES = problem_responses(404, 409)


@router.post("/datasets/{dataset_id}/combine/plan", status_code=202, responses=CLASHES)
def plan_combination(
    who: Editor, combining: Combining, dataset_id: str, body: CombineRequest, ids: NewIds
) -> JobAccepted:
    """Count what appending or joining a second dataset would give, lose and double. Changes nothing."""
    job = combining.plan(who.tenant, ids, dataset_id, body.dataset_id, how=body.how, keys=_keys(body))
    return JobAccepted(job=Job.of(job))


@router.get("/datasets/{dataset_id}/combine/plan/{job_id}", responses=problem_responses(404))
def get_combination_plan(who: Viewer, combining: Combining, dataset_id: str, job_id: str) -> CombinePlan:
    """The plan, once its job is done."""
    job = combining.planned(who.tenant, dataset_id, job_id)
    found = job.result or {}
    return CombinePlan(job=Job.of(job), append=found.get("append"), join=found.get("join"))


@router.post("/datasets/{dataset_id}/combine", status_code=202, responses=CLASHES)
def combine_datasets(
    who: Editor, combining: Combining, dataset_id: str, body: CombineRequest, ids: NewIds
) -> JobAccepted:
    """Append or join a second dataset; makes a new version of the first."""
    job = combining.run(who, ids, dataset_id, body.dataset_id, how=body.how, keys=_keys(body))
    return JobAccepted(job=Job.of(job))


def _keys(body: CombineRequest) -> list[tuple[str, str]] | None:
    return None if body.keys is None else [(pair.first, pair.second) for pair in body.keys]
