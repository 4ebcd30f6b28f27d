"""A story as it is kept."""

from __future__ import annotations

from narrative.engine.story.types import Story
from narrative.studio.documents import Entity


class StageStory(Entity):
    """The newest story of one stage of one project."""

    project_id: str
    story: Story
