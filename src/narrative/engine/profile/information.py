"""How much of the uncertainty about the target a column takes away."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from narrative.engine.profile.association import category_codes
from narrative.engine.profile.numbers import quantile
from narrative.engine.profile.ordering import runs
from narrative.engine.types import IntArray, Problem

GROUPS: Final = 20
LEAST_ROWS: Final = 20
MOST_CATEGORIES: Final = 0.2
"""With more different values per row, chance alone tells the target."""


def target_information(column: pl.Series, target: pl.Series, problem: Problem) -> float | None:
    """Mutual information of a column and the target as a share of the target's entropy, 0 to 1.

    Numbers and times are put into twenty groups of equal size; missing is a value of its own. None where too few rows
    have a target, or a column of too many categories could tell it by chance.

    Source: H. Theil, "On the estimation of relationships involving qualitative variables" (1970): the uncertainty
    coefficient, with the bias correction of G. Miller, "Note on the bias of information estimates" (1955).
    """
    present = target.is_not_null()
    theirs = _codes(target.filter(present), grouped=problem == "regression")
    own = _codes(column.filter(present), grouped=column.dtype not in (pl.String, pl.Boolean))
    n_rows = len(theirs)
    if n_rows < LEAST_ROWS or len(np.unique(own)) > max(GROUPS + 1, MOST_CATEGORIES * n_rows):
        return None
    table = np.bincount(
        own * (int(theirs.max()) + 1) + theirs, minlength=(int(own.max()) + 1) * (int(theirs.max()) + 1)
    )
    counts = table.reshape(int(own.max()) + 1, int(theirs.max()) + 1).astype(np.float64)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    uncertainty = _entropy(columns)
    if uncertainty <= 0:
        return None
    shared = _entropy(rows) + uncertainty - _entropy(counts.ravel())
    chance = ((rows > 0).sum() - 1) * ((columns > 0).sum() - 1) / (2 * n_rows)
    return float(min(1.0, max(0.0, (shared - chance) / uncertainty)))


def _codes(series: pl.Series, *, grouped: bool) -> IntArray:
    if not grouped or series.n_unique() <= GROUPS:
        return category_codes(series)
    numbers = series.to_physical().cast(pl.Float64)
    ordered = np.sort(numbers.drop_nulls().to_numpy())
    edges, _ = runs(np.array([quantile(ordered, part / GROUPS) for part in range(1, GROUPS)]))
    places = np.searchsorted(edges, numbers.fill_null(0.0).to_numpy(), side="right")
    return np.where(series.is_null().to_numpy(), GROUPS, places).astype(np.int64)


def _entropy(counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
