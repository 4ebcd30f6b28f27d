"""Lineage over HTTP, under the addresses of the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Response

from narrative.http.parameters import NewIds
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.lineage.entities import Filters
from narrative.studio.lineage.schemas import DatasetLineage, LineageGraph, ReproducePlan, ReproduceRequest
from narrative.studio.lineage.service import LineageService
from narrative.studio.lineage.views import graph_view, lineage_view, plan_view
from narrative.studio.schemas import Job, JobAccepted

router = slice_router("lineage")
Lineage = Annotated[LineageService, Depends(service(LineageService))]


def filters_of(
    since: Annotated[datetime | None, Query(alias="from", description="Made at this time or later.")] = None,
    until: Annotated[datetime | None, Query(alias="to", description="Made at this time or earlier.")] = None,
    user: Annotated[str | None, Query(max_length=200, description="Name of a person.")] = None,
    type: Annotated[str | None, Query(max_length=60, description="Kind of node, or type of a step.")] = None,
) -> Filters:
    """The filters of a request; a time without a zone is UTC."""
    since, until = (
        moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        for moment in (since, until)
    )
    return Filters(since=since, until=until, user=user, type=type)


Filtered = Annotated[Filters, Depends(filters_of)]


@router.get("/lineage/{dataset_id}")
def get_lineage(who: Viewer, lineage: Lineage, dataset_id: str, filters: Filtered) -> DatasetLineage:
    """The versions of a dataset, and the steps that made one of another."""
    nodes, _ = lineage.graph(who.tenant, dataset_id)
    shown = {node.id for node in nodes if filters.admits(node)}
    return lineage_view(
        lineage.dataset(who.tenant, dataset_id),
        lineage.versions(who.tenant, dataset_id),
        lineage.transformations(who.tenant, dataset_id),
        shown,
    )


@router.get("/versions/{dataset_version_id}/lineage")
def get_version_lineage(who: Viewer, lineage: Lineage, dataset_version_id: str) -> DatasetLineage:
    """A version with every version of its dataset it was made of, and the steps in between."""
    dataset, ids = lineage.of_version(who.tenant, dataset_version_id)
    return lineage_view(
        dataset, lineage.versions(who.tenant, dataset.id), lineage.transformations(who.tenant, dataset.id), ids
    )


@router.get("/lineage/{dataset_id}/graph")
def get_lineage_graph(who: Viewer, lineage: Lineage, dataset_id: str, filters: Filtered) -> LineageGraph:
    """From the raw file through versions to trainings, models and deployments."""
    return graph_view(
        lineage.dataset(who.tenant, dataset_id),
        lineage.graph(who.tenant, dataset_id),
        lineage.transformations(who.tenant, dataset_id),
        filters,
    )


@router.get("/lineage/{dataset_id}/reproduce")
def plan_reproduction(
    who: Viewer,
    lineage: Lineage,
    dataset_id: str,
    version_id: Annotated[str | None, Query(max_length=60, description="One version only.")] = None,
) -> ReproducePlan:
    """How every version would be built again from raw data, and whether the stored tables are as they were stored."""
    return plan_view(dataset_id, lineage.plan(who.tenant, dataset_id, version_id))


@router.get(
    "/versions/{dataset_version_id}/script",
    response_class=Response,
    responses={
        200: {"content": {"text/x-python": {}}, "description": "Python that makes the version and checks its hash."},
        **problem_responses(409),
    },
)
def export_version_script(who: Viewer, lineage: Lineage, dataset_version_id: str) -> Response:
    """The steps of a version as Python that reads the file, carries them out and compares the hash."""
    name, text = lineage.script(who.tenant, dataset_version_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/x-python; charset=utf-8", headers=headers)


@router.post("/lineage/{dataset_id}/reproduce", status_code=202, responses=problem_responses(409))
def reproduce_dataset(
    who: Editor, lineage: Lineage, dataset_id: str, body: ReproduceRequest, ids: NewIds
) -> JobAccepted:
    """Build again from raw data and lineage, and compare hashes; tables that are missing are stored again."""
    return JobAccepted(job=Job.of(lineage.start(who.tenant, ids, dataset_id, body.version_id)))
