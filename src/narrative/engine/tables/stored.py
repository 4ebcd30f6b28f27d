"""A table in a Parquet file that answers like a frame without ever being in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import polars as pl

BLOCK_ROWS: Final = 1_000
"""Rows that are read together when one is asked for."""
PIECE_ROWS: Final = 250_000
"""Rows of a pass over all of them; as many as a row group of our files has."""


class StoredTable:
    """Columns of a canonical table, each read when it is asked for and forgotten afterwards.

    It has the part of Polars' frame that profiling and story-telling use: sizes, names, types, single columns,
    expressions over all rows (streamed) and slices.
    """

    def __init__(self, path: Path, columns: Sequence[str] | None = None) -> None:
        """The table of a file, or some columns of it."""
        self._scan = pl.scan_parquet(path)
        if columns is not None:
            self._scan = self._scan.select(columns)
        self._block, self._block_start = pl.DataFrame(), 0
        self.schema = self._scan.collect_schema()
        self.columns = self.schema.names()
        self.height = int(self._scan.select(pl.len()).collect().item())
        self.width = len(self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    def __len__(self) -> int:
        return self.height

    def __iter__(self) -> Iterator[pl.Series]:
        return (self[name] for name in self.columns)

    def __getitem__(self, name: str) -> pl.Series:
        return self._scan.select(pl.col(name)).collect().to_series()

    def get_column(self, name: str) -> pl.Series:
        """One column, all rows."""
        return self[name]

    def row(self, index: int) -> tuple[Any, ...]:
        """The cells of one row; its neighbours are read with it."""
        if not self._block_start <= index < self._block_start + self._block.height:
            self._block_start = max(0, index + 1 - BLOCK_ROWS)
            self._block = self._scan.slice(self._block_start, BLOCK_ROWS).collect()
        return self._block.row(index - self._block_start)

    def lazy(self) -> pl.LazyFrame:
        """The table as a query that reads what it needs."""
        return self._scan

    def select(self, *expressions: Any, **named: Any) -> pl.DataFrame:
        """The result of expressions over all rows, computed in pieces."""
        return self._scan.select(*expressions, **named).collect(engine="streaming")

    def filter(self, *predicates: Any) -> pl.DataFrame:
        """The rows that fit."""
        return self._scan.filter(*predicates).collect(engine="streaming")

    def head(self, n: int = 5) -> pl.DataFrame:
        """The first rows."""
        return self._scan.head(n).collect()

    def iter_slices(self, n_rows: int = 10_000) -> Iterator[pl.DataFrame]:
        """The rows in order, some at a time."""
        for start in range(0, self.height, n_rows):
            yield self._scan.slice(start, n_rows).collect()

    def as_frame(self) -> pl.DataFrame:
        """The same object under the type of a frame, for functions that use no more of it than this class has."""
        return cast("pl.DataFrame", self)


def pieces_of(table: pl.DataFrame | StoredTable, names: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """All rows in order, some at a time: of the columns with these names, or of all."""
    rows = table.lazy() if names is None else table.lazy().select(names)
    for start in range(0, table.height, PIECE_ROWS):
        yield rows.slice(start, PIECE_ROWS).collect()


def every_row(
    table: pl.DataFrame | StoredTable, step: int, names: Sequence[str] | None = None
) -> pl.DataFrame:  # fmt: skip
    """The first row and each ``step`` rows after it, of the columns with these names, or of all.

    A query for them would hold all rows of the columns at once.
    """
    if not isinstance(table, StoredTable):
        places = pl.int_range(0, table.height, step, eager=True)
        return table.select((pl.all() if names is None else pl.col(names)).gather(places))
    chosen, start = [table.lazy().select(names or table.columns).head(0).collect()], 0
    for piece in pieces_of(table, names):
        chosen.append(piece.gather_every(step, -start % step))
        start += piece.height
    return pl.concat(chosen)
