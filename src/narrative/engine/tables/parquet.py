"""Parquet and Feather (Arrow IPC, as a file or as a stream) to a typed table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.tables.columnar import read_columnar
from narrative.engine.tables.delimited import Parsed
from narrative.engine.tables.types import ReadLimits


def read_parquet(path: Path, limits: ReadLimits) -> Parsed:
    """The table of a Parquet file in the product's six column types.

    Raises:
        InvalidInput: ``archive_damaged``, ``header_only`` (no rows), ``empty_file`` (no columns).
        LimitExceeded: ``too_many_columns``, ``upload_too_complex``.
    """
    try:
        return read_columnar(pl.scan_parquet(path), limits, "parquet")
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        raise _damaged("Parquet") from error


def read_feather(path: Path, limits: ReadLimits, *, is_stream: bool) -> Parsed:
    """The table of a Feather file or an Arrow stream; raises what :func:`read_parquet` raises."""
    try:
        scan = pl.read_ipc_stream(path).lazy() if is_stream else pl.scan_ipc(path)
        return read_columnar(scan, limits, "feather")
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        raise _damaged("Arrow" if is_stream else "Feather") from error


def _damaged(kind: str) -> InvalidInput:
    return InvalidInput(
        "archive_damaged",
        f"The {kind} file is damaged or was cut off.",
        fix="Write or download the file again.",
    )
