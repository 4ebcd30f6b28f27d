"""How a version was made of another one, and what people marked."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from narrative.engine.types import Problem
from narrative.studio.documents import Entity


class TransformationStep(BaseModel):
    """A step as it was carried out: with what, when, by whom."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    step_id: str
    type: str
    parameters: dict[str, Any]
    timestamp: str
    user_id: str | None = None


class TransformationLineage(Entity):
    """The steps that made one version of another.

    ``tables`` are further versions that steps looked into (join, append). ``is_base``: training starts from the new
    version. ``n_fitted`` rows of ``n_before`` taught the steps; what they learned is the blob ``fitted_sha256``.
    """

    dataset_id: str
    project_id: str | None
    parent_version: str
    child_version: str
    transformations: list[TransformationStep]
    target: str | None = None
    problem: Problem | None = None
    tables: list[str] = Field(default_factory=list)
    allow_data_loss: bool = False
    is_base: bool = False
    n_fitted: int
    n_before: int
    n_after: int
    rows_lost: float
    cells_lost: float
    fitted_sha256: str
    user_id: str | None = None
    note: str = ""


class VersionMark(Entity):
    """What people marked of a version."""

    version_id: str
    pinned: bool = False
    note: str = ""
    """Why somebody went on with the quality it has."""
    user_id: str | None = None
