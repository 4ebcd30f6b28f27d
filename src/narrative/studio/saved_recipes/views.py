"""Saved recipes in their wire form."""

from __future__ import annotations

from narrative.studio.recipes.views import step_view
from narrative.studio.saved_recipes.entities import SavedRecipe
from narrative.studio.saved_recipes.schemas import SavedRecipe as SavedRecipeView


def saved_view(saved: SavedRecipe) -> SavedRecipeView:
    """A recipe with its newest version."""
    newest = saved.newest
    return SavedRecipeView(
        id=saved.id,
        name=saved.name,
        about=saved.about,
        version=newest.number,
        n_versions=len(saved.versions),
        n_uses=saved.n_uses,
        created_at=saved.created_at,
        changed_at=newest.created_at,
        steps=[step_view(step.model_dump()) for step in newest.steps],
        columns=dict(newest.columns),
    )
