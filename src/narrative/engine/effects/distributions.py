"""A column before and after steps: which cells changed, both distributions on the same bins, and one sentence."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import polars as pl

from narrative.engine.checks._wording import counted
from narrative.engine.effects.types import ColumnChange, Distribution
from narrative.engine.profile.types import ValueCount
from narrative.engine.story.wording import format_decimal
from narrative.engine.types import FloatArray

BINS: Final = 20
MOST_VALUES: Final = 8
LONGEST_VALUE: Final = 60


def is_same(old: pl.Series, new: pl.Series) -> pl.Series:
    """Row by row, whether a value stayed what it was; numbers of any width compare as numbers, the rest as text."""
    if old.dtype != new.dtype:
        both_numbers = old.dtype.is_numeric() and new.dtype.is_numeric()
        old, new = (series.cast(pl.Float64 if both_numbers else pl.String) for series in (old, new))
    return old.eq_missing(new)


def column_change(
    name: str,
    before: pl.Series | None,
    after: pl.Series | None,
    cells_changed: int,
) -> ColumnChange:
    """What became of a column.

    Args:
        before: its values in all rows looked at; None when it is new.
        after: its values in the rows that stay; None when it is gone.
        cells_changed: of the rows that stay.
    """
    change: Literal["added", "removed", "changed"] = (
        "added" if before is None else "removed" if after is None else "changed"
    )
    edges = _edges([series for series in (before, after) if series is not None])
    old, new = _distribution(before, edges), _distribution(after, edges)
    return ColumnChange(
        column=name,
        change=change,
        cells_changed=cells_changed,
        edges=None if edges is None else edges.tolist(),
        before=old,
        after=new,
        sentence=_sentence(old, new, cells_changed),
    )


def _edges(series: list[pl.Series]) -> FloatArray | None:
    """Equal bins over both; None when they are no numbers, or there is nothing to bin."""
    if not all(one.dtype.is_numeric() for one in series):
        return None
    bounds = [bound for one in series for bound in (one.min(), one.max()) if isinstance(bound, int | float)]
    if not bounds:
        return None
    low, high = float(min(bounds)), float(max(bounds))
    if not (np.isfinite(low) and np.isfinite(high)):
        return None
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    return edges if bool((np.diff(edges) > 0).all()) else None


def _distribution(series: pl.Series | None, edges: FloatArray | None) -> Distribution | None:
    if series is None:
        return None
    present = series.drop_nulls()
    n, missing = len(series), len(series) - len(present)
    if series.dtype.is_numeric():
        return _of_numbers(present.cast(pl.Float64).to_numpy(), n, missing, edges)
    tops = present.cast(pl.String).value_counts(name="rows").sort(["rows", series.name], descending=[True, False])
    values = [
        ValueCount(value=_short(value), count=count, share=count / n) for value, count in tops.head(MOST_VALUES).rows()
    ]
    return Distribution(n=n, missing=missing, distinct=tops.height, values=values)


def _of_numbers(numbers: FloatArray, n: int, missing: int, edges: FloatArray | None) -> Distribution:
    if not len(numbers):
        return Distribution(n=n, missing=missing)
    mean, low, high = float(numbers.mean()), float(numbers.min()), float(numbers.max())
    counts = None if edges is None else np.histogram(numbers, BINS, (edges[0], edges[-1]))[0].tolist()
    bounds = (low, high) if np.isfinite(low) and np.isfinite(high) else None
    return Distribution(n=n, missing=missing, mean=mean if np.isfinite(mean) else None, bounds=bounds, counts=counts)


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"


def _sentence(before: Distribution | None, after: Distribution | None, cells: int) -> str:
    if after is None:
        return "This column is gone."
    if before is None:
        return f"New: {_values(after)}, {_empty(after.missing)}."
    parts = [f"{counted(cells, 'cell')} changed"]
    if before.missing != after.missing:
        parts.append(f"empty cells go from {before.missing:,} to {after.missing:,}")
    if before.mean is not None and after.mean is not None:
        if format_decimal(before.mean) != format_decimal(after.mean):
            parts.append(f"the mean from {format_decimal(before.mean)} to {format_decimal(after.mean)}")
    elif before.distinct is not None and after.distinct is not None and before.distinct != after.distinct:
        parts.append(f"different values from {before.distinct:,} to {after.distinct:,}")
    return f"{', '.join(parts)}."


def _values(made: Distribution) -> str:
    if made.bounds is not None:
        return f"values from {format_decimal(made.bounds[0])} to {format_decimal(made.bounds[1])}"
    return counted(made.distinct or 0, "value")


def _empty(missing: int) -> str:
    return "no empty cell" if missing == 0 else counted(missing, "empty cell")
