"""Lines of the source file that the rows of a table came from, as runs: most rows follow each other line by line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl


def line_runs(lines: pl.Series) -> pl.DataFrame:
    """Where lines do not follow each other: ``row`` (from 0) and its ``line`` (from 1), the first row included.

    >>> line_runs(pl.Series([2, 3, 4, 7, 8])).rows()
    [(0, 2), (3, 7)]
    """
    numbers = lines.cast(pl.Int64).to_numpy()
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 2) != 1)
    return pl.DataFrame({"row": starts.astype(np.int64), "line": numbers[starts]})


def lines_at(runs: pl.DataFrame, rows: npt.NDArray[np.uint32]) -> list[int]:
    """The line of each row.

    >>> lines_at(line_runs(pl.Series([2, 3, 4, 7, 8])), np.array([4, 0, 3], dtype=np.uint32))
    [8, 2, 7]
    """
    starts, lines = runs["row"].to_numpy(), runs["line"].to_numpy()
    places = np.searchsorted(starts, rows, "right") - 1
    return [int(line) for line in lines[places] + rows.astype(np.int64) - starts[places]]
