"""Wire shapes of predictions."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from narrative.engine.expectations.base import CheckResult
from narrative.engine.story.types import ChartStory, Story
from narrative.engine.types import Label
from narrative.studio.predictions.entities import MAX_RECORDS, BatchState, Cell, Prediction
from narrative.studio.schemas import Failure, Job, RequestBody


class PredictRequest(RequestBody):
    """Rows as objects of column and value; columns may be missing, reordered or differently cased."""

    data: list[dict[str, Cell]] = Field(
        min_length=1,
        json_schema_extra={"maxItems": MAX_RECORDS},  # refused by the service: too many are 413, not 422
        examples=[[{"age": 42, "plan": "Premium", "contract": "monthly"}]],
    )
    reasons: bool = True
    counted: bool = Field(default=True, description="False for an answer that a page shows before anybody asked.")


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
    state: BatchState = Field(description="`held`: rows break data checks; accept it to predict all the same.")
    checks: list[CheckResult] = Field(description="What the data checks of the project found in the file.")
    accepted_by: str | None = Field(description="Who had it predicted although it breaks data checks.")
    accepted_at: str | None
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


class WhatIfRequest(RequestBody):
    """A row and the cells to change in it."""

    row: dict[str, Cell] = Field(min_length=1, examples=[{"age": 42, "plan": "Premium", "contract": "monthly"}])
    changes: dict[str, Cell] = Field(min_length=1, examples=[{"contract": "yearly"}])


class CellChange(BaseModel):
    column: str
    before: Cell
    after: Cell


class WhatIfResponse(BaseModel):
    """The answers of the model before and after: values, or probabilities of the class ``told``."""

    changes: list[CellChange]
    told: Label | None
    before: float
    after: float
    difference: float
    answer_before: Label
    answer_after: Label
    words: ChartStory
    repairs: list[str]
    warnings: list[str] = Field(description="What looks odd in the changed row.")


class VerifyRequest(RequestBody):
    """The row of a past prediction. Only its hash was kept, so the row is given again."""

    inputs: dict[str, Cell] = Field(examples=[{"age": 42, "plan": "Premium", "contract": "monthly"}])


class PredictionVerified(BaseModel):
    """A past prediction computed again from the same inputs."""

    id: str
    model_version_id: str
    equal: bool = Field(description="Whether every number and label is the recorded one, bit for bit.")
    differences: list[str]
    recorded: dict[str, Any]
    recomputed: dict[str, Any]


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
