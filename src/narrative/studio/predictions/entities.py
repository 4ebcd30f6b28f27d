"""Answers, prediction files, and records of single predictions."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from narrative.engine.types import Label
from narrative.studio.documents import Entity

Cell = str | float | int | bool | None
MAX_RECORDS: Final = 1_000
"""Rows of one call; more is the work of a prediction file."""


class Reason(BaseModel):
    """What one column did to this prediction, in probability points or units of the target."""

    column: str
    value: Cell
    effect: float
    text: str


class Prediction(BaseModel):
    """One answer. ``base`` plus all effects is the probability of the explained class, or the value."""

    prediction_id: str
    prediction: Label
    probabilities: dict[str, float] | None
    lower: float | None
    upper: float | None
    base: float | None
    explained: Label | None = Field(description="The class whose probability the effects explain; null for a value.")
    reasons: list[Reason] = Field(description="All columns, strongest first.")
    warnings: list[str]
    sentence: str


BatchState = Literal["queued", "running", "completed", "failed", "canceled", "held"]


class Batch(Entity):
    """A file of predictions. It is held while rows of it break data checks and nobody had it predicted all the same.

    ``raw_sha256`` names the file as it was sent, personal data and all. It is None once the file can no longer be
    predicted, so that nothing outlives its use; the result hides what the table of the model hides. ``accepted_by`` is
    the name of who had it predicted, at ``accepted_at``.
    """

    project_id: str
    model_id: str
    model_version_id: str
    original_filename: str
    raw_sha256: str | None
    job_id: str
    state: BatchState = "queued"
    checks: list[dict[str, Any]] = Field(default_factory=list)
    failing_sha256: str | None = None
    accepted_by: str | None = None
    accepted_at: str | None = None
    rows: int | None = None
    predicted: int | None = None
    bad_rows: int | None = None
    repairs: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    preview: dict[str, Any] | None = None
    seconds: float | None = None
    rows_per_second: float | None = None
    story: dict[str, Any] | None = None
    result_sha256: str | None = None
    bad_rows_sha256: str | None = None
    error: dict[str, Any] | None = None
    finished_at: str | None = None


class StoredPrediction(Entity):
    """One answer that was given. Inputs are not kept, only their hash."""

    project_id: str
    model_version_id: str
    deployment_id: str | None
    inputs_hash: str
    output: dict[str, Any]
    caller: str
    seconds: float
