"""Wire shapes of transformations, with the names of the contract."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from narrative.studio.recipes.schemas import MAX_PREVIEW_ROWS, MAX_STEPS
from narrative.studio.schemas import RequestBody


class Transformation(RequestBody):
    """One step. ``column`` or ``columns`` may stand beside the parameters, where the step works on columns alike."""

    transformation_type: str = Field(max_length=60, examples=["impute"])
    column: str | None = Field(default=None, max_length=1_000)
    columns: list[str] | None = Field(default=None, max_length=10_000)
    parameters: dict[str, Any] = Field(default_factory=dict, examples=[{"method": "median"}])


class TransformationConfig(RequestBody):
    """Steps for a dataset."""

    dataset_id: str = Field(max_length=60)
    transformation_steps: list[Transformation] = Field(max_length=MAX_STEPS)


class TransformationPreview(TransformationConfig):
    """Which rows to show, of which step (by its place, from 1); null: of all."""

    step: int | None = Field(default=None, ge=1, le=MAX_STEPS)
    show: Literal["first", "changed", "dropped"] = "first"
    rows: int = Field(default=50, ge=1, le=MAX_PREVIEW_ROWS)


class TransformationApply(TransformationConfig):
    """Steps to carry out."""

    allow_data_loss: bool = Field(default=False, description="Go on where more than half of the data would go.")
    note: str = Field(default="", max_length=2_000, description="Why, for whoever reads the lineage.")


class AutoCleanRequest(RequestBody):
    """The dataset to look at, and a column that is never touched."""

    dataset_id: str = Field(max_length=60)
    target: str | None = Field(default=None, max_length=1_000)
