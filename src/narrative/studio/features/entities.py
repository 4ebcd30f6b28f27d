"""What the features stage of a project keeps."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from narrative.studio.documents import Entity

SearchKind = Literal["ideas", "selection", "leaks"]


class Finding(BaseModel):
    """The result of one search, and what it was about."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    report: dict[str, Any]
    version_id: str
    target: str
    steps: list[dict[str, Any]]
    finished_at: str


class FeatureWork(Entity):
    """The searches of one project: the newest job of each kind and its newest result."""

    project_id: str
    jobs: dict[str, str] = Field(default_factory=dict)
    found: dict[str, Finding] = Field(default_factory=dict)


class FeatureDefinition(Entity):
    """A feature with a name, to be used again in any project of the workspace. A change makes a new version."""

    name: str
    version: int
    owner_id: str
    owner: str
    text: str
    formula: str
    columns: list[str]
    """Columns it needs."""
    steps: list[dict[str, Any]]
