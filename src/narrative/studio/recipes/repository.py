"""Histories of recipes in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.recipes.entities import RecipeState


class RecipeStateRepository(Repository[RecipeState]):
    """States of recipes of a workspace."""

    spec = CollectionSpec("recipe_states", indexes=("project_id",), unique=(("project_id", "number"),))
    prefix = "rst"
    noun = "state of the recipe"
    entity = RecipeState

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("recipe_state_not_found", "There is no such state of these steps.", fix="See the history.")
