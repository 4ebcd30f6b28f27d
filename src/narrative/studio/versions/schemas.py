"""Wire shapes of versions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from narrative.studio.schemas import RequestBody


class TransformationStep(BaseModel):
    """A step as it was carried out."""

    step_id: str
    type: str
    title: str
    sentence: str
    parameters: dict[str, Any]
    timestamp: str
    user: str | None = Field(description="Name of the person; null where nobody noted it.")


class Version(BaseModel):
    """A version of a dataset and how it came to be."""

    version_id: str
    dataset_id: str
    number: int
    created_at: str
    created_by: str | None
    hash: str = Field(description="Of its content: equal content, equal hash.")
    kind: Literal["imported", "combined", "prepared"]
    n_rows: int
    n_columns: int
    size_bytes: int
    parents: list[str]
    pinned: bool
    is_present: bool = Field(description="Whether it is the table that projects on the dataset work with.")
    is_base: bool = Field(description="Training may start from it; a version beside the table is only for looking.")
    is_stored: bool = Field(description="False when its table was deleted to save room; lineage rebuilds it.")
    target: str | None = Field(description="The column that was kept out of its steps.")
    rows_lost_share: float | None
    cells_lost_share: float | None
    note: str
    transformations: list[TransformationStep]


class PinRequest(RequestBody):
    """Keep a version whatever retention says, or no longer."""

    pinned: bool = True
