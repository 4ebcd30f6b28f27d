"""How strongly each column goes together with the target: 0 (not at all) to 1 (fully determines it)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.profile.ordering import runs
from narrative.engine.types import FloatArray, IntArray, Problem

BINS: Final = 4_096
"""Numbers are ranked in at most so many groups of equal values: exact up to that many, else to three digits."""
MOST_CELLS: Final = 20_000_000
FEW_CATEGORIES: Final = 50
MOST_CATEGORIES: Final = 0.5
"""A column in which more than this share of rows differ is told apart by everything; no measure means anything."""

SPEARMAN: Final = "absolute Spearman rank correlation"
SEPARATION: Final = "class separation: mean of |2·AUC - 1| over pairs of classes"
CRAMER: Final = "Cramér's V with bias correction"
RATIO: Final = "correlation ratio with bias correction"
PRESENCE: Final = "Cramér's V of the value being there or missing"
PRESENCE_NUMBER: Final = "absolute rank correlation with the value being there or missing"


@dataclass(frozen=True)
class Association:
    """Strength from 0 to 1 and the name of its formula."""

    value: float
    measure: str


@dataclass(frozen=True)
class TargetCodes:
    """The target of the rows that have one: class indices, or group numbers of its ordered values."""

    present: np.ndarray[tuple[int], np.dtype[np.bool_]]
    codes: IntArray
    n_codes: int
    values: FloatArray | None
    """Values for regression, None for classes."""


def target_codes(series: pl.Series, problem: Problem) -> TargetCodes:
    """Prepare a target once for all columns."""
    present = series.is_not_null().to_numpy()
    kept = series.drop_nulls()
    if problem == "regression":
        values = kept.cast(pl.Float64).to_numpy()
        codes = rank_groups(values, np.sort(values))
        return TargetCodes(present, codes, int(codes.max()) + 1, values)
    codes = category_codes(kept)
    return TargetCodes(present, codes, int(codes.max()) + 1, None)


def rank_groups(values: FloatArray, ordered: FloatArray) -> IntArray:
    """Group number of each value in ascending order, 0 to at most 4,095; equal values share a group.

    Args:
        ordered: the same values (or more) in ascending order.
    """
    edges, _ = runs(ordered)
    if len(edges) > BINS:
        edges, _ = runs(ordered[np.linspace(0, len(ordered) - 1, BINS).astype(np.int64)])
    return np.searchsorted(edges[1:], values, side="right").astype(np.int64)


def category_codes(series: pl.Series) -> IntArray:
    """0, 1, … for different values in ascending order; missing is a value of its own and comes last."""
    present = series.drop_nulls() if series.null_count() else series
    if series.dtype == pl.String:
        names = present.unique().sort()
        found, n_names = present.cast(pl.Enum(names)).to_physical().to_numpy(), len(names)
    else:
        different, found = np.unique(present.to_physical().to_numpy(), return_inverse=True)
        n_names = len(different)
    if len(present) == len(series):
        return np.asarray(found, dtype=np.int64)
    codes = np.full(len(series), n_names, dtype=np.int64)
    codes[series.is_not_null().to_numpy()] = found
    return codes


def association(
    series: pl.Series, ordered: FloatArray | None, target: TargetCodes, distinct: int | None = None
) -> Association | None:
    """The stronger of: the values against the target, and their mere presence against the target.

    Args:
        series: the column, all rows.
        ordered: its sorted present values for numbers and times, None for everything else.
        distinct: its different values, when already counted.

    Returns None where nothing can be said (one value, too many categories, no rows).
    """
    usable = series.filter(pl.Series(target.present))
    if usable.is_empty() or usable.null_count() == len(usable):
        return None
    if ordered is not None:
        own = _of_numbers(usable, ordered, target)
    elif distinct is not None and _too_many(distinct, len(usable)):
        own = None
    else:
        own = _of_categories(usable, target)
    presence = _of_presence(usable, target)
    found = [item for item in (own, presence) if item is not None]
    return max(found, key=lambda item: item.value) if found else None


def _of_numbers(usable: pl.Series, ordered: FloatArray, target: TargetCodes) -> Association | None:
    physical = usable.to_physical() if usable.dtype.is_temporal() else usable
    here = usable.is_not_null().to_numpy()
    values = physical.drop_nulls().cast(pl.Float64).to_numpy()
    if len(values) < 3 or ordered[0] == ordered[-1]:
        return None
    groups, codes = rank_groups(values, ordered), target.codes[here]
    if target.values is not None:
        return Association(spearman(groups, codes), SPEARMAN)
    return Association(separation(groups, codes, target.n_codes), SEPARATION)


def _of_categories(usable: pl.Series, target: TargetCodes) -> Association | None:
    codes = category_codes(usable)
    n_codes = int(codes.max()) + 1
    if n_codes < 2 or _too_many(n_codes, len(codes)):
        return None
    if target.values is not None:
        return Association(correlation_ratio(codes, n_codes, target.values), RATIO)
    if n_codes * target.n_codes > MOST_CELLS:
        return None
    return Association(cramers_v(codes, n_codes, target.codes, target.n_codes), CRAMER)


def _too_many(n_categories: int, n_rows: int) -> bool:
    return n_categories > max(MOST_CATEGORIES * n_rows, FEW_CATEGORIES)


def _of_presence(usable: pl.Series, target: TargetCodes) -> Association | None:
    here = usable.is_not_null().to_numpy().astype(np.int64)
    if here.all() or (usable.dtype == pl.String and target.values is None):
        return None  # for categories against classes, missing is already one of the categories
    if target.values is not None:
        return Association(spearman(here, target.codes), PRESENCE_NUMBER)
    return Association(cramers_v(here, 2, target.codes, target.n_codes), PRESENCE)


def spearman(groups: IntArray, others: IntArray) -> float:
    """Absolute Pearson correlation of mid-ranks. Source: C. Spearman (1904); ties take their mean rank."""
    a, b = _mid_ranks(groups), _mid_ranks(others)
    a, b = a - a.mean(), b - b.mean()
    # Scalar products of this length would wake other threads, which then wait for more work.
    spread = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return min(1.0, abs(float((a * b).sum())) / spread) if spread > 0 else 0.0


def _mid_ranks(groups: IntArray) -> FloatArray:
    counts = np.bincount(groups)
    ends = np.cumsum(counts)
    middle = ends - (counts - 1) / 2.0
    return np.asarray(middle[groups], dtype=np.float64)


def separation(groups: IntArray, classes: IntArray, n_classes: int) -> float:
    """Mean of |2·AUC - 1| over all pairs of classes: 1 when the ordered values keep every pair fully apart.

    Source: D. Hand, R. Till, "A simple generalisation of the area under the ROC curve for multiple class
    classification problems", Machine Learning 45 (2001), with each pair's AUC turned to its better side.
    """
    table = _contingency(groups, int(groups.max()) + 1, classes, n_classes)
    table = table[:, table.sum(axis=0) > 0]
    totals = table.sum(axis=0)
    if len(totals) < 2:
        return 0.0
    below = np.cumsum(table, axis=0) - table
    wins = table.T @ (below + 0.5 * table)
    auc = wins / np.outer(totals, totals)
    first, second = np.triu_indices(len(totals), k=1)
    return float(np.abs(2.0 * auc[first, second] - 1.0).mean())


def cramers_v(codes: IntArray, n_codes: int, others: IntArray, n_others: int) -> float:
    """Bias-corrected Cramér's V.

    Source: W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", Journal of the Korean Statistical
    Society 42 (2013).
    """
    table = _contingency(codes, n_codes, others, n_others)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n = table.sum()
    r, k = table.shape
    if min(r, k) < 2 or n < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi2 = float(((table - expected) ** 2 / expected).sum() / n)
    phi2 = max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1))
    r_corrected, k_corrected = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    smaller = min(r_corrected, k_corrected) - 1
    return float(min(1.0, np.sqrt(phi2 / smaller))) if smaller > 0 else 0.0


def correlation_ratio(codes: IntArray, n_codes: int, values: FloatArray) -> float:
    """Root of the share of the target's variance that lies between categories, corrected for their number.

    Source: T. L. Kelley, "An unbiased correlation ratio measure", PNAS 21 (1935): epsilon squared.
    """
    n = len(values)
    counts = np.bincount(codes, minlength=n_codes)
    used = counts > 0
    k = int(used.sum())
    with np.errstate(over="ignore", invalid="ignore"):
        centred = values - values.mean()
        total = float(np.square(centred).sum())  # a scalar product of this length would wake other threads
    if not 0 < total < np.inf or n <= k or k < 2:
        return 0.0
    sums = np.bincount(codes, weights=centred, minlength=n_codes)[used]
    within = total - float((sums**2 / counts[used]).sum())
    unexplained = within / (n - k) / (total / (n - 1))
    return float(np.sqrt(min(1.0, max(0.0, 1.0 - unexplained))))


def _contingency(rows: IntArray, n_rows: int, columns: IntArray, n_columns: int) -> FloatArray:
    flat = np.bincount(rows * n_columns + columns, minlength=n_rows * n_columns)
    return flat.reshape(n_rows, n_columns).astype(np.float64)
