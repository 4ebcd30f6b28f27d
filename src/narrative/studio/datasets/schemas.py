"""Wire shapes of datasets."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.engine.tables.types import ImportReport, ReadOptions
from narrative.engine.types import ColumnKind
from narrative.studio.projects.schemas import Project
from narrative.studio.schemas import Failure, Job, RequestBody

DatasetState = Literal["importing", "ready", "failed"]
Cell = str | float | int | bool | None


class TableVersion(BaseModel):
    """The immutable content of a dataset at one moment: equal content, equal hash, and its table is stored once."""

    id: str
    number: int
    content_hash: str
    n_rows: int
    n_columns: int
    size_bytes: int
    created_at: str
    created_by: str | None = Field(description="Name of the person; null where nobody noted it.")
    parents: list[str] = Field(description="Versions it was combined from.")
    read_options: ReadOptions = Field(description="How its file was read; what is null was guessed.")


class Dataset(BaseModel):
    """A named table. ``import_report`` lists the first 20 bad rows; the rest are in bad-rows.csv."""

    id: str
    name: str
    original_filename: str
    state: DatasetState
    error: Failure | None
    version: TableVersion | None
    import_report: ImportReport | None
    file_kept: bool = Field(description="False once the file was deleted: it cannot be read differently any more.")
    job_id: str | None
    created_at: str


class DatasetAccepted(BaseModel):
    """The file is safe on the server; the job turns it into a table."""

    dataset: Dataset
    project: Project
    job: Job


class SampleRequest(RequestBody):
    """Load a bundled sample."""

    sample: str = Field(examples=["customer_churn"])


class ReimportRequest(RequestBody):
    """Read the same file again with other options; what is None is guessed."""

    options: ReadOptions = ReadOptions()
    delete_file: bool = Field(
        default=False,
        description="Delete the file once it was read; then what is hidden or removed now cannot be brought back.",
    )


class TargetRequest(RequestBody):
    """The column to predict, or null to decide later."""

    target: str | None = Field(examples=["churned"])
    problem: Literal["auto", "binary", "multiclass", "regression"] = "auto"


class TargetAccepted(BaseModel):
    """``job`` profiles the table for the target; null when the choice was postponed."""

    project: Project
    job: Job | None


class PreviewColumn(BaseModel):
    """A column of the preview: its storage type and what it means."""

    name: str
    dtype: str
    kind: ColumnKind | None


class Preview(BaseModel):
    """Some rows of a table. Missing is null, times are ISO 8601 text, integers beyond 2^53 are text."""

    columns: list[PreviewColumn]
    rows: list[list[Cell]]
    offset: int
    total: int
