"""What profiling a table gives: everything a page or report shows about a table, nothing left to draw up."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from narrative.engine.checks.base import Finding
from narrative.engine.story.types import ChartStory
from narrative.engine.types import ColumnKind, Problem


class ValueCount(BaseModel):
    model_config = ConfigDict(frozen=True)
    value: str
    count: int
    share: float


class Histogram(BaseModel):
    """Equal-width bins; ``edges`` has one entry more than ``counts``. For times, edges are ISO 8601 text."""

    model_config = ConfigDict(frozen=True)
    edges: list[float] | list[str]
    counts: list[int]


class TimeGaps(BaseModel):
    """Holes in a column of times that otherwise keep a step."""

    model_config = ConfigDict(frozen=True)
    step_seconds: float
    """The most frequent distance between two times that follow each other."""
    n_gaps: int
    """Holes: distances of one and a half steps or more."""
    n_missing: int
    """Steps without a value, over all holes."""
    longest: tuple[str, str] | None = None
    """The times before and after the longest hole."""


class ColumnProfile(ChartStory, BaseModel):
    """Statistics of one column, exact over all rows. Numeric fields are None for kinds they do not suit.

    ``headline``, ``sentence`` and ``facts`` are of the column's chart; ``story.tell_charts`` writes them.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    kind: ColumnKind
    kind_confidence: float
    dtype: str
    count: int
    missing: int
    missing_share: float
    distinct: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: dict[str, float] | None = None
    """Keys "0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99"."""
    skewness: float | None = None
    kurtosis: float | None = None
    """Excess kurtosis: 0 for a normal distribution."""
    median_deviation: float | None = None
    """Median of the absolute deviations from the median, a spread that outliers do not move."""
    zeros: int | None = None
    negatives: int | None = None
    mean_length: float | None = None
    median_length: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    lengths: Histogram | None = None
    """Characters per text cell."""
    patterns: list[ValueCount] = []
    """Most frequent shapes of text cells: A and a stand for letters, 9 for a digit, all else for itself."""
    pattern_rows: int | None = None
    """Cells looked at for ``patterns``; None: all."""
    gaps: TimeGaps | None = None
    """Only for dates and times that keep a step."""
    top_values: list[ValueCount] = []
    histogram: Histogram | None = None
    outliers: int | None = None
    """Numbers outside both 1.5 interquartile ranges and a robust z-score of 3.5; ``outlier_bounds`` are the limits."""
    outlier_bounds: tuple[float, float] | None = None
    stray_spaces: int | None = None
    """Text cells that begin or end with white space."""
    spelling_variants: int | None = None
    """Text cells that differ only in case, spaces or punctuation from a more frequent spelling."""
    numbers_in_text: int | None = None
    """Cells of a text column that are numbers, where most are not (or the other way round): mixed content."""
    target_association: float | None = None
    """0 (none) to 1 (fully determines the target); None without a target. ``association_measure`` names the formula."""
    association_measure: str | None = None
    target_information: float | None = None
    """Share of the target's uncertainty that this column takes away, 0 to 1; numbers in twenty groups of equal size."""
    quality: float
    """0 to 100; the points this column keeps."""
    quality_losses: dict[str, float] = {}
    """Dimension -> points lost."""


class QualityScore(BaseModel):
    """0 to 100 with its formula in words and the value per dimension."""

    model_config = ConfigDict(frozen=True)
    score: float
    dimensions: dict[Literal["completeness", "uniqueness", "validity", "consistency", "plausibility"], float]
    formula: str


class TargetSuggestion(BaseModel):
    model_config = ConfigDict(frozen=True)
    column: str
    problem: Problem
    confidence: float
    reason: str


class ProblemSuggestion(BaseModel):
    """What to do with the table, where nobody has said so; training today does the first three."""

    model_config = ConfigDict(frozen=True)
    problem: Literal["binary", "multiclass", "regression", "forecast", "cluster", "anomaly"]
    target: str | None = None
    time_column: str | None = None
    confidence: float
    reason: str


class Correlation(ChartStory, BaseModel):
    model_config = ConfigDict(frozen=True)
    columns: list[str]
    matrix: list[list[float | None]]
    measure: str = "pearson"
    n_left_out: int = 0
    """Numeric columns beyond the first forty (by association with the target where there is one)."""


class RatioTable(ChartStory, BaseModel):
    """Correlation ratios (0 to 1) of category columns (rows) with number columns; None where too few rows have both."""

    model_config = ConfigDict(frozen=True)
    rows: list[str]
    columns: list[str]
    matrix: list[list[float | None]]
    measure: str = "correlation_ratio"


class Dependency(BaseModel):
    """Each value of ``determines`` goes with one value of ``dependent``, in all rows."""

    model_config = ConfigDict(frozen=True)
    determines: str
    dependent: str


class Relations(BaseModel):
    """How columns go together, apart from the target."""

    model_config = ConfigDict(frozen=True)
    spearman: Correlation | None = None
    """Of the number columns; ranks are taken within each column."""
    categories: Correlation | None = None
    """Bias-corrected Cramér's V of columns of few categories."""
    ratios: RatioTable | None = None
    keys: list[list[str]] = []
    """Columns, or else pairs of columns, that tell all rows apart."""
    dependencies: list[Dependency] = []
    near_duplicate_rows: int = 0
    """Rows that repeat another one but for an identifier, or for case, blanks and punctuation of text."""
    near_duplicate_rows_looked_at: int | None = None
    """None: all."""
    sampled_rows: int | None = None
    """Rows, evenly spread, on which the three measures were computed; None: all. The rest holds for all rows."""


class TableProfile(BaseModel):
    """The profile of a table, with or without a chosen target."""

    model_config = ConfigDict(frozen=True)
    n_rows: int
    n_columns: int
    duplicate_rows: int
    memory_bytes: int
    content_hash: str
    columns: list[ColumnProfile]
    quality: QualityScore
    findings: list[Finding]
    suggested_targets: list[TargetSuggestion]
    """Best first, possibly empty."""
    suggested_problem: ProblemSuggestion | None = None
    target: str | None = None
    problem: Problem | None = None
    problem_reason: str | None = None
    correlation: Correlation | None = None
    relations: Relations | None = None
    target_chart: ChartStory | None = None
    """What the chart of the columns' association with the target shows."""
    missing_chart: ChartStory | None = None
    """What the chart of empty cells per column shows."""
    not_computed: list[str] = []
    """What this table does not allow to compute, in sentences."""

    def column(self, name: str) -> ColumnProfile:
        """The profile of one column; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
