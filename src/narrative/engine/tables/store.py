"""A file of any size into a Parquet file and an account of it, without holding a large one in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from narrative.engine.children import ChildLimits, run_child
from narrative.engine.tables.magic import look
from narrative.engine.tables.read import DEFAULT_LIMITS, DEFAULT_OPTIONS
from narrative.engine.tables.stored import StoredTable
from narrative.engine.tables.types import ImportReport, ReadLimits, ReadOptions

RESERVED_BYTES = 2 * 1024**3
TEXT_FACTOR = 3
"""Memory that reading a text as a whole takes, in sizes of the text."""


@dataclass(frozen=True)
class ImportedTable:
    """A table in its Parquet file, and how it came there."""

    table: StoredTable
    report: ImportReport


def is_large(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> bool:
    """Whether a file is delimited text of more bytes than can be read as a whole."""
    return path.stat().st_size * TEXT_FACTOR > limits.memory_bytes and look(path)[0] == "text"


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
        LimitExceeded: ``upload_too_complex``: too many cells, too little time, or a kind of text that only memory can
            read.
    """
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
            # Mapped files and what threads set aside count as address space, though they take no memory from others.
            limits=ChildLimits(
                memory_bytes=limits.memory_bytes + RESERVED_BYTES + 2 * path.stat().st_size,
                cpu_seconds=limits.cpu_seconds,
                wall_seconds=limits.wall_seconds,
                threads=threads,
            ),
            should_stop=should_stop,
        )
    return ImportedTable(StoredTable(out), ImportReport.model_validate(answer["report"]))
