"""The history of a recipe: a tree of states."""

from __future__ import annotations

from pydantic import Field

from narrative.studio.documents import Entity
from narrative.studio.projects.entities import StepFacts


class RecipeState(Entity):
    """The steps of a project as somebody left them; never changed afterwards.

    ``version_id`` is the table they were written for. ``made_of``: steps left the recipe here because they were carried
    out and made that table of this one; going back across such a state takes the project back to the table it was
    made of. A state that people made names none: another file may have come for other reasons.
    """

    project_id: str
    parent_id: str | None
    number: int
    steps: list[StepFacts] = Field(default_factory=list)
    what: str
    """What was changed, in words."""
    version_id: str | None = None
    made_of: str | None = None
    user_id: str | None = None
