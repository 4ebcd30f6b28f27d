"""Wire shapes of deployments and of the production address."""

from __future__ import annotations

from pydantic import BaseModel, Field

from narrative.engine.bundle.contract import InputContract
from narrative.engine.types import Label, Problem
from narrative.studio.deployments.entities import DeploymentState, Rehearsal, ServedEvent
from narrative.studio.predictions.entities import MAX_RECORDS, Cell, Reason
from narrative.studio.schemas import RequestBody


class DeploymentCreate(RequestBody):
    """Put a model version at a stable address."""

    project_id: str
    model_version_id: str
    name: str = Field(min_length=1, max_length=80, examples=["Churn, weekly"])
    go_live: bool | None = Field(default=None, description="false: only rehearse it.")


class ServeNote(RequestBody):
    """Why something is done; kept with what was done."""

    note: str = Field(default="", max_length=500)


class SwapRequest(ServeNote):
    """The version to answer with from now on."""

    model_version_id: str = Field(max_length=60)


class RollbackRequest(ServeNote):
    """The version to go back to."""

    model_version_id: str | None = Field(
        default=None, max_length=60, description="One that was served before; null: the last one before."
    )


class CodeSamples(BaseModel):
    """Copyable calls; the key stands as $NARRATIVE_API_KEY."""

    curl: str
    python: str
    javascript: str


class Deployment(BaseModel):
    """A stable address that serves one model version."""

    id: str
    project_id: str
    name: str
    model_id: str
    model_version_id: str
    version_number: int
    size_bytes: int = Field(description="Of the served version's file.")
    state: DeploymentState
    state_text: str = Field(description="The state in words, as the end of “It is …”.")
    rehearsal: Rehearsal | None = Field(description="The newest one, of whichever version.")
    rollback_to: str | None = Field(description="The version that a rollback leads to.")
    events: list[ServedEvent] = Field(description="What was done to it and by whom, the newest 50, newest first.")
    address: str = Field(description="Path to POST rows to.")
    samples: CodeSamples
    calls_total: int
    rows_total: int
    last_call_at: str | None
    p95_ms: float | None = Field(description="95th percentile of the newest 200 calls, measured in the server.")
    created_at: str
    rev: int


class ProductionRequest(RequestBody):
    """Rows to predict."""

    data: list[dict[str, Cell]] = Field(
        min_length=1,
        json_schema_extra={"maxItems": MAX_RECORDS},  # refused by the service: too many are 413, not 422
        examples=[[{"age": 42, "plan": "Premium", "contract": "monthly"}]],
    )
    include_probabilities: bool = True
    include_metadata: bool = True
    include_reasons: bool = False


class ProductionMetadata(BaseModel):
    """Warnings and intervals per row, and what was repaired in the input."""

    model_id: str
    deployment_id: str | None
    target: str
    problem: Problem
    intervals: list[tuple[float, float]] | None
    warnings: list[list[str]]
    repairs: list[str]
    seconds: float


class ProductionResponse(BaseModel):
    """Answers in the order of the rows."""

    predictions: list[Label]
    probabilities: list[dict[str, float]] | None
    reasons: list[list[Reason]] | None
    model_version: str
    prediction_id: str = Field(description="Id of the first row's prediction.")
    prediction_ids: list[str]
    timestamp: str
    metadata: ProductionMetadata | None


class ProductionInfo(BaseModel):
    """What a caller must know of the address."""

    id: str
    name: str
    state: DeploymentState
    model_id: str
    model_version: str
    contract: InputContract
    max_records: int = MAX_RECORDS
