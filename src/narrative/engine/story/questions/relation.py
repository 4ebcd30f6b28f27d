"""How strongly two columns go together: one number for each pair of kinds."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl

Method = Literal["pearson", "correlation_ratio", "cramers_v"]


def method_for(left_is_number: bool, right_is_number: bool) -> Method:
    """Pearson for two numbers, the correlation ratio for a number and a category, Cramér's V for two categories."""
    if left_is_number and right_is_number:
        return "pearson"
    return "correlation_ratio" if left_is_number or right_is_number else "cramers_v"


def related(left: pl.Series, right: pl.Series, method: str) -> float | None:
    """The measure over rows in which both are filled; None where it is not defined (a column of one value).

    Sources: Pearson (1895); the correlation ratio eta = sqrt(between / total sum of squares), R. A. Fisher (1925);
    V = sqrt(chi² / (n · (min(rows, columns) - 1))), H. Cramér (1946).
    """
    if len(left) < 2:
        return None
    if method == "pearson":
        value = _pearson(left, right)
    elif method == "correlation_ratio":
        number, group = (left, right) if left.dtype.is_numeric() else (right, left)
        value = _correlation_ratio(number, group)
    else:
        value = _cramers_v(left, right)
    return value if value is not None and np.isfinite(value) else None


def _pearson(left: pl.Series, right: pl.Series) -> float | None:
    x, y = left.cast(pl.Float64).to_numpy(), right.cast(pl.Float64).to_numpy()
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known] - x[known].mean(), y[known] - y[known].mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else None


def _correlation_ratio(number: pl.Series, group: pl.Series) -> float | None:
    table = pl.DataFrame({"x": number.cast(pl.Float64), "g": group.cast(pl.String)}).drop_nans("x")
    total = float(((table["x"] - table["x"].mean()) ** 2).sum())
    means = table.group_by("g").agg(n=pl.len(), mean=pl.col("x").mean())
    between = float((means["n"] * (means["mean"] - table["x"].mean()) ** 2).sum())
    return float(np.sqrt(min(1.0, between / total))) if total > 0 else None


def _cramers_v(left: pl.Series, right: pl.Series) -> float | None:
    table = pl.DataFrame({"a": left.cast(pl.String), "b": right.cast(pl.String)})
    counts = table.group_by("a", "b").len().pivot(on="b", index="a", values="len").drop("a").fill_null(0).to_numpy()
    observed = counts.astype(np.float64)
    n, smaller = observed.sum(), min(observed.shape) - 1
    if smaller < 1:
        return None
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0, keepdims=True) / n
    return float(np.sqrt(((observed - expected) ** 2 / expected).sum() / (n * smaller)))
