"""What exploration without a target gives; every sentence in it was proven against the table."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from narrative.engine.story.types import Fact, Sentence, Story


class LeftOutColumn(BaseModel):
    """A column that took no part, and why."""

    model_config = ConfigDict(frozen=True)
    column: str
    reason: str


class NumberTried(BaseModel):
    """One number of groups: how well apart they stand, and what a table without groups would give."""

    model_config = ConfigDict(frozen=True)
    number: int
    silhouette: float
    """Mean silhouette of the rows looked at, -1 to 1 (Rousseeuw 1987)."""
    expected: float
    """The same of tables with equal columns and equal pairwise relations, but no groups; their mean."""
    stability: float | None = None
    """Of the least stable group: mean overlap (Jaccard) with the groups of resampled rows. None: not asked for."""


class GroupTrait(BaseModel):
    """A column that sets a group apart: the typical number, or the share of one value, inside and outside of it."""

    model_config = ConfigDict(frozen=True)
    column: str
    level: str | None = None
    """The value whose share is told; None for numbers, whose median is told."""
    inside: float
    outside: float
    strength: float
    """Difference in standard deviations of the column (of the share, for a value)."""


class Group(BaseModel):
    """One group of rows that are alike."""

    model_config = ConfigDict(frozen=True)
    number: int
    label: str
    n_rows: int
    share: float
    stability: float
    traits: list[GroupTrait]
    sentences: list[Sentence]
    facts: list[Fact]
    typical_rows: list[int]
    """Rows (from 0) nearest to the centre of the group."""


class GroupPoint(BaseModel):
    """A row on the map of groups."""

    model_config = ConfigDict(frozen=True)
    row: int
    x: float
    y: float
    group: int


class GroupsResult(BaseModel):
    """Groups of rows that are alike, or that there are none that are clear."""

    model_config = ConfigDict(frozen=True)
    is_clear: bool
    """Whether the table has groups: beyond what its columns and their pairwise relations give, and stable."""
    number: int
    """Groups that are told; 0 when none are clear and no number was asked for."""
    n_rows: int
    p_value: float
    """Share of tables without groups that would look at least as grouped as this one (Monte Carlo)."""
    silhouette: float | None
    tried: list[NumberTried]
    groups: list[Group]
    columns_used: list[str]
    left_out: list[LeftOutColumn]
    points: list[GroupPoint]
    axes_share: list[float]
    """Share of the spread of all columns that each of the two axes of the map shows."""
    story: Story
    content_hash: str
    seed: int
    warnings: list[str] = []


class UnusualReason(BaseModel):
    """A column that makes a row unusual: its value and what rows have that are alike in the other columns."""

    model_config = ConfigDict(frozen=True)
    column: str
    value: str
    typical: str
    share: float
    """Part of the row's unusualness that goes when the cell is typical, 0 to 1."""
    sentence: Sentence | None = None


class UnusualRow(BaseModel):
    """One row, the most unusual first."""

    model_config = ConfigDict(frozen=True)
    row: int
    """From 0."""
    line: int | None = None
    """Of the source file."""
    score: float
    """Distance from the nearest other rows, in spreads of the columns."""
    p_value: float
    """Share of rows like those looked at that are at least as unusual."""
    reasons: list[UnusualReason]


class UnusualResult(BaseModel):
    """Rows that are unlike all others."""

    model_config = ConfigDict(frozen=True)
    n_rows: int
    n_reference_rows: int
    compared_with: Literal["itself", "reference"]
    alarm_rate: float
    """Share of rows of a clean table that is listed all the same."""
    n_unusual: int
    rows: list[UnusualRow]
    """The most unusual of them."""
    facts: list[Fact]
    histogram: list[int]
    """Rows by score, in equal bins from ``histogram_from`` to ``histogram_to``."""
    histogram_from: float
    histogram_to: float
    threshold: float
    """Score from which a row is listed."""
    columns_used: list[str]
    left_out: list[LeftOutColumn]
    story: Story
    content_hash: str
    seed: int
    warnings: list[str] = []
