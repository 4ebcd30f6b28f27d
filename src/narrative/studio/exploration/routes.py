"""Explorations over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Body, Depends, Response

from narrative.http.parameters import NewIds
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.exploration.schemas import (
    ExplorationRequest,
    ExplorationView,
    ForecastSuggestion,
)
from narrative.studio.exploration.service import ExplorationService, columns_of
from narrative.studio.schemas import Job, JobAccepted

router = slice_router("exploration")
Explorations = Annotated[ExplorationService, Depends(service(ExplorationService))]
CLASHES = problem_responses(404, 409)
FORMS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@router.post("/datasets/{dataset_id}/explorations", status_code=202, responses=CLASHES)
def start_exploration(
    who: Editor,
    explorations: Explorations,
    dataset_id: str,
    body: Annotated[ExplorationRequest, Body()],
    ids: NewIds,
) -> JobAccepted:
    """Look for groups of rows, for unusual rows, or forecast a column. `POST /jobs/{id}/cancel` stops it."""
    settings = body.model_dump(mode="json", exclude={"kind"})
    return JobAccepted(job=Job.of(explorations.start(who.tenant, ids, dataset_id, body.kind, settings)))


@router.get("/datasets/{dataset_id}/explorations/{kind}", responses=CLASHES)
def get_exploration(
    who: Viewer, explorations: Explorations, dataset_id: str, kind: Literal["groups", "unusual", "forecast"]
) -> ExplorationView:
    """The newest result of a kind and the job that looks for the next one."""
    found, job, version = explorations.newest(who.tenant, dataset_id, kind)
    result = None if found is None else found.result
    return ExplorationView.model_validate(
        {
            "kind": kind,
            "job": None if job is None else Job.of(job),
            "settings": {} if found is None else found.found_settings or found.settings,
            "is_current": found is not None and found.version_id == version.id,
            "columns": ForecastSuggestion(**columns_of(version)),
            kind: result,
        }
    )


@router.post("/datasets/{dataset_id}/explorations/{kind}/column", status_code=202, responses=CLASHES)
def add_exploration_column(
    who: Editor, explorations: Explorations, dataset_id: str, kind: Literal["groups", "unusual"], ids: NewIds
) -> JobAccepted:
    """Make a new version of the dataset with the group, or a flag, of every row as a column."""
    return JobAccepted(job=Job.of(explorations.label(who, ids, dataset_id, kind)))


@router.get("/datasets/{dataset_id}/forecast-file", responses=CLASHES, response_class=Response)
def download_forecast(
    who: Viewer, explorations: Explorations, dataset_id: str, form: Literal["csv", "parquet"] = "csv"
) -> Response:
    """The newest forecasts with their intervals, as CSV or Parquet."""
    content = explorations.forecast_file(who.tenant, dataset_id, form)
    headers = {"Content-Disposition": f'attachment; filename="forecast.{form}"'}
    return Response(content, media_type=FORMS[form], headers=headers)
