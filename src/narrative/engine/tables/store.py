"""A file of any size into a Parquet file and an account of it, without holding a large one in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from narrative.core.errors import LimitExceeded
from narrative.engine.children import ChildLimits, run_child
from narrative.engine.tables.magic import look
from narrative.engine.tables.read import DEFAULT_LIMITS, DEFAULT_OPTIONS
from narrative.engine.tables.stored import StoredTable
from narrative.engine.tables.types import ImportReport, ReadLimits, ReadOptions

RESERVED_BYTES = 2 * 1024**3
SECONDS_PER_GIGABYTE = 240.0
MOST_CELLS_IN_MEMORY = 100_000_000
MOST_WHOLE = 8
"""Memory that reading a text as a whole may take, in sizes of the text: many short texts in a row weigh most. Larger
files are read in pieces."""
LEAST_WHOLE = 3
"""Memory that it takes at best. A file that pieces cannot give is read as a whole where this much is there."""


@dataclass(frozen=True)
class ImportedTable:
    """A table in its Parquet file, and how it came there."""

    table: StoredTable
    report: ImportReport


def is_large(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> bool:
    """Whether a file is delimited text of more bytes than can surely be read as a whole."""
    return path.stat().st_size * MOST_WHOLE > limits.memory_bytes and look(path)[0] == "text"


def address_space(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> int:
    """Bytes of address space that importing a file may take: the memory allowed, and more for a large one.

    Mapped files and what threads set aside count as address space, though they take no memory from others.
    """
    return limits.memory_bytes + (RESERVED_BYTES + 2 * path.stat().st_size if is_large(path, limits) else 0)


def read_in_pieces(
    path: Path, out: Path, *, name: str | None = None, options: ReadOptions, limits: ReadLimits
) -> ImportedTable | None:
    """What :func:`store_large_table` gives; None for a file that has to be, and may be, read as a whole.

    Raises:
        InvalidInput, LimitExceeded: as :func:`store_large_table`.
    """
    try:
        return store_large_table(path, out, name=name, options=options, limits=limits)
    except LimitExceeded as error:
        if error.context.get("only_whole") and path.stat().st_size * LEAST_WHOLE <= limits.memory_bytes:
            return None
        raise


def open_table(path: Path) -> pl.DataFrame | StoredTable:
    """The table of a Parquet file of ours: in memory, or in its file where it has too many cells for that."""
    table = StoredTable(path)
    return table if table.height * table.width > MOST_CELLS_IN_MEMORY else pl.read_parquet(path)


def store_large_table(
    path: Path,
    out: Path,
    *,
    name: str | None = None,
    options: ReadOptions = DEFAULT_OPTIONS,
    limits: ReadLimits = DEFAULT_LIMITS,
    should_stop: Callable[[], bool] | None = None,
    threads: int = 2,
) -> ImportedTable:
    """Read delimited text that :func:`is_large` in pieces into the Parquet file ``out``.

    Space for twice the text is needed next to ``out`` while it is written.

    Raises:
        InvalidInput: ``header_only``, ``mostly_bad_rows``.
        LimitExceeded: ``upload_too_complex``: too little time, or a kind of text that only memory can read.
    """
    seconds = SECONDS_PER_GIGABYTE * path.stat().st_size / 1e9
    with tempfile.TemporaryDirectory(prefix="narrative-read-", dir=out.parent) as folder:
        answer = run_child(
            "narrative.engine.tables.large:store_large",
            {
                "path": str(path.resolve()),
                "name": name or path.name,
                "out": str(out.resolve()),
                "folder": folder,
                "options": options.model_dump(),
                "limits": limits.model_dump(),
            },
            limits=ChildLimits(
                memory_bytes=address_space(path, limits),
                cpu_seconds=int(max(limits.cpu_seconds, seconds)),
                wall_seconds=max(limits.wall_seconds, seconds),
                threads=threads,
            ),
            should_stop=should_stop,
        )
    return ImportedTable(StoredTable(out), ImportReport.model_validate(answer["report"]))
