"""Parquet to a typed table, with the size checked before the content is unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.delimited import Parsed
from narrative.engine.tables.frames import canonical
from narrative.engine.tables.header import usable_names
from narrative.engine.tables.types import ReadLimits

BYTES_PER_CELL: Final = 8


def read_parquet(path: Path, limits: ReadLimits) -> Parsed:
    """The table of a Parquet file in the product's six column types.

    Raises:
        InvalidInput: ``archive_damaged``, ``header_only`` (no rows), ``empty_file`` (no columns).
        LimitExceeded: ``too_many_columns``, ``upload_too_complex``.
    """
    try:
        return _read(path, limits)
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        raise InvalidInput(
            "archive_damaged",
            "The Parquet file is damaged or was cut off.",
            fix="Write or download the file again.",
        ) from error


def _read(path: Path, limits: ReadLimits) -> Parsed:
    scan = pl.scan_parquet(path)
    schema = scan.collect_schema()
    if len(schema) > limits.max_columns:
        raise LimitExceeded(
            "too_many_columns",
            f"The table has {len(schema):,} columns; at most {limits.max_columns:,} can be read.",
            fix="Leave out columns, or turn the table on its side if its rows are the columns.",
            limit=limits.max_columns,
            value=len(schema),
        )
    n_rows = int(scan.select(pl.len()).collect().item())
    if not n_rows:
        raise InvalidInput(
            "header_only", "The file has column names but no rows.", fix="Choose a file with at least one row."
        )
    _check(n_rows * len(schema), limits.max_cells, "cells")
    _check(_unpacked_bytes(scan, schema, n_rows), limits.memory_bytes // 2, "bytes once unpacked")
    frame = scan.collect()
    names, _, repairs = usable_names([name.strip() for name in frame.columns])
    frame.columns = names
    dropped = [name for name, dtype in frame.schema.items() if dtype in (pl.Binary, pl.Object)]
    warnings = [f"Column {name!r} holds raw bytes and was left out." for name in dropped]
    table = canonical(frame.drop(dropped))
    zoned = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone]
    repairs += [f"Times of column {name!r} were converted to UTC." for name in zoned]
    return Parsed(table, None, {"format": "parquet", "header": True, "repairs": repairs, "warnings": warnings})


def _unpacked_bytes(scan: pl.LazyFrame, schema: pl.Schema, n_rows: int) -> int:
    """What the table needs in memory: a run-length trick can hide gigabytes of text in a few hundred bytes."""
    texts = [name for name, dtype in schema.items() if dtype in (pl.String, pl.Binary)]
    total = n_rows * len(schema) * BYTES_PER_CELL
    for name in texts:
        column = pl.col(name).str.len_bytes() if schema[name] == pl.String else pl.col(name).bin.size()
        lengths = scan.select(column.cast(pl.UInt64).sum()).collect(engine="streaming")
        total += int(lengths.item() or 0)
    return total


def _check(value: int, limit: int, unit: str) -> None:
    if value > limit:
        raise LimitExceeded(
            "upload_too_complex",
            f"The table has {value:,} {unit}; at most {limit:,} can be read.",
            fix="Split the table, or leave out columns.",
            limit=limit,
            value=value,
        )
