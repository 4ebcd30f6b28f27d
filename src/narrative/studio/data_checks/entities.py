"""The data checks of a project and what they last found."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from narrative.studio.documents import Entity


class DataChecks(Entity):
    """Rules of one project with their last results, on the version ``checked_version_id``.

    ``held_stories`` are the stories of a held version, told when it is accepted.
    """

    project_id: str
    rules: list[dict[str, Any]] = Field(default_factory=list)
    results: list[dict[str, Any]] = Field(default_factory=list)
    checked_version_id: str | None = None
    checked_at: str | None = None
    held_stories: list[dict[str, Any]] = Field(default_factory=list)
