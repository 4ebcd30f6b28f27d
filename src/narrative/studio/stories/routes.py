"""Stories over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from narrative.engine.story.types import Stage, Story
from narrative.http.policy import Viewer
from narrative.http.routing import slice_router
from narrative.http.services import service
from narrative.studio.stories.service import StoryService

router = slice_router("stories")
Stories = Annotated[StoryService, Depends(service(StoryService))]


@router.get("/projects/{project_id}/stories/{stage_id}")
def get_story(who: Viewer, stories: Stories, project_id: str, stage_id: Stage) -> Story:
    """What a stage found, in plain words. 404 with `story_not_ready` before the stage ran."""
    return stories.get(who.tenant, project_id, stage_id)
