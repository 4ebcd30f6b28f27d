"""Findings, and what a data check is: one file ``engine/checks/<name>.py`` with one :class:`Check` subclass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.engine.step_specs import StepSpec
from narrative.engine.types import Severity

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


class FindingAction(BaseModel):
    """What the button ``title`` of a finding does.

    ``apply_step`` adds ``step`` to the recipe of the project, which training applies; ``show_column`` shows ``column``;
    ``choose_target`` opens the choice of the column to predict.
    """

    model_config = ConfigDict(frozen=True)
    kind: Literal["apply_step", "show_column", "choose_target"]
    title: str
    step: StepSpec | None = None
    column: str | None = None


def apply_step(title: str, step: str, **params: Any) -> FindingAction:
    """The button that adds a step to the recipe."""
    return FindingAction(kind="apply_step", title=title, step=StepSpec(type=step, params=params))


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
    actions: list[FindingAction] = []
    """Buttons, the most fitting first; every finding about columns ends with one that shows the first of them."""


class Check(ABC):
    """Looks at a table and its profile and reports what is worth knowing."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def find(self, frame: pl.DataFrame, profile: TableProfile) -> list[Finding]:
        """Findings, possibly none. Never raises for odd data."""
