"""Transformations over HTTP, under the addresses of the contract."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.http.parameters import NewIds
from narrative.http.policy import VIEWER, Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.ports.metadata import Tenant
from narrative.studio.catalog.schemas import CatalogSteps
from narrative.studio.catalog.service import CatalogService
from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.projects.entities import StepFacts
from narrative.studio.recipes.applying import ApplyService
from narrative.studio.recipes.previews import PreviewService
from narrative.studio.recipes.schemas import CleaningProposals, RecipeCheck, RecipePreview
from narrative.studio.recipes.views import faults_view
from narrative.studio.schemas import Job, JobAccepted
from narrative.studio.transformations.schemas import (
    AutoCleanRequest,
    Transformation,
    TransformationApply,
    TransformationConfig,
    TransformationPreview,
)

router = slice_router("transformations")
Catalog = Annotated[CatalogService, Depends(service(CatalogService))]
Applying = Annotated[ApplyService, Depends(service(ApplyService))]
Datasets = Annotated[DatasetService, Depends(service(DatasetService))]
Previews = Annotated[PreviewService, Depends(service(PreviewService))]
BUSY = problem_responses(409, 413, 429)


@router.get("/transformations/types", dependencies=[Depends(VIEWER)])
def list_transformation_types(catalog: Catalog) -> CatalogSteps:
    """Every step with the JSON schema of its parameters."""
    return CatalogSteps(items=catalog.steps())


@router.post("/transformations/preview", responses=BUSY)
def preview_transformations(
    who: Viewer, datasets: Datasets, previews: Previews, body: TransformationPreview
) -> RecipePreview:
    """Before and after of steps on a dataset. Saves nothing."""
    about = {
        "step_id": None if body.step is None else f"step_{body.step}",
        "show": body.show,
        "rows": body.rows,
    }
    steps = _steps(body.transformation_steps)
    return RecipePreview.model_validate(
        previews.of_version(who, _version(datasets, who.tenant, body.dataset_id), steps, about)
    )


@router.post("/transformations/validate", responses=problem_responses(409))
def validate_transformations(
    who: Viewer, datasets: Datasets, previews: Previews, body: TransformationConfig
) -> RecipeCheck:
    """Whether steps fit a dataset, before anything runs; all faults, each with step and column."""
    version = _version(datasets, who.tenant, body.dataset_id)
    return faults_view(previews.faults(version, _steps(body.transformation_steps), None))


@router.post("/transformations/auto-clean", responses=BUSY)
def auto_clean(who: Viewer, datasets: Datasets, previews: Previews, body: AutoCleanRequest) -> CleaningProposals:
    """Repairs a dataset needs without doubt, with reason and effect. Changes nothing."""
    version = _version(datasets, who.tenant, body.dataset_id)
    return CleaningProposals.model_validate({"items": previews.proposals(who, version, body.target)})


@router.get("/transformations/suggestions/{dataset_id}", responses=BUSY)
def suggest_transformations(who: Viewer, datasets: Datasets, previews: Previews, dataset_id: str) -> CleaningProposals:
    """Repairs a dataset needs without doubt, with reason and effect. Changes nothing."""
    return CleaningProposals.model_validate(
        {"items": previews.proposals(who, _version(datasets, who.tenant, dataset_id), None)}
    )


@router.post("/transformations/apply", status_code=202, responses=problem_responses(409))
def apply_transformations(who: Editor, applying: Applying, body: TransformationApply, ids: NewIds) -> JobAccepted:
    """Carry steps out on a dataset: makes a version beside its present one; its id is in the result of the job."""
    return _carried_out(who, applying, body, ids)


@router.post("/transformations/pipeline/apply", status_code=202, responses=problem_responses(409))
def apply_pipeline(who: Editor, applying: Applying, body: TransformationApply, ids: NewIds) -> JobAccepted:
    """Carry steps out on a dataset: makes a version beside its present one; its id is in the result of the job."""
    return _carried_out(who, applying, body, ids)


def _carried_out(who: Identity, applying: ApplyService, body: TransformationApply, ids: Ids) -> JobAccepted:
    job = applying.start_on_dataset(
        who,
        ids,
        body.dataset_id,
        _steps(body.transformation_steps),
        allow_data_loss=body.allow_data_loss,
        note=body.note.strip(),
    )
    return JobAccepted(job=Job.of(job))


def _version(datasets: DatasetService, tenant: Tenant, dataset_id: str) -> DatasetVersion:
    return datasets.version_of(tenant, datasets.get(tenant, dataset_id))


def _steps(steps: list[Transformation]) -> list[StepFacts]:
    """Steps as projects hold them."""
    made = []
    for place, step in enumerate(steps, 1):
        columns = step.columns if step.columns is not None else None if step.column is None else [step.column]
        named = {} if columns is None else {"columns": columns}
        made.append(StepFacts(type=step.transformation_type, params={**named, **step.parameters}, id=f"step_{place}"))
    return made
