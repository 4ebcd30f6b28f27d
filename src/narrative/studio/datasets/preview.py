"""Any page of a stored table as JSON-safe rows, read lazily: only the parts of the file that hold them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from narrative.engine.types import ColumnKind

if TYPE_CHECKING:
    import polars as pl

MAX_PREVIEW_ROWS: Final = 500
SAFE_INTEGER: Final = 2**53
TEXT_CHARACTERS: Final = 1_000
Cell = str | float | int | bool | None


@dataclass(frozen=True)
class Rows:
    """Some rows of a table: storage type and kind per column, JSON-safe cells, and how many rows there are in all."""

    dtypes: dict[str, str]
    kinds: dict[str, ColumnKind]
    cells: list[list[Cell]]
    total: int


def read_rows(path: Path, offset: int, limit: int) -> tuple[dict[str, str], list[list[Cell]]]:
    """Column name → storage type, and the rows from ``offset`` on, each cell JSON-safe."""
    import polars as pl

    frame = pl.scan_parquet(path).slice(offset, limit).collect()
    return {name: str(dtype) for name, dtype in frame.schema.items()}, rows_of(frame)


def rows_of(frame: pl.DataFrame) -> list[list[Cell]]:
    """The cells of a small frame, row by row."""
    return [[cell_of(value) for value in row] for row in frame.iter_rows()]


def cell_of(value: Any) -> Cell:
    """Missing as null, times as ISO 8601 text, integers a browser cannot hold as text, long text cut.

    >>> cell_of(2**60)
    '1152921504606846976'
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value if len(value) <= TEXT_CHARACTERS else value[: TEXT_CHARACTERS - 1] + "…"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
