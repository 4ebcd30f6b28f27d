"""Stories in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.stories.entities import StageStory


class StoryRepository(Repository[StageStory]):
    """One document per project and stage."""

    spec = CollectionSpec("stories", indexes=("project_id",))
    prefix = "story"
    noun = "story"
    entity = StageStory

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("story_not_found", "There is no story with this id.", fix=MAYBE_DELETED)
