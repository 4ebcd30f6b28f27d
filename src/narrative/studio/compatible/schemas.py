"""Wire shapes of the addresses by dataset."""

from __future__ import annotations

from pydantic import BaseModel, Field

from narrative.engine.types import ColumnKind


class SchemaColumn(BaseModel):
    """A column and its kind."""

    name: str
    kind: ColumnKind


class DatasetSchema(BaseModel):
    """The columns of the present version."""

    dataset_id: str
    version_id: str
    content_hash: str
    n_rows: int
    columns: list[SchemaColumn] = Field(description="In the order of the table.")
