"""Wire shapes of saved recipes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from narrative.studio.recipes.schemas import RecipeStep
from narrative.studio.schemas import RequestBody


class SavedRecipe(BaseModel):
    """A recipe kept for the workspace."""

    id: str
    name: str
    about: str
    version: int = Field(description="Number of the newest version, which is the one that is applied.")
    n_versions: int
    n_uses: int
    created_at: str
    changed_at: str
    steps: list[RecipeStep]
    columns: dict[str, str] = Field(description="Columns it works on, with their kinds where it was written.")


class SavedRecipes(BaseModel):
    """The most used recipes."""

    items: list[SavedRecipe]


class SaveRequest(RequestBody):
    """Keep the steps of a project; under a name that is there, as its next version."""

    project_id: str = Field(max_length=60)
    name: str = Field(min_length=1, max_length=120)
    about: str = Field(default="", max_length=1_000)


class ImportRequest(RequestBody):
    """Keep a recipe that was exported."""

    name: str = Field(min_length=1, max_length=120)
    about: str = Field(default="", max_length=1_000)
    recipe: dict[str, Any] = Field(description="What export gave.")


class UseRequest(RequestBody):
    """Put a saved recipe into a project."""

    project_id: str = Field(max_length=60)
    columns: dict[str, str] | None = Field(
        default=None, description="Column of the recipe → column of the table; what is not named takes the proposal."
    )


class ColumnMapping(BaseModel):
    """For each column of the recipe the column of the table that seems to be meant; null where none is near."""

    columns: dict[str, str | None]
    complete: bool
