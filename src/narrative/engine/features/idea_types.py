"""What an idea is and what the search says of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from narrative.core.hashing import hash_json
from narrative.engine.step_specs import StepSpec

IdeaState = Literal["helps", "may_help", "rejected", "not_measured"]


class Idea(BaseModel):
    """A new column (or a few), as steps of a recipe."""

    model_config = ConfigDict(frozen=True)
    kind: str
    sentence: str
    """What it adds and why that may help, in one sentence."""
    formula: str
    """How its values come about, short."""
    columns: list[str]
    """Columns it is made of."""
    steps: list[StepSpec]
    done_already: bool = False
    """Whether the automatic preparation makes the same, so that little gain is to be expected."""

    @property
    def id(self) -> str:
        """The same for the same steps."""
        plain = [step.model_dump(mode="json", exclude={"id", "enabled"}) for step in self.steps]
        return f"idea_{hash_json(plain)[:16]}"


class MeasuredIdea(BaseModel):
    """An idea with its gain on rows that neither chose nor learned it."""

    model_config = ConfigDict(frozen=True)
    id: str
    kind: str
    sentence: str
    formula: str
    columns: list[str]
    steps: list[dict[str, Any]]
    state: IdeaState
    reason: str
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    folds: int = 0
    """Folds in which it was measured."""
    chosen: int = 0
    """Folds whose training rows alone spoke for it."""


class IdeaReport(BaseModel):
    """Ideas worth a look, best first, and those that were tried and rejected."""

    model_config = ConfigDict(frozen=True)
    target: str
    problem: str
    metric: str
    metric_title: str
    higher_is_better: bool
    score: float | None
    """Of the quick model without any idea, over the folds."""
    ideas: list[MeasuredIdea]
    rejected: list[MeasuredIdea]
    notes: list[str]
    """What people should know: few usable columns, time ran out."""
    rows_used: int
    rows_there: int
    keeps_test_apart: bool
    folds: int
    seconds: float
    budget_seconds: float
    tried: int
    """Ideas that were looked at."""
