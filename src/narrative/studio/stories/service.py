"""Keeps the story of each stage of each project. Stories are told and verified by the engine, never here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.engine.story.types import Stage, Story
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.platform import Platform
from narrative.studio.projects.service import ProjectService
from narrative.studio.stories.entities import StageStory
from narrative.studio.stories.repository import StoryRepository


class StoryService:
    """Use cases of stories."""

    def __init__(self, platform: Platform, projects: ProjectService) -> None:
        self._platform = platform
        self._projects = projects
        self._stories = StoryRepository(platform.store)
        self._fresh: dict[Stage, Callable[[Tenant, str], Story | None]] = {}
        projects.when_deleted(self._forget)

    def tell_when_read(self, stage: Stage, tell: Callable[[Tenant, str], Story | None]) -> None:
        """Have a stage told anew whenever it is read, because its facts move without a run: calls are answered."""
        self._fresh[stage] = tell

    def get(self, tenant: Tenant, project_id: str, stage: Stage) -> Story:
        """Raises ``NotFound``: ``project_not_found``, or ``story_not_ready`` before the stage ran."""
        self._projects.get(tenant, project_id)
        fresh = self._fresh.get(stage)
        told = None if fresh is None else fresh(tenant, project_id)
        if told is not None:
            return told
        found = self._stories.find(tenant, story_id(project_id, stage))
        if found is None:
            raise NotFound(
                "story_not_ready", "This stage has not run yet, so there is nothing to tell.", fix="Run it first."
            )
        return found.story

    def put(self, unit: UnitOfWork, tenant: Tenant, project_id: str, story: Story) -> None:
        """Keep the newest story of a stage, inside the caller's transaction."""
        id = story_id(project_id, story.stage)  # noqa: A001 - the word of the product
        new = StageStory(id=id, created_at=self._platform.now(), project_id=project_id, story=story)
        _, is_new = self._stories.insert_once(unit, tenant, new)
        if not is_new:
            self._stories.change(unit, tenant, id, lambda known: known.with_(story=story, created_at=new.created_at))

    def _forget(self, unit: UnitOfWork, tenant: Tenant, project_id: str) -> list[str]:
        self._stories.delete_where(unit, tenant, [("project_id", "=", project_id)])
        return []


def story_id(project_id: str, stage: Stage) -> str:
    """One document per project and stage."""
    seed = hashlib.sha256(f"{project_id}\x1f{stage}".encode()).digest()
    return new_id("story", lambda n: seed[:n])
