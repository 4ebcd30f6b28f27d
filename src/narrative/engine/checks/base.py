"""Findings, and what a data check is: one file ``engine/checks/<name>.py`` with one :class:`Check` subclass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.engine.types import Severity

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class SuggestedStep(BaseModel):
    """A step that would deal with a finding; the button that adds it says ``title``."""

    model_config = ConfigDict(frozen=True)
    step: str
    params: dict[str, Any]
    title: str


class Finding(BaseModel):
    """A coded observation about a table. ``facts`` are computed numbers, by name; the sentence quotes them."""

    model_config = ConfigDict(frozen=True)
    code: str
    severity: Severity
    columns: list[str]
    headline: str
    """At most 90 characters, the number included."""
    reason: str
    """One sentence: what it means and what to do or to doubt."""
    facts: dict[str, float | int | str]
    suggestions: list[SuggestedStep] = []


class Check(ABC):
    """Looks at a table and its profile and reports what is worth knowing."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        """Findings, possibly none. Never raises for odd data."""
