"""Tables into files: CSV, Parquet, XLSX or JSON Lines, complete or not at all, and harmless in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.files import atomic_file, not_writable
from narrative.engine.tables.header import usable_names
from narrative.engine.tables.workbook_writer import write_workbook

DANGEROUS_START: Final = "=+-@\t\r\0"
"""A text cell that begins so is run as a formula by spreadsheet programs (OWASP: CSV injection)."""


def write_table(frame: pl.DataFrame, path: Path | str) -> Path:
    """Write a table in the format its suffix names, atomically: a reader sees the old file or the whole new one.

    In CSV, text cells (and column names) that a spreadsheet would run as a formula get a leading apostrophe; in XLSX
    they are marked as text, which keeps them unchanged. Numbers stay numbers everywhere.

    Raises:
        InvalidInput: ``format_unknown`` for another suffix, ``out_not_writable``.
        LimitExceeded: ``upload_too_complex`` when the table does not fit into a worksheet.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InvalidInput(
            "format_unknown",
            f"Tables cannot be written as {path.suffix or 'a file without a suffix'!r}.",
            fix=f"Use one of: {', '.join(sorted(_WRITERS))}.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(path.name, error) from error
    with atomic_file(path) as temporary:
        writer(frame, temporary)
    return path


def neutralised(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with an apostrophe in front of text cells and names that a spreadsheet would run.

    >>> neutralised(pl.DataFrame({"a": ["=1+1", "x"], "b": [-1, 2]})).rows()
    [("'=1+1", -1), ('x', 2)]
    """
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    starts = list(DANGEROUS_START)
    safe = frame.with_columns(
        pl.when(pl.col(name).str.head(1).is_in(starts)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )
    safe.columns, _, _ = usable_names([f"'{name}" if name[:1] in starts else name for name in frame.columns])
    return safe


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    neutralised(frame).write_csv(path)


def _write_tsv(frame: pl.DataFrame, path: Path) -> None:
    neutralised(frame).write_csv(path, separator="\t")


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path)


def _write_json_lines(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ndjson(path)


_WRITERS: Final[dict[str, Callable[[pl.DataFrame, Path], None]]] = {
    ".csv": _write_csv,
    ".tsv": _write_tsv,
    ".txt": _write_csv,
    ".parquet": _write_parquet,
    ".pq": _write_parquet,
    ".xlsx": write_workbook,
    ".jsonl": _write_json_lines,
    ".ndjson": _write_json_lines,
}
