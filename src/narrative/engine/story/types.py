"""Facts, claims, stories. No number reaches a person unless it is bound to a fact."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Stage = Literal[
    "data_loading",
    "data_profiling",
    "data_preparation",
    "feature_engineering",
    "model_training",
    "model_evaluation",
    "prediction",
    "deployment",
]
STAGES: tuple[Stage, ...] = (
    "data_loading",
    "data_profiling",
    "data_preparation",
    "feature_engineering",
    "model_training",
    "model_evaluation",
    "prediction",
    "deployment",
)
ClaimType = Literal[
    "value", "count", "share", "difference", "ratio", "rank", "direction", "order", "presence", "interval"
]
FactFormat = Literal["integer", "decimal", "percent", "score", "seconds", "text", "money"]


class Fact(BaseModel):
    """A named computed value.

    ``formula`` names a registered formula (``engine/story/formulas``) and ``arguments`` its inputs, so that anyone
    can compute it again; ``source`` is the content hash of what it was computed from.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    name: str
    value: float | int | str | bool | None
    unit: str = ""
    format: FactFormat = "decimal"
    formula: str
    arguments: dict[str, Any] = {}
    source: str
    rows: str = "all rows"


class Claim(BaseModel):
    """A typed statement over facts.

    ``text`` is a template with references like ``{n_rows}`` to fact ids; digits may not stand in it in any other
    way. ``relation`` is what types other than plain values assert, e.g. ``{"left": "a", "op": ">", "right": "b"}`` for
    order and direction, and is checked on recomputed facts.
    """

    model_config = ConfigDict(frozen=True)
    type: ClaimType
    text: str
    relation: dict[str, Any] | None = None


class Sentence(BaseModel):
    """A sentence on the page: plain text and its pieces, where each piece with ``fact`` opens that fact's card."""

    model_config = ConfigDict(frozen=True)
    text: str
    parts: list[dict[str, str]]
    """In order: ``{"text": …}`` or ``{"text": …, "fact": fact_id}``."""


class ChartStory(BaseModel):
    """What a chart shows, in words: the finding as its headline, one sentence on it, and the facts of both.

    Absent where nothing about the chart could be proven.
    """

    model_config = ConfigDict(frozen=True)
    headline: Sentence | None = None
    sentence: Sentence | None = None
    facts: list[Fact] = []


class NextStep(BaseModel):
    """A button: what it says and what it does (an action code the page knows, or a step to add)."""

    model_config = ConfigDict(frozen=True)
    title: str
    action: str
    arguments: dict[str, Any] = {}


class Story(BaseModel):
    """A stage in plain words: found, what it means, at most three next steps, what is not known. At most 200 words."""

    model_config = ConfigDict(frozen=True)
    stage: Stage
    headline: Sentence
    found: list[Sentence]
    meaning: list[Sentence]
    next_steps: list[NextStep]
    unknown: list[Sentence]
    facts: list[Fact]
    narrator: str = "builtin"
    cut: list[str] = []
    """Sentences the verifier removed, with the reason; shown on demand, never as truth."""
