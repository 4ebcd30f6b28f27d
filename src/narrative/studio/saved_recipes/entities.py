"""Recipes that are kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from narrative.engine.types import ColumnKind
from narrative.studio.documents import Entity
from narrative.studio.projects.entities import StepFacts


class RecipeVersion(BaseModel):
    """One version of a saved recipe; ``columns`` are those of the table it was written for that its steps name."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    number: int
    steps: list[StepFacts]
    columns: dict[str, ColumnKind]
    created_at: str
    user_id: str | None = None


class SavedRecipe(Entity):
    """A recipe under a name. ``n_uses``: how often it was put into a project."""

    name: str
    about: str = ""
    versions: list[RecipeVersion] = Field(default_factory=list)
    n_uses: int = 0
    user_id: str | None = None

    @property
    def newest(self) -> RecipeVersion:
        """The version that is applied."""
        return self.versions[-1]
