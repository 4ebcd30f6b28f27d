"""Wire shapes of recipes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from narrative.studio.schemas import RequestBody

MAX_STEPS = 100


class RecipeStep(BaseModel):
    """One step with what it is called."""

    id: str
    type: str
    title: str
    sentence: str
    params: dict[str, Any]
    enabled: bool
    columns: list[str] = Field(description="Columns it names.")


class ProjectRecipe(BaseModel):
    """Steps that the next training runs before its automatic preparation."""

    steps: list[RecipeStep]
    can_undo: bool
    is_trained: bool = Field(description="Whether the present model was trained with exactly these steps.")
    rev: int = Field(description="Of the project; send it as If-Match to change only what you saw.")


class StepRequest(RequestBody):
    """A step to add, as a finding suggests it or a person writes it."""

    type: str = Field(max_length=60, examples=["drop_columns"])
    params: dict[str, Any] = Field(default_factory=dict, examples=[{"columns": ["customer_id"]}])
    enabled: bool = True
    id: str = Field(default="", max_length=40, description="Kept when given; else the server gives one.")


class RecipeRequest(RequestBody):
    """All steps in their order."""

    steps: list[StepRequest] = Field(max_length=MAX_STEPS)
