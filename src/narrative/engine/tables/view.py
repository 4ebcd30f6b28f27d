"""A stored table filtered and sorted: which rows are seen in which order, and any page of them.

Only the columns that filters and order name are read to find the rows, in pieces; a page reads the columns it shows.
What is kept between pages is one number per row that is seen, for the few views looked at last.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.core.errors import LimitExceeded
from narrative.engine.tables.filters import Filter, column_type, rows_that_fit

MOST_SORTED: Final = 20_000_000
"""Rows that are put in order while one waits; more would need the memory of the server for one request."""
MOST_SORTED_BYTES: Final = 250_000_000
"""Text that is put in order while one waits: about one and a half times as much is held in memory (measured)."""
UNNOTICED_BYTES: Final = 16_000_000
"""What is sorted in a moment and so needs no place among the sorts that run at the same time."""
BYTES_PER_CELL: Final = 16
"""Of a number, or of what refers to a text."""
KEPT_BYTES: Final = 64_000_000
ROW: Final = "\x00row"
"""Column of row positions; no file can name one so."""
EVERY: Final = slice(None)
Positions = npt.NDArray[np.uint32]
Hold = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class View:
    """Filters and order of a table.

    ``sort`` is a column: rows without a value there come last either way, and ties keep the order of the table.
    """

    filters: tuple[Filter, ...] = ()
    sort: str | None = None
    descending: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it shows all rows as they are stored."""
        return not self.filters and self.sort is None

    @property
    def key(self) -> str:
        """Equal for views that show the same."""
        return f"{[asked.model_dump_json() for asked in self.filters]} {self.sort!r} {self.descending}"


@dataclass(frozen=True)
class Page:
    """Rows of a view: cells by column, the position of each row in the table (from 0), and how many the view has."""

    frame: pl.DataFrame
    positions: Positions
    total: int


class Views:
    """Pages of stored tables under filters and orders, with the positions of the views that were looked at last."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[tuple[str, str], Positions] = OrderedDict()
        self._lock = threading.Lock()

    def page(
        self, path: Path, view: View, offset: int, limit: int, columns: slice = EVERY, *, hold: Hold = nullcontext
    ) -> Page:
        """The rows from ``offset`` on.

        Args:
            path: a Parquet file whose name tells its content (the content never changes under one name).
            columns: which of the columns, in the order of the table.
            hold: a place that a sort holds while it runs; may refuse. What was sorted before needs none.

        Raises:
            InvalidInput: ``column_not_found``, ``filter_unfit``.
            LimitExceeded: ``too_many_rows_to_sort``, ``too_much_text_to_sort``.
        """
        scan = pl.scan_parquet(path)
        names = scan.collect_schema().names()[columns]
        if view.is_plain:
            frame = scan.select(names).slice(offset, limit).collect()
            total = int(scan.select(pl.len()).collect().item())
            return Page(frame, np.arange(offset, offset + frame.height, dtype=np.uint32), total)
        positions = self._positions(path, view, scan, hold)
        wanted = positions[offset : offset + limit]
        return Page(_rows_at(scan.select(names), wanted), wanted, len(positions))

    def _positions(self, path: Path, view: View, scan: pl.LazyFrame, hold: Hold) -> Positions:
        key = (str(path), view.key)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        found = positions_of(scan, view, hold)
        with self._lock:
            self._kept[key] = found
            while self._kept and sum(item.nbytes for item in self._kept.values()) > self._kept_bytes:
                self._kept.popitem(last=False)
        return found


def positions_of(scan: pl.LazyFrame, view: View, hold: Hold = nullcontext) -> Positions:
    """Positions (from 0) of the rows a view shows, in its order; a sort that is felt takes place inside ``hold``."""
    schema = scan.collect_schema()
    fit = rows_that_fit(view.filters, schema)
    rows = scan.with_row_index(ROW)
    if fit is not None:
        rows = rows.filter(fit)
    if view.sort is None:
        return rows.select(ROW).collect(engine="streaming")[ROW].to_numpy()
    dtype = column_type(view.sort, schema)
    cell = pl.col(view.sort)
    # Capital letters do not come before small ones: people look for a word, not for its code.
    order = cell.str.to_lowercase() if dtype == pl.String else cell.fill_nan(None) if dtype.is_float() else cell
    n_bytes = _bytes_to_sort(rows, cell, is_text=dtype == pl.String)
    with hold() if n_bytes > UNNOTICED_BYTES else nullcontext():
        table = rows.select(ROW, order.alias("order")).collect(engine="streaming")
        ordered = table.sort("order", descending=view.descending, nulls_last=True, maintain_order=True)
        return ordered[ROW].to_numpy()


def _bytes_to_sort(rows: pl.LazyFrame, cell: pl.Expr, *, is_text: bool) -> int:
    """About what the cells take in memory. Raises ``LimitExceeded`` when that is too much.

    Text is measured, in pieces: the sizes that a Parquet file notes are those of its dictionaries, and a text that
    stands in a million rows counts once there but a million times in memory.
    """
    n_text = cell.str.len_bytes().cast(pl.UInt64).sum() if is_text else pl.lit(0, pl.UInt64)
    measured = rows.select(pl.len().alias("rows"), n_text.alias("text")).collect(engine="streaming")
    n_rows, n_bytes = int(measured["rows"].item()), int(measured["text"].item())
    if n_rows > MOST_SORTED:
        raise LimitExceeded(
            "too_many_rows_to_sort",
            f"There are {n_rows:,} rows to put in order; {MOST_SORTED:,} can be while you wait.",
            fix="Filter the rows first, then sort.",
            limit=MOST_SORTED,
            value=n_rows,
        )
    if n_bytes > MOST_SORTED_BYTES:
        raise LimitExceeded(
            "too_much_text_to_sort",
            f"The texts to put in order are {n_bytes:,} bytes long; {MOST_SORTED_BYTES:,} can be while you wait.",
            fix="Filter the rows first, then sort, or sort by another column.",
            limit=MOST_SORTED_BYTES,
            value=n_bytes,
            unit="bytes",
        )
    return n_bytes + n_rows * BYTES_PER_CELL


def _rows_at(scan: pl.LazyFrame, positions: Positions) -> pl.DataFrame:
    """The rows at these positions, in their order; reads no more of the table than the parts that hold them."""
    if len(positions) == 0:
        return scan.head(0).collect()
    low, high = int(positions.min()), int(positions.max())
    wanted = pl.Series(ROW, positions - np.uint32(low), dtype=pl.UInt32)
    near = scan.slice(low, high - low + 1).with_row_index(ROW)
    found = near.filter(pl.col(ROW).is_in(wanted.implode())).collect(engine="streaming")
    order: Any = wanted.to_frame().join(found, on=ROW, how="left", maintain_order="left")
    return pl.DataFrame(order.drop(ROW))
