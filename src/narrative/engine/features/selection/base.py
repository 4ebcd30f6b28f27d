"""What a method of selection is: one file ``engine/features/selection/<name>.py`` with one :class:`Method`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from narrative.core.clock import Deadline
from narrative.engine.features.material import Material
from narrative.engine.profile.types import Correlation


class SelectionOptions(BaseModel):
    """What people may set; the defaults are the product's."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    correlation: float = Field(default=0.95, gt=0, le=1, title="Correlation above which one of two columns goes")
    information_top: int | None = Field(default=None, ge=1, le=1_000, title="Keep so many by mutual information")
    information_least: float = Field(default=0.01, ge=0, le=1, title="Least share of the target's uncertainty")
    elimination_count: int | None = Field(default=None, ge=1, le=1_000, title="Columns that elimination leaves")


class Verdict(BaseModel):
    """What one method says of one column."""

    model_config = ConfigDict(frozen=True)
    column: str
    kept: bool
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str
    """One sentence."""


class MethodResult(BaseModel):
    """What one method says of all columns."""

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    sentence: str
    unit: str
    """What ``value`` means."""
    decides: bool
    """Whether a column this method drops is dropped in the common decision."""
    verdicts: list[Verdict]
    matrix: Correlation | None = None
    """The correlations, for the method that looks at them."""
    sizes: list[tuple[int, float]] = []
    """Number of columns and cross-validated score, for the method that tries several numbers."""

    def of(self, column: str) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if verdict.column == column), None)


Say = Callable[[str, float], None]
"""Receives what is being done and how much of it is done; raises ``Canceled`` to stop."""


@dataclass(frozen=True)
class Question:
    """What a method is asked."""

    material: Material
    columns: list[str]
    options: SelectionOptions
    deadline: Deadline | None = None
    say: Say = lambda _message, _share: None


class Method(ABC):
    """A way to tell columns that help from columns that do not."""

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    """How it decides, in one plain sentence."""
    unit: ClassVar[str]
    decides: ClassVar[bool] = True
    order: ClassVar[int]

    @abstractmethod
    def judge(self, question: Question) -> MethodResult:
        """A verdict for every column of the question."""

    def result(self, verdicts: list[Verdict], **more: object) -> MethodResult:
        return MethodResult.model_validate(
            {
                "name": self.name,
                "title": self.title,
                "sentence": self.sentence,
                "unit": self.unit,
                "decides": self.decides,
                "verdicts": verdicts,
                **more,
            }
        )
