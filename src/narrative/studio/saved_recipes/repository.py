"""Saved recipes in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.saved_recipes.entities import SavedRecipe


class SavedRecipeRepository(Repository[SavedRecipe]):
    """Recipes of a workspace; a name is given once."""

    spec = CollectionSpec("saved_recipes", indexes=("created_at", "n_uses"), unique=(("name",),))
    prefix = "rcp"
    noun = "saved recipe"
    entity = SavedRecipe

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("saved_recipe_not_found", "There is no saved recipe with this id.", fix=MAYBE_DELETED)
