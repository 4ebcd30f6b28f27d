"""What holds on a sample of the rows, proven on all of them a piece at a time.

Telling apart all rows of a large table at once would take many times the memory of the columns it is about. Hashes
take eight bytes a row, and most claims that are wrong fail on the first piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.engine.tables.stored import StoredTable, pieces_of

MOST_COMPARED: Final = 1_000
"""Different hashes that occur more than once whose rows are compared cell by cell."""


def row_hashes(table: pl.DataFrame | StoredTable, names: Sequence[str] | None = None) -> npt.NDArray[np.uint64]:
    """One 64-bit number per row; rows with equal cells have equal ones."""
    hashes = np.empty(table.height, dtype=np.uint64)
    start = 0
    for piece in pieces_of(table, names):
        hashes[start : start + piece.height] = piece.hash_rows().to_numpy()
        start += piece.height
    return hashes


def tells_apart(table: pl.DataFrame | StoredTable, names: Sequence[str]) -> bool:
    """Whether no two rows are alike in these columns; a missing value is a value of its own.

    Rows of equal hashes are compared cell by cell, so that chance decides nothing.
    """
    first = next(pieces_of(table, names), None)
    if first is None or first.n_unique() < first.height:
        return first is None
    if first.height == table.height:
        return True
    hashes = row_hashes(table, names)
    ordered = np.sort(hashes)
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])[:MOST_COMPARED]
    if not len(repeated):
        return True
    del ordered
    wanted, start, found = pl.Series(repeated).implode(), 0, []
    for piece in pieces_of(table, names):
        own = pl.Series(hashes[start : start + piece.height])
        found.append(piece.filter(own.is_in(wanted)))
        start += piece.height
    rows = pl.concat(found)
    return rows.n_unique() == rows.height


def determines(table: pl.DataFrame | StoredTable, one: str, other: str) -> bool:
    """Whether each value of a column always goes with the same value of another; missing is a value of its own."""
    seen: pl.DataFrame | None = None
    for piece in pieces_of(table, [one, other]):
        pairs = piece.unique()
        seen = pairs if seen is None else pl.concat([seen, pairs]).unique()
        if seen[one].n_unique() < seen.height:
            return False
    return True
