"""Pearson correlation of all pairs of numeric columns, each pair over the rows where both are present."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.profile.types import Correlation
from narrative.engine.types import FloatArray

MOST_COLUMNS: Final = 40


def correlation_matrix(frame: pl.DataFrame, columns: Sequence[str]) -> Correlation | None:
    """The matrix of the first forty columns given, or None with fewer than two.

    Entries are None where a pair has fewer than three common rows or one side does not vary. Cost: four matrix
    products, whatever is missing.
    """
    chosen = list(columns[:MOST_COLUMNS])
    if len(chosen) < 2:
        return None
    numbers = frame.select(pl.col(chosen).cast(pl.Float64))
    means = numbers.mean().row(0)
    if not numbers.null_count().sum_horizontal().item():
        matrix = _complete(numbers, means)
    else:
        matrix = _pairwise(numbers, means)
    rounded = [[None if np.isnan(value) else float(np.clip(value, -1.0, 1.0)) for value in row] for row in matrix]
    return Correlation(columns=chosen, matrix=rounded, n_left_out=max(0, len(columns) - MOST_COLUMNS))


def _complete(numbers: pl.DataFrame, means: Sequence[float]) -> FloatArray:
    values = numbers.to_numpy() - np.asarray(means)
    products = values.T @ values
    return _scaled(products, np.diag(products), np.diag(products), np.full(products.shape, float(numbers.height)))


def _pairwise(numbers: pl.DataFrame, means: Sequence[float | None]) -> FloatArray:
    # Centred by each column's own mean first: the sums stay small, so the subtraction below loses no digits.
    shift = np.asarray([0.0 if mean is None else mean for mean in means])
    values = numbers.to_numpy() - shift
    mask = (~np.isnan(values)).astype(np.float64)
    values = np.nan_to_num(values)
    n = mask.T @ mask
    sums = values.T @ mask
    squares = (values * values).T @ mask
    with np.errstate(divide="ignore", invalid="ignore"):
        products = values.T @ values - sums * sums.T / n
        variances = squares - sums * sums / n
    return _scaled(products, variances, variances.T, n)


def _scaled(products: FloatArray, rows: FloatArray, columns: FloatArray, n: FloatArray) -> FloatArray:
    if rows.ndim == 1:
        rows, columns = rows[:, None] * np.ones_like(products), columns[None, :] * np.ones_like(products)
    with np.errstate(divide="ignore", invalid="ignore"):
        matrix = products / np.sqrt(rows * columns)
    scale = np.maximum(np.diag(np.atleast_2d(rows))[:, None], 0.0)
    flat = (rows <= 1e-12 * np.maximum(scale, 1e-300)) | (columns <= 1e-12 * np.maximum(scale.T, 1e-300))
    matrix[flat | (n < 3)] = np.nan
    return np.asarray(matrix)
