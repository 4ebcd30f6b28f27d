"""A table as numbers for exploration: what takes part, what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import NotApplicable
from narrative.engine.exploration.types import LeftOutColumn
from narrative.engine.profile.kinds import infer_kinds
from narrative.engine.types import NUMERIC_KINDS, ColumnKind, FloatArray

MOST_COLUMNS: Final = 60
MOST_LEVELS: Final = 20
LEAST_ROWS: Final = 20
MOST_EMPTY: Final = 0.5
SKEWED: Final = 1.0
CLIP: Final = 3.0
"""Standard deviations beyond which a number counts as that far: groups are about many rows, not about outliers."""
_REASONS: Final[Mapping[str, str]] = {
    "identifier": "it names rows",
    "text": "it is free text",
    "constant": "it holds one value only",
    "empty": "it is empty",
    "date": "it is a time, and rows would be alike for having happened together",
    "datetime": "it is a time, and rows would be alike for having happened together",
}


@dataclass(frozen=True)
class UsedColumns:
    """Columns that take part, by how they are read, in the order of the table."""

    numbers: list[str]
    categories: list[str]
    left_out: list[LeftOutColumn] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [*self.numbers, *self.categories]


def usable_columns(
    frame: pl.DataFrame, kinds: Mapping[str, ColumnKind] | None = None, columns: Sequence[str] | None = None
) -> UsedColumns:
    """The columns that say something about how alike rows are.

    Args:
        kinds: of the columns, where they are known already.
        columns: only these; None: all.

    Raises:
        NotApplicable: ``too_little_to_explore`` with fewer than 20 rows or two usable columns.
    """
    kinds = kinds or infer_kinds(frame)
    numbers: list[str] = []
    categories: list[str] = []
    left_out: list[LeftOutColumn] = []
    for name in frame.columns:
        reason = _why_not(frame[name], kinds[name], columns)
        if reason is None and len(numbers) + len(categories) >= MOST_COLUMNS:
            reason = f"only {MOST_COLUMNS} columns take part"
        if reason is not None:
            left_out.append(LeftOutColumn(column=name, reason=reason))
        elif kinds[name] in NUMERIC_KINDS:
            numbers.append(name)
        else:
            categories.append(name)
    if frame.height < LEAST_ROWS or len(numbers) + len(categories) < 2:
        raise NotApplicable(
            "too_little_to_explore",
            f"There are {frame.height:,} rows and {len(numbers) + len(categories)} columns of numbers or categories; "
            f"{LEAST_ROWS} rows and two such columns are needed.",
            fix="Add rows, or columns that describe them.",
        )
    return UsedColumns(numbers, categories, left_out)


def _why_not(series: pl.Series, kind: ColumnKind, columns: Sequence[str] | None) -> str | None:
    if columns is not None and series.name not in columns:
        return "it was not chosen"
    if kind in _REASONS:
        return _REASONS[kind]
    if series.null_count() > MOST_EMPTY * len(series):
        return "more than half of it is empty"
    if series.drop_nulls().n_unique() < 2:
        return _REASONS["constant"]
    if kind == "category" and series.drop_nulls().n_unique() > max(MOST_LEVELS, 0.2 * len(series)):
        return "it has too many different values"
    return None


@dataclass(frozen=True)
class Matrix:
    """Rows as points.

    Attributes:
        values: ``n_rows × n_features``; every column of the table has total variance 1, whatever its kind.
        owners: column of the table that each feature belongs to.
    """

    values: FloatArray
    owners: list[str]

    def block(self, column: str) -> FloatArray:
        """The features of one column of the table."""
        return self.values[:, [position for position, owner in enumerate(self.owners) if owner == column]]


def group_matrix(frame: pl.DataFrame, used: UsedColumns) -> Matrix:
    """Numbers scaled (logarithms of skewed ones, extremes drawn in), categories as one feature per frequent value.

    Empty numbers take the median, an empty category none of its values.
    """
    parts: list[FloatArray] = []
    owners: list[str] = []
    for name in used.numbers:
        parts.append(_scaled(frame[name])[:, None])
        owners.append(name)
    for name in used.categories:
        block = _one_hot(frame[name])
        parts.append(block)
        owners += [name] * block.shape[1]
    return Matrix(np.concatenate(parts, axis=1), owners)


def numbers_of(series: pl.Series) -> FloatArray:
    """A column of numbers, missing as NaN."""
    return np.asarray(series.cast(pl.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _scaled(series: pl.Series) -> FloatArray:
    values = numbers_of(series)
    values = np.where(np.isnan(values), np.nanmedian(values), values)
    standard = _standard(values)
    if abs(float((standard**3).mean())) > SKEWED:
        middle = np.median(values)
        unit = float(np.median(np.abs(values - middle))) or float(values.std())
        standard = _standard(np.sign(values - middle) * np.log1p(np.abs(values - middle) / unit))
    return _standard(np.clip(standard, -CLIP, CLIP))


def _standard(values: FloatArray) -> FloatArray:
    spread = float(values.std())
    return np.asarray((values - values.mean()) / (spread if spread > 0 else 1.0), dtype=np.float64)


def levels_of(series: pl.Series) -> list[str]:
    """The most frequent values of a category as text, the most frequent first, ties in alphabetical order."""
    counts = series.cast(pl.String).drop_nulls().alias("value").to_frame().group_by("value").len(name="n")
    ordered = counts.sort(["n", "value"], descending=[True, False])
    return [str(value) for value in ordered["value"].head(MOST_LEVELS).to_list()]


def _one_hot(series: pl.Series) -> FloatArray:
    texts = series.cast(pl.String)
    columns = [(texts == level).fill_null(value=False).cast(pl.Float64).to_numpy() for level in levels_of(series)]
    block = np.asarray(np.stack(columns, axis=1), dtype=np.float64)
    total = float(block.var(axis=0).sum())
    return np.asarray((block - block.mean(axis=0)) / np.sqrt(total if total > 0 else 1.0), dtype=np.float64)
