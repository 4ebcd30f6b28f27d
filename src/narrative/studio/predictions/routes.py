"""Predictions over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from narrative.http.files import download, label_of, store_upload
from narrative.http.paging import Page
from narrative.http.parameters import NewIds, Paging
from narrative.http.policy import Editor, Viewer
from narrative.http.problems import problem_responses
from narrative.http.routing import slice_router, takes_file
from narrative.http.services import service
from narrative.studio.predictions.schemas import (
    Batch,
    BatchAccepted,
    CellChange,
    PredictionRecord,
    PredictionVerified,
    PredictRequest,
    PredictResponse,
    VerifyRequest,
    WhatIfRequest,
    WhatIfResponse,
)
from narrative.studio.predictions.service import PredictionService
from narrative.studio.predictions.views import batch_view
from narrative.studio.schemas import Job

router = slice_router("predictions")
Predictions = Annotated[PredictionService, Depends(service(PredictionService))]
FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "CSV in UTF-8."}}


@router.post("/models/{model_id}/versions/{version_id}/predict")
def predict(
    *, who: Viewer, predictions: Predictions, model_id: str, version_id: str, body: PredictRequest, ids: NewIds
) -> PredictResponse:
    """Answers with reasons for rows typed in, such as one case with what-if changes."""
    done = predictions.predict(
        who, ids, model_id, version_id, body.data, with_reasons=body.reasons, counted=body.counted
    )
    return PredictResponse(
        predictions=done.answers.items,
        model_version=done.version.id,
        repairs=done.answers.repairs,
        seconds=done.seconds,
    )


@router.post("/models/{model_id}/versions/{version_id}/what-if")
def what_if(
    who: Viewer, predictions: Predictions, model_id: str, version_id: str, body: WhatIfRequest
) -> WhatIfResponse:
    """What the model would answer if some cells of a row were others. It tells of the model, not of causes."""
    done = predictions.what_if(who.tenant, model_id, version_id, body.row, body.changes)
    told = {"told", "before", "after", "difference", "answer_before", "answer_after"}
    return WhatIfResponse(
        changes=[CellChange(column=name, before=was, after=now) for name, (was, now) in done.found.changes.items()],
        **done.found.model_dump(include=told),
        words=done.found.words,
        repairs=done.repairs,
        warnings=done.warnings,
    )


@router.post("/predictions/batches", status_code=202, openapi_extra=FILE_BODY, responses=problem_responses(404))
@takes_file
async def create_batch(
    *,
    who: Editor,
    predictions: Predictions,
    request: Request,
    ids: NewIds,
    model_version_id: Annotated[str, Query(max_length=60)],
    filename: Annotated[str, Query(min_length=1, max_length=1_000)],
) -> BatchAccepted:
    """Predict a whole file, sent as the raw body."""
    await run_in_threadpool(predictions.check_batch, who.tenant, model_version_id)
    raw = await store_upload(
        request, lambda pieces: predictions.store(who.tenant, pieces), limit=predictions.upload_limit
    )
    batch, job = await run_in_threadpool(
        predictions.record_batch, who.tenant, ids, raw, label_of(filename), model_version_id
    )
    return BatchAccepted(batch=batch_view(batch, job), job=Job.of(job))


@router.get("/predictions/batches")
def list_batches(
    who: Viewer,
    predictions: Predictions,
    paging: Paging,
    project_id: Annotated[str | None, Query(max_length=60)] = None,
) -> Page[Batch]:
    """Prediction files, newest first."""
    return predictions.page(
        who.tenant, paging, project_id, lambda item: batch_view(item, predictions.job_of(who.tenant, item))
    )


@router.get("/predictions/batches/{batch_id}")
def get_batch(who: Viewer, predictions: Predictions, batch_id: str) -> Batch:
    """A prediction file: counts, repairs, the first rows and its story."""
    batch = predictions.get_batch(who.tenant, batch_id)
    return batch_view(batch, predictions.job_of(who.tenant, batch))


@router.get("/predictions/batches/{batch_id}/download", response_class=Response, responses=CSV)
def download_batch(who: Viewer, predictions: Predictions, batch_id: str) -> Response:
    """All input columns with the predictions beside them, as CSV."""
    path, name = predictions.batch_file(who.tenant, batch_id)
    return download(path, name, "text/csv; charset=utf-8")


@router.get("/predictions/batches/{batch_id}/bad-rows.csv", response_class=Response, responses=CSV)
def download_batch_bad_rows(who: Viewer, predictions: Predictions, batch_id: str) -> Response:
    """Rows that could not be predicted, each with column, value and reason."""
    path, name = predictions.batch_bad_rows(who.tenant, batch_id)
    return download(path, name, "text/csv; charset=utf-8")


@router.get("/predictions/batches/{batch_id}/failing-rows.csv", response_class=Response, responses=CSV)
def download_batch_failing_rows(who: Viewer, predictions: Predictions, batch_id: str) -> Response:
    """Rows that break data checks, each with its number in the file and the rule."""
    path, name = predictions.failing_rows(who.tenant, batch_id)
    return download(path, name, "text/csv; charset=utf-8")


@router.post("/predictions/batches/{batch_id}/accept", status_code=202, responses=problem_responses(404, 409))
def accept_batch(who: Editor, predictions: Predictions, batch_id: str, ids: NewIds) -> BatchAccepted:
    """Predict a held file in spite of the data checks it breaks. Who did that stays with the file."""
    batch, job = predictions.accept_batch(who, ids, batch_id)
    return BatchAccepted(batch=batch_view(batch, job), job=Job.of(job))


# After the fixed addresses: "batches" is not an id.
@router.get("/predictions/{prediction_id}")
def get_prediction(who: Viewer, predictions: Predictions, prediction_id: str) -> PredictionRecord:
    """A past prediction as it was answered."""
    found = predictions.record(who.tenant, prediction_id)
    return PredictionRecord(**found.model_dump(include=set(PredictionRecord.model_fields)))


@router.post("/predictions/{prediction_id}/verify", responses=problem_responses(404))
def verify_prediction(
    who: Viewer, predictions: Predictions, prediction_id: str, body: VerifyRequest
) -> PredictionVerified:
    """Compute a past prediction again from the inputs it had, and say whether the answer is the recorded one."""
    record = predictions.record(who.tenant, prediction_id)
    found = predictions.verify(who.tenant, prediction_id, body.inputs)
    return PredictionVerified(
        id=record.id,
        model_version_id=record.model_version_id,
        equal=not found.differences,
        differences=found.differences,
        recorded=record.output,
        recomputed=found.output,
    )
