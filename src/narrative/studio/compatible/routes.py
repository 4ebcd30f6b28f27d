"""The addresses of the contract that name a dataset where the product names a project.

A dataset may have several projects: the newest one answers, unless ``project_id`` says which.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from narrative.core.errors import NotFound
from narrative.engine.profile.types import QualityScore
from narrative.http.parameters import NewIds
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.ports.metadata import Tenant
from narrative.studio.compatible.schemas import DatasetSchema, SchemaColumn
from narrative.studio.datasets.preview import MAX_PREVIEW_ROWS
from narrative.studio.datasets.schemas import Preview, ReimportRequest
from narrative.studio.datasets.service import DatasetService
from narrative.studio.datasets.views import preview_view
from narrative.studio.features.schemas import FeatureBoard, IdeasRequest, IdeasView
from narrative.studio.features.service import FeatureService
from narrative.studio.features.views import board_view, ideas_view
from narrative.studio.projects.entities import Project as StoredProject
from narrative.studio.projects.schemas import Project
from narrative.studio.projects.service import ProjectService
from narrative.studio.projects.views import project_view
from narrative.studio.schemas import Job, JobAccepted
from narrative.studio.tables.schemas import ColumnPage, ProfileOverview
from narrative.studio.tables.service import TableService

router = slice_router("compatible")
Datasets = Annotated[DatasetService, Depends(service(DatasetService))]
Projects = Annotated[ProjectService, Depends(service(ProjectService))]
Features = Annotated[FeatureService, Depends(service(FeatureService))]
Tables = Annotated[TableService, Depends(service(TableService))]
Chosen = Annotated[
    str | None, Query(max_length=60, description="A project on the dataset; without it the newest one answers.")
]
MOST_COLUMNS = 100
JSON = "application/json"
CLASHES = problem_responses(404, 409)


# ---------------------------------------------------------------------- the data
@router.get("/datasets/{dataset_id}/schema", responses=problem_responses(409))
def get_dataset_schema(who: Viewer, datasets: Datasets, tables: Tables, dataset_id: str) -> DatasetSchema:
    """Every column with its kind."""
    return _schema(datasets, tables, who.tenant, dataset_id)


@router.get("/data/{dataset_id}/schema", responses=problem_responses(409))
def get_data_schema(who: Viewer, datasets: Datasets, tables: Tables, dataset_id: str) -> DatasetSchema:
    """Every column with its kind."""
    return _schema(datasets, tables, who.tenant, dataset_id)


@router.get("/data/{dataset_id}/statistics", response_model=ColumnPage)
def get_data_statistics(
    *,
    who: Viewer,
    tables: Tables,
    dataset_id: str,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_COLUMNS)] = 25,
) -> Response:
    """Everything that was computed of each column, in pages."""
    body = tables.columns(who.tenant, dataset_id, None, names=[], offset=offset, limit=limit)
    return Response(body, media_type=JSON)


@router.get("/data/{dataset_id}/quality")
def get_data_quality(who: Viewer, tables: Tables, dataset_id: str) -> QualityScore:
    """The quality of the table: score, parts and formula."""
    return ProfileOverview.model_validate_json(tables.overview(who.tenant, dataset_id, None)).quality


@router.get("/data/{dataset_id}/preview", responses=problem_responses(409))
def preview_data(
    who: Viewer,
    datasets: Datasets,
    dataset_id: str,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PREVIEW_ROWS)] = 20,
) -> Preview:
    """Any rows of the table."""
    return preview_view(datasets.rows(who.tenant, dataset_id, offset, limit), offset)


@router.post("/datasets/{dataset_id}/process", status_code=202)
def process_dataset(
    who: Editor, datasets: Datasets, dataset_id: str, body: ReimportRequest, ids: NewIds
) -> JobAccepted:
    """Read the stored file again, with other options where they are given; makes a new version."""
    job = datasets.reimport(
        who.tenant, ids, dataset_id, body.options, user_id=who.user_id, delete_file=body.delete_file
    )
    return JobAccepted(job=Job.of(job))


# ---------------------------------------------------------------------- the project on it
@router.get("/workflow/{dataset_id}")
def get_workflow(
    who: Viewer, datasets: Datasets, projects: Projects, dataset_id: str, project_id: Chosen = None
) -> Project:
    """The stages of the project on a dataset: what is done, what stands in the way, what comes next."""
    project = _project(datasets, projects, who.tenant, dataset_id, project_id)
    return project_view(project, projects.running_jobs(who.tenant, project.id))


@router.get("/datasets/{dataset_id}/features", responses=CLASHES)
def get_dataset_features(
    *,
    who: Viewer,
    datasets: Datasets,
    projects: Projects,
    features: Features,
    dataset_id: str,
    project_id: Chosen = None,
) -> FeatureBoard:
    """The role of every column, features made by steps, columns taken out."""
    stage = features.stage(who.tenant, _project(datasets, projects, who.tenant, dataset_id, project_id).id)
    return board_view(stage, features.profile(who.tenant, stage.project))


@router.get("/datasets/{dataset_id}/features/suggestions")
def get_feature_suggestions(
    *,
    who: Viewer,
    datasets: Datasets,
    projects: Projects,
    features: Features,
    dataset_id: str,
    project_id: Chosen = None,
) -> IdeasView:
    """Ideas of the newest search with their measured gain, and the rejected ones with the reason."""
    stage = features.stage(who.tenant, _project(datasets, projects, who.tenant, dataset_id, project_id).id)
    return ideas_view(stage, features.job(who.tenant, stage, "ideas"))


@router.post("/datasets/{dataset_id}/features/generate", status_code=202, responses=CLASHES)
def generate_features(
    *,
    who: Editor,
    datasets: Datasets,
    projects: Projects,
    features: Features,
    dataset_id: str,
    body: IdeasRequest,
    ids: NewIds,
    project_id: Chosen = None,
) -> JobAccepted:
    """Look for new columns and measure what each gains for the target of the project."""
    project = _project(datasets, projects, who.tenant, dataset_id, project_id)
    settings = {"budget_seconds": body.budget_seconds}
    return JobAccepted(job=Job.of(features.start(who.tenant, ids, project.id, "ideas", settings)))


def _schema(datasets: DatasetService, tables: TableService, tenant: Tenant, dataset_id: str) -> DatasetSchema:
    version = datasets.version_of(tenant, datasets.get(tenant, dataset_id))
    known = ProfileOverview.model_validate_json(tables.overview(tenant, dataset_id, None))
    return DatasetSchema(
        dataset_id=dataset_id,
        version_id=version.id,
        content_hash=version.content_hash,
        n_rows=version.n_rows,
        columns=[SchemaColumn(name=name, kind=kind) for name, kind in zip(known.names, known.kinds, strict=True)],
    )


def _project(
    datasets: DatasetService, projects: ProjectService, tenant: Tenant, dataset_id: str, project_id: str | None
) -> StoredProject:
    """The project that is meant. Raises ``NotFound``: ``dataset_not_found``, ``project_not_found``."""
    datasets.get(tenant, dataset_id)
    found = [item for item in projects.using(tenant, dataset_id) if project_id in {None, item.id}]
    if not found:
        raise NotFound("project_not_found", "There is no such project on this dataset.", fix="Start a project on it.")
    return max(found, key=lambda project: (project.created_at, project.id))
