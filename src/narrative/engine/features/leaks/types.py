"""What the search for leaks says."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

LeakKind = Literal[
    "target_proxy", "future_column", "identifier", "group", "duplicate", "encoder", "resampling", "time_order"
]
Outcome = Literal["proven", "cleared", "unsure"]


class Proof(BaseModel):
    """One comparison of two scores, in the direction that a leak would give: ``gain`` above 0 flatters."""

    model_config = ConfigDict(frozen=True)
    name: Literal["without_suspect", "shuffled_target", "time_blocked", "group_blocked", "originals_only"]
    sentence: str
    """What was compared, in one sentence."""
    score_with: float
    score_without: float
    gain: float
    low: float
    high: float
    rows: int


class Suspect(BaseModel):
    """One thing that may flatter the score, and what came of looking at it."""

    model_config = ConfigDict(frozen=True)
    kind: LeakKind
    columns: list[str]
    headline: str
    reason: str
    """Why it is suspected, or what the proof says, in one or two sentences."""
    verdict: Outcome
    verdict_sentence: str
    proofs: list[Proof]
    facts: dict[str, float | int | str] = {}
    steps: list[dict[str, Any]] = []
    """Steps of a recipe that take the suspect away."""
    advice: str


class LeakReport(BaseModel):
    """Every suspect, proven ones first, and what was looked for."""

    model_config = ConfigDict(frozen=True)
    target: str
    problem: str
    metric: str
    metric_title: str
    higher_is_better: bool
    suspects: list[Suspect]
    looked_for: list[str]
    """Kinds of leaks that were looked for, in words."""
    not_finished: list[str] = []
    """Kinds whose proofs did not fit into the time, in words."""
    rows_used: int
    rows_there: int
    seconds: float = 0.0

    def proven(self) -> list[Suspect]:
        return [suspect for suspect in self.suspects if suspect.verdict == "proven"]
