"""What questions are made of, and what an answer is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from narrative.engine.story.types import Fact, Sentence

Sort: TypeAlias = Literal["number", "category", "time", "text"]
Intent: TypeAlias = Literal[
    "count", "columns", "share", "mean", "median", "quantile", "range", "sum", "spread", "distinct", "missing", "top",
    "groups", "correlation",
]  # fmt: skip
STATISTICS: tuple[Intent, ...] = ("mean", "median", "sum", "spread", "range", "quantile")


@dataclass(frozen=True)
class ColumnWords:
    """How a column can be spoken of. ``values``: of a category, as text; ``positive``: the one that means yes."""

    name: str
    sort: Sort
    values: tuple[str, ...] = ()
    positive: str | None = None
    negative: str | None = None


@dataclass(frozen=True)
class Vocabulary:
    """Columns and values that questions about a table can name."""

    columns: tuple[ColumnWords, ...]
    nouns: frozenset[str] = frozenset()
    """What a row may be called besides the common nouns: words of the name of the table, in the singular."""

    def column(self, name: str) -> ColumnWords:
        """KeyError when there is none of this name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class Query:
    """What a question asks for, in terms of the table.

    ``conditions`` choose the rows; for a share ``among`` chooses the rows it is a share of. ``order`` sorts groups.
    """

    intent: Intent
    column: str | None = None
    other: str | None = None
    group: str | None = None
    statistic: Intent = "count"
    quantile: float | None = None
    limit: int | None = None
    order: Literal["high", "low", "both"] = "both"
    conditions: list[dict[str, Any]] = field(default_factory=list)
    among: list[dict[str, Any]] = field(default_factory=list)

    def columns(self) -> list[str]:
        """Every column that answering has to read."""
        named = [self.column, self.other, self.group]
        named += [condition["column"] for condition in [*self.conditions, *self.among]]
        return [name for name in dict.fromkeys(named) if name is not None]


class NotUnderstood(Exception):
    """A question that cannot be answered; the text says why, in words for people."""


class Answer(BaseModel):
    """Sentences in which every number is bound to a fact, or why there are none and what could be asked instead."""

    model_config = ConfigDict(frozen=True)
    question: str
    is_answered: bool
    sentences: list[Sentence] = Field(default=[], description="The answer first, then its lines.")
    facts: list[Fact] = Field(default=[], description="Every number of the sentences with its formula and rows.")
    reason: str | None = Field(default=None, description="Why there is no answer.")
    nearest: list[str] = Field(default=[], description="Questions that can be answered, the nearest first.")
