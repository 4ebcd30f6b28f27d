"""Wire shapes of predictions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from narrative.engine.story.types import Story
from narrative.engine.types import Label
from narrative.studio.schemas import Failure, Job, RequestBody

Cell = str | float | int | bool | None
MAX_RECORDS = 1_000


class PredictRequest(RequestBody):
    """Rows as objects of column and value; columns may be missing, reordered or differently cased."""

    data: list[dict[str, Cell]] = Field(min_length=1, max_length=MAX_RECORDS)
    reasons: bool = True


class Reason(BaseModel):
    """What one column did to this prediction, in probability points or units of the target."""

    column: str
    value: Cell
    effect: float
    text: str


class Prediction(BaseModel):
    """One answer. ``base`` plus all effects is the probability of the shown class, or the value."""

    prediction_id: str
    prediction: Label
    probabilities: dict[str, float] | None
    lower: float | None
    upper: float | None
    base: float | None
    reasons: list[Reason] = Field(description="All columns, strongest first.")
    warnings: list[str]
    sentence: str


class PredictResponse(BaseModel):
    predictions: list[Prediction]
    model_version: str
    repairs: list[str] = Field(description="What was repaired in the input, for all rows.")
    seconds: float


class BatchPreview(BaseModel):
    """The first rows of the result."""

    columns: list[str]
    rows: list[list[Cell]]


class Batch(BaseModel):
    """A file of predictions."""

    id: str
    project_id: str
    model_id: str
    model_version_id: str
    original_filename: str
    state: Literal["queued", "running", "completed", "failed", "canceled"]
    rows: int | None
    predicted: int | None
    bad_rows: int | None
    repairs: list[str]
    warnings: list[str]
    preview: BatchPreview | None
    seconds: float | None
    rows_per_second: float | None
    story: Story | None
    error: Failure | None
    job_id: str
    created_at: str
    finished_at: str | None


class BatchAccepted(BaseModel):
    batch: Batch
    job: Job


class PredictionRecord(BaseModel):
    """A past prediction."""

    id: str
    model_version_id: str
    deployment_id: str | None
    inputs_hash: str
    output: dict[str, Any]
    caller: str
    seconds: float
    created_at: str
