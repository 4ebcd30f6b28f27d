"""Wire shapes of data checks."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from narrative.engine.expectations.base import CheckResult, CheckSpec
from narrative.studio.schemas import RequestBody

MAX_CHECKS = 200


class DataCheck(BaseModel):
    """A rule in plain words."""

    id: str
    type: str
    title: str
    sentence: str
    params: dict[str, Any]
    enabled: bool
    columns: list[str]


class HeldVersion(BaseModel):
    """A version that broke rules and waits for a decision; the project goes on with the one before."""

    version_id: str
    dataset_id: str
    n_broken: int = Field(description="Data checks it broke; `results` say which and where.")


class ProjectDataChecks(BaseModel):
    """Rules of a project, what they last found, and the version that is held, if one is."""

    checks: list[DataCheck]
    results: list[CheckResult] = Field(description="Of the version `checked_version_id`, the first 100 rows per check.")
    checked_version_id: str | None
    checked_at: str | None
    held: HeldVersion | None


class DataCheckProposals(BaseModel):
    """Rules that hold for the present version and are not saved yet."""

    items: list[DataCheck]


class DataChecksRequest(RequestBody):
    """All rules of the project."""

    checks: list[CheckSpec] = Field(max_length=MAX_CHECKS)
