"""Pearson correlation of all pairs of numeric columns, each pair over the rows where both are present."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.profile.types import Correlation
from narrative.engine.tables.stored import StoredTable
from narrative.engine.types import FloatArray

MOST_COLUMNS: Final = 40
CHUNK_ROWS: Final = 20_000
STORED_ROWS: Final = 500_000
"""Rows of a table in its file that are read at a time."""
ROUNDING: Final = 1e-30
"""Square of some ten units in the last place, relative to the square of the mean."""


def correlation_matrix(frame: pl.DataFrame | StoredTable, columns: Sequence[str]) -> Correlation | None:
    """The matrix of the first forty columns given, or None with fewer than two.

    Entries are None where a pair has fewer than three common rows or one side does not vary. Cost: one matrix
    product, four where cells are missing.
    """
    chosen = list(columns[:MOST_COLUMNS])
    if len(chosen) < 2:
        return None
    means = np.asarray([0.0 if mean is None else mean for mean in frame.select(pl.col(chosen).mean()).row(0)])
    has_gaps = any(frame.select(pl.col(chosen).null_count()).row(0))
    matrix = _correlations(_slices(frame, chosen), means, frame.height, has_gaps=has_gaps)
    rounded = [[None if np.isnan(value) else float(np.clip(value, -1.0, 1.0)) for value in row] for row in matrix]
    return Correlation(columns=chosen, matrix=rounded, n_left_out=max(0, len(columns) - MOST_COLUMNS))


def _slices(frame: pl.DataFrame | StoredTable, chosen: list[str]) -> Iterator[pl.DataFrame]:
    """The numbers in pieces that fit the processor's cache."""
    numbers = frame.lazy().select(pl.col(chosen).cast(pl.Float64))
    step = STORED_ROWS if isinstance(frame, StoredTable) else max(1, frame.height)
    for start in range(0, frame.height, step):
        yield from numbers.slice(start, step).collect().iter_slices(CHUNK_ROWS)


def _correlations(
    pieces: Iterator[pl.DataFrame], means: FloatArray, n_rows: int, *, has_gaps: bool
) -> FloatArray:  # fmt: skip
    """Sums over pieces; where cells are missing, each pair has its own mean and n."""
    width = len(means)
    n, sums, squares, products = (np.zeros((width, width)) for _ in range(4))
    room = np.empty((CHUNK_ROWS, width), order="F")  # taken once: fresh memory costs more than the subtraction
    with np.errstate(over="ignore", invalid="ignore"):
        for piece in pieces:
            # Centred by each column's own mean first: the sums stay small, so the subtraction below loses no digits.
            values = np.subtract(piece.to_numpy(), means, out=room[: piece.height])
            if has_gaps:
                mask = (~np.isnan(values)).astype(np.float64)
                values = np.nan_to_num(values)
                n += mask.T @ mask
                sums += values.T @ mask
                squares += (values * values).T @ mask
            products += values.T @ values
        if not has_gaps:
            n[:] = n_rows
            squares[:] = np.diag(products)[:, None]
        with np.errstate(divide="ignore"):
            products -= sums * sums.T / n
            variances = squares - sums * sums / n
    return _scaled(products, variances, n, means)


def _scaled(products: FloatArray, variances: FloatArray, n: FloatArray, means: FloatArray) -> FloatArray:
    """Correlations from sums of products and of squares; NaN where there are too few rows or nothing varies.

    ``variances[i, j]`` is the sum of squares of column i over the rows it shares with column j.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        matrix = products / np.sqrt(variances) / np.sqrt(variances.T)
        # What rounding of the mean leaves behind in a column that does not vary is no variance.
        flat = variances <= ROUNDING * n * np.square(means)[:, None]
    flat |= flat.T
    matrix[flat | (n < 3)] = np.nan
    return np.asarray(matrix)
