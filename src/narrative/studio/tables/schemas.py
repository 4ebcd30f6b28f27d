"""Wire shapes of tables that are looked at."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.engine.checks.base import Finding
from narrative.engine.profile.types import (
    ColumnProfile,
    Correlation,
    ProblemSuggestion,
    QualityScore,
    Relations,
    TargetSuggestion,
)
from narrative.engine.story.types import ChartStory
from narrative.engine.types import ColumnKind, Problem

Cell = str | float | int | bool | None


class TableRows(BaseModel):
    """Some cells of a table under filters and an order.

    Missing is null, times are ISO 8601 text, integers beyond 2^53 are text, long text is cut.
    """

    rows: list[list[Cell]]
    numbers: list[int] = Field(description="Where each row stands: its line in the file, or its place in the table.")
    numbered_by: Literal["line", "row"] = Field(description="What `numbers` count, from 1.")
    offset: int
    first_column: int
    total: int = Field(description="Rows that fit the filters.")
    n_rows: int = Field(description="Rows of the table.")


class ColumnGaps(BaseModel):
    """How much of a column is empty."""

    column: str
    missing: int
    missing_share: float


class ColumnAssociation(BaseModel):
    """How strongly a column goes with the target, 0 to 1."""

    column: str
    association: float
    measure: str | None
    information: float | None


class ColumnLosses(BaseModel):
    """Points of quality that a column costs, by dimension."""

    column: str
    losses: dict[str, float]


class ProfileOverview(BaseModel):
    """A profile without its columns, however many there are: they follow in pages.

    Of lists that grow with the table the first stand here, with the number of all.
    """

    n_rows: int
    n_columns: int
    duplicate_rows: int
    memory_bytes: int
    content_hash: str
    names: list[str] = Field(description="Every column, in the order of the table.")
    kinds: list[ColumnKind] = Field(description="The kind of each.")
    missing: list[int] = Field(description="Empty cells of each.")
    units: dict[str, str] = Field(description="Column → currency, percent sign or unit, where the file says it.")
    quality: QualityScore
    losses: list[ColumnLosses] = Field(description="Columns that cost quality, the dearest first.")
    n_losses: int
    findings: list[Finding] = Field(description="What blocks the model comes first.")
    n_findings: int
    n_urgent: int = Field(description="Findings to fix or to decide.")
    suggested_targets: list[TargetSuggestion]
    suggested_problem: ProblemSuggestion | None
    target: str | None
    problem: Problem | None
    problem_reason: str | None
    associations: list[ColumnAssociation] = Field(description="The strongest first.")
    n_associations: int
    gaps: list[ColumnGaps] = Field(description="Columns with empty cells, the emptiest first.")
    n_gaps: int
    target_chart: ChartStory | None
    missing_chart: ChartStory | None
    correlation: Correlation | None
    relations: Relations | None
    not_computed: list[str]


class ColumnPage(BaseModel):
    """Profiles of some columns, in the order they were asked for."""

    columns: list[ColumnProfile]
    offset: int | None = Field(description="Place of the first in the table; null when they were named.")
    total: int = Field(description="Columns of the table.")
