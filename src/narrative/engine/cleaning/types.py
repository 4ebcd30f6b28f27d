"""What auto-clean proposes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from narrative.engine.step_specs import StepSpec


class Found(BaseModel):
    """A fault that a rule is sure of, and the step that repairs it."""

    model_config = ConfigDict(frozen=True)
    code: str
    step: StepSpec
    columns: list[str]
    reason: str
    examples: list[str] = []


class Proposal(Found):
    """A repair with what it does to the table after the repairs before it."""

    id: str
    title: str
    effect: str
    cells_changed: int
    rows_dropped: int
