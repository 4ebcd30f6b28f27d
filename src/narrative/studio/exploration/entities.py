"""What is kept of an exploration."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from narrative.studio.documents import Entity

ExplorationKind = Literal["groups", "unusual", "forecast"]


class Exploration(Entity):
    """The newest exploration of one kind of a dataset: its job, and the newest result there is.

    ``settings`` are those of the job, ``found_settings`` and ``version_id`` those of the result.
    """

    dataset_id: str
    kind: ExplorationKind
    job_id: str
    settings: dict[str, Any] = Field(default_factory=dict)
    result: dict[str, Any] | None = None
    found_settings: dict[str, Any] = Field(default_factory=dict)
    version_id: str | None = None
