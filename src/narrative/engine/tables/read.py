"""Reading a file: the parser runs in a child process with limits, the parent gets a typed table or a typed error."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from narrative.core.errors import InvalidInput, NotFound
from narrative.engine.children import ChildLimits, run_child
from narrative.engine.tables.types import ImportReport, LoadedTable, ReadLimits, ReadOptions

DEFAULT_OPTIONS = ReadOptions()
DEFAULT_LIMITS = ReadLimits()
START_SECONDS = 24
SECONDS_PER_MEGABYTE = 6
"""Twenty times what the slowest kind of file (a workbook) takes on the reference machine."""


def read_table(
    path: Path | str,
    *,
    name: str | None = None,
    options: ReadOptions = DEFAULT_OPTIONS,
    limits: ReadLimits = DEFAULT_LIMITS,
    should_stop: Callable[[], bool] | None = None,
    threads: int = 2,
    keep: Path | None = None,
) -> LoadedTable:
    """The table of a file (text, workbook, JSON, Parquet, Feather, or one of them packed), and an account of it.

    The account names every guess, repair and loss. The parser runs in a child process that may not take more memory or
    time than ``limits`` say, and gets less time for small files.

    Args:
        path: a local file.
        name: the file's own name when ``path`` has another one (an upload); the suffix is a hint, the bytes decide.
        options: what the user says instead of a guess.
        limits: bounds of the child process that parses.
        should_stop: asked several times a second; True ends the work with ``Canceled``.
        keep: where the table shall stay as a Parquet file; None: nowhere.

    Raises:
        NotFound: ``file_not_found``.
        InvalidInput: ``empty_file``, ``header_only``, ``not_a_table``, ``encoding_undecidable``, ``unclosed_quote``,
            ``mostly_bad_rows``, ``archive_damaged``, ``archive_nested``, ``archive_unsafe``, ``password_protected``,
            ``sheet_unknown``, ``member_unknown``, ``too_deeply_nested``.
        LimitExceeded: ``upload_too_complex``, ``too_many_columns``.
    """
    path = Path(path)
    label = name or path.name
    _check_file(path, label)
    with tempfile.TemporaryDirectory(prefix="narrative-read-") as folder:
        out, lines_out = keep or Path(folder, "table.parquet"), Path(folder, "lines.parquet")
        answer = run_child(
            "narrative.engine.tables.child:parse",
            {
                "path": str(path.resolve()),
                "name": label,
                "out": str(out.resolve()),
                "statistics": keep is not None,
                "lines_out": str(lines_out),
                "options": options.model_dump(),
                "limits": limits.model_dump(),
            },
            limits=ChildLimits(
                memory_bytes=limits.memory_bytes,
                cpu_seconds=_cpu_seconds(path, limits),
                wall_seconds=limits.wall_seconds,
                threads=threads,
            ),
            should_stop=should_stop,
        )
        frame = pl.read_parquet(out)
        lines = pl.read_parquet(lines_out)["line"] if lines_out.exists() else None
    report = ImportReport.model_validate(answer["report"])
    if lines is None and answer["first_line"] is not None:
        first = int(answer["first_line"])
        lines = pl.int_range(first, first + frame.height, eager=True).alias("line")
    return LoadedTable(frame, report, lines)


def _cpu_seconds(path: Path, limits: ReadLimits) -> int:
    """Processor time for a file of this size: what small files cannot need honestly, they do not get."""
    needed = START_SECONDS + SECONDS_PER_MEGABYTE * path.stat().st_size / 1e6
    return int(min(limits.cpu_seconds, needed))


def _check_file(path: Path, label: str) -> None:
    if not path.exists():
        raise NotFound(
            "file_not_found", f"There is no file {label!r}.", fix="Check the name and the folder, or give a full path."
        )
    if path.is_dir():
        raise InvalidInput("not_a_table", f"{label!r} is a folder, not a file.", fix="Name a file inside it.")
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise InvalidInput(
            "file_not_readable", f"The file {label!r} cannot be opened.", fix="Check who may read it."
        ) from error
