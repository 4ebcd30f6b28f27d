"""Datasets over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from narrative.engine.profile.types import TableProfile
from narrative.http.files import download, label_of, store_upload
from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router, takes_file
from narrative.http.services import service
from narrative.ports.metadata import Tenant
from narrative.studio.datasets.entities import Dataset as StoredDataset
from narrative.studio.datasets.preview import MAX_PREVIEW_ROWS
from narrative.studio.datasets.schemas import (
    Dataset,
    DatasetAccepted,
    Preview,
    ReimportRequest,
    SampleRequest,
    TableVersion,
    TargetAccepted,
    TargetRequest,
)
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.views import accepted_view, dataset_view, preview_view, version_view
from narrative.studio.projects.schemas import Project, ProjectCreate
from narrative.studio.projects.service import ProjectService
from narrative.studio.projects.views import project_view
from narrative.studio.schemas import Job, JobAccepted

router = slice_router("datasets")
Datasets = Annotated[DatasetService, Depends(service(DatasetService))]
Projects = Annotated[ProjectService, Depends(service(ProjectService))]
FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Filename = Annotated[str, Query(min_length=1, max_length=1_000, description="For people; never used as a path.")]


@router.post("/datasets/upload", status_code=202, openapi_extra=FILE_BODY, responses=problem_responses(404, 429))
@takes_file
async def upload_dataset(
    *,
    who: Editor,
    datasets: Datasets,
    request: Request,
    ids: NewIds,
    filename: Filename,
    project: Annotated[str, Query(max_length=60, description="`new`, or the project that gets the file.")] = "new",
) -> DatasetAccepted:
    """Upload a file as the raw body; it is stored while it arrives, then imported by a job."""
    project_id = None if project == "new" else project
    await run_in_threadpool(datasets.begin_upload, who, project_id)
    raw = await store_upload(request, lambda pieces: datasets.store(who.tenant, pieces), limit=datasets.upload_limit)
    recorded = await run_in_threadpool(
        datasets.record_file,
        who.tenant,
        ids,
        raw,
        label_of(filename),
        project_id=project_id,
        user_id=who.user_id,
    )
    return accepted_view(recorded)


@router.post("/datasets/samples", status_code=202)
def load_sample(who: Editor, datasets: Datasets, body: SampleRequest, ids: NewIds) -> DatasetAccepted:
    """Load a bundled sample into a new project."""
    return accepted_view(datasets.record_sample(who, ids, body.sample))


@router.get("/datasets")
def list_datasets(who: Viewer, datasets: Datasets, paging: Paging) -> Page[Dataset]:
    """Datasets of the workspace, newest first."""
    return datasets.page(who.tenant, paging, lambda item: _with_version(datasets, who.tenant, item))


@router.get("/datasets/{dataset_id}")
def get_dataset(who: Viewer, datasets: Datasets, dataset_id: str) -> Dataset:
    """A dataset with how its file was read."""
    return _with_version(datasets, who.tenant, datasets.get(who.tenant, dataset_id))


@router.get("/datasets/{dataset_id}/versions")
def list_dataset_versions(who: Viewer, datasets: Datasets, dataset_id: str, paging: Paging) -> Page[TableVersion]:
    """All versions of a dataset, newest first: number, content hash, time and person. The first is the base."""
    return datasets.versions(
        who.tenant, dataset_id, paging, lambda version: version_view(version, datasets.author_of(version))
    )


@router.delete("/datasets/{dataset_id}", status_code=204, responses=problem_responses(409))
def delete_dataset(who: Editor, datasets: Datasets, dataset_id: str) -> Response:
    """Delete a dataset with its file. Refused while a project uses it."""
    datasets.delete(who.tenant, dataset_id)
    return Response(status_code=204)


@router.post("/datasets/{dataset_id}/reimport", status_code=202)
def reimport_dataset(
    who: Editor, datasets: Datasets, dataset_id: str, body: ReimportRequest, ids: NewIds
) -> JobAccepted:
    """Read the stored file again with other options; makes a new version.

    Earlier versions that show what the new one hides are deleted with it.
    """
    job = datasets.reimport(
        who.tenant, ids, dataset_id, body.options, user_id=who.user_id, delete_file=body.delete_file
    )
    return JobAccepted(job=Job.of(job))


@router.get("/datasets/{dataset_id}/preview")
def preview_dataset(
    who: Viewer,
    datasets: Datasets,
    dataset_id: str,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PREVIEW_ROWS)] = 20,
) -> Preview:
    """Any rows of the table."""
    return preview_view(datasets.rows(who.tenant, dataset_id, offset, limit), offset)


@router.get("/datasets/{dataset_id}/profile", response_model=TableProfile)
def get_profile(
    who: Viewer,
    datasets: Datasets,
    dataset_id: str,
    project_id: Annotated[str | None, Query(max_length=60, description="Profile for this project's target.")] = None,
) -> Response:
    """The profile of the table. 404 with `profile_not_ready` while the import runs."""
    return Response(datasets.profile_json(who.tenant, dataset_id, project_id), media_type="application/json")


@router.get(
    "/datasets/{dataset_id}/bad-rows.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "Line, column, value, reason and original text."}},
)
def download_bad_rows(who: Viewer, datasets: Datasets, dataset_id: str) -> Response:
    """Rows that were left out at import, as CSV."""
    path, name = datasets.bad_rows(who.tenant, dataset_id)
    return download(path, name, "text/csv; charset=utf-8")


@router.post("/projects", status_code=201)
def create_project(who: Editor, datasets: Datasets, projects: Projects, body: ProjectCreate, ids: NewIds) -> Project:
    """Start a project on a dataset that is there already."""
    project = datasets.create_project(who.tenant, ids, body.dataset_id, body.name)
    return project_view(project, projects.running_jobs(who.tenant, project.id))


@router.put("/projects/{project_id}/target", status_code=202)
def choose_target(
    *, who: Editor, datasets: Datasets, projects: Projects, project_id: str, body: TargetRequest, ids: NewIds
) -> TargetAccepted:
    """Choose the column to predict (a job profiles the table for it), or postpone the choice with null."""
    project, job = datasets.choose_target(who.tenant, ids, project_id, body.target, body.problem)
    running = projects.running_jobs(who.tenant, project_id)
    return TargetAccepted(project=project_view(project, running), job=None if job is None else Job.of(job))


def _with_version(datasets: DatasetService, tenant: Tenant, dataset: StoredDataset) -> Dataset:
    version = datasets.present_version(tenant, dataset)
    return dataset_view(dataset, version, datasets.author_of(version))
