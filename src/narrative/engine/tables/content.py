"""The content hash of a table: equal content gives the same hash, whatever file it came from."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import polars as pl

from narrative.engine.tables.frames import canonical
from narrative.engine.tables.stored import StoredTable

FORM: Final = b"narrative-table-1\n"
CHUNK_ROWS: Final = 200_000


def content_hash(frame: pl.DataFrame | StoredTable) -> str:
    """SHA-256 over the canonical form of a table, 64 hexadecimal characters. About 0.5 s for a million rows × 20.

    The canonical form is the text ``narrative-table-1``, the number of rows, and for every column in order: its name,
    its type (one of String, Int64, Float64, Boolean, Date, Datetime), one byte per row telling whether a value is
    present, and the values: 64-bit little-endian numbers (whole microseconds for Datetime, days for Date, 0 where
    missing, -0.0 as 0.0), bytes 0 and 1 for truth values, and for text the byte lengths followed by all UTF-8 bytes.
    Names and numbers of rows are preceded by their length. Row order and column order count; file format,
    compression, chunking and the width of integers do not.
    """
    return canonical_hash(frame if isinstance(frame, StoredTable) else canonical(frame))


def canonical_hash(table: pl.DataFrame | StoredTable) -> str:
    """The content hash of a table that is in canonical form already."""
    digest = hashlib.sha256(FORM)
    digest.update(str(table.height).encode())
    for series in table:
        name = series.name.encode("utf-8")
        digest.update(f"\n{len(name)}:".encode() + name + f":{_type_name(series.dtype)}\n".encode())
        for start in range(0, table.height, CHUNK_ROWS):
            _add(digest, series.slice(start, CHUNK_ROWS) if table.height > CHUNK_ROWS else series)
    return digest.hexdigest()


def _type_name(dtype: pl.DataType) -> str:
    return "Datetime" if isinstance(dtype, pl.Datetime) else str(dtype)


def _add(digest: hashlib._Hash, series: pl.Series) -> None:
    has_gaps = series.null_count() > 0
    digest.update(series.is_not_null().cast(pl.UInt8).to_numpy().data if has_gaps else b"\x01" * len(series))
    if series.dtype == pl.String:
        text = series.fill_null("") if has_gaps else series
        digest.update(text.str.len_bytes().to_numpy().astype("<i8").data)
        digest.update(bytes(text.str.join("").cast(pl.Binary).item()))
    elif series.dtype == pl.Float64:
        digest.update(((series.fill_null(0.0) if has_gaps else series).to_numpy() + 0.0).astype("<f8", copy=False).data)
    elif series.dtype == pl.Boolean:
        digest.update(series.fill_null(value=False).cast(pl.UInt8).to_numpy().data)
    else:
        whole = series.to_physical().cast(pl.Int64)
        numbers = (whole.fill_null(0) if has_gaps else whole).to_numpy()
        digest.update(np.ascontiguousarray(numbers).astype("<i8", copy=False).data)
