"""Stories in the metadata store."""

from __future__ import annotations

from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.stories.entities import StageStory


class StoryRepository(Repository[StageStory]):
    """One document per project and stage."""

    spec = CollectionSpec("stories", indexes=("project_id",))
    prefix = "story"
    noun = "story"
    entity = StageStory
