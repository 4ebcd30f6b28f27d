"""Tables that come typed (Parquet, Feather) into the product's six column types, with every change told."""

from __future__ import annotations

import json
from typing import Any, Final

import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.delimited import Parsed
from narrative.engine.tables.frames import canonical
from narrative.engine.tables.header import LONGEST_NAME, usable_names
from narrative.engine.tables.types import FileFormat, ReadLimits
from narrative.engine.tables.values import MAX_EXACT_DIGITS, counted

BYTES_PER_CELL: Final = 8
FIRST_DAY: Final = -719_162
LAST_DAY: Final = 2_932_896
"""1 January of the year 1 and 31 December 9999, in days since 1970."""


def read_columnar(scan: pl.LazyFrame, limits: ReadLimits, file_format: FileFormat) -> Parsed:
    """The table behind a scan, its size checked before its content is unpacked.

    Raises:
        InvalidInput: ``header_only`` (no rows), ``empty_file`` (no columns).
        LimitExceeded: ``too_many_columns``, ``upload_too_complex``.
    """
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
    frame.columns, repairs = clean_names(frame.columns)
    plain, notes, warnings = plain_columns(frame)
    report = {"format": file_format, "header": True, "repairs": repairs + notes[:200], "warnings": warnings[:200]}
    return Parsed(canonical(plain), None, report)


def clean_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Unique names of at most 200 characters on one line, and what was changed.

    >>> clean_names([" a\\n b", ""])
    (['a b', 'column_2'], ["Column 2 has no name; it is called 'column_2'."])
    """
    usable, _, repairs = usable_names([" ".join(name.split())[:LONGEST_NAME].strip() for name in names])
    return usable, repairs[:20]


def _unpacked_bytes(scan: pl.LazyFrame, schema: pl.Schema, n_rows: int) -> int:
    """What the table needs in memory: a run-length trick can hide gigabytes of text in a few hundred bytes."""
    total = n_rows * len(schema) * BYTES_PER_CELL
    for name, dtype in schema.items():
        size = _size(pl.col(name), dtype)
        if size is not None:
            found = scan.select(size.cast(pl.UInt64).sum()).collect(engine="streaming").item()
            total += int(found or 0)
    return total


def _size(column: pl.Expr, dtype: pl.DataType) -> pl.Expr | None:
    """Bytes of each cell beyond its fixed width; None where there are none."""
    if dtype == pl.String:
        return column.str.len_bytes()
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return column.cast(pl.String).str.len_bytes()
    if dtype == pl.Binary:
        return column.bin.size()
    if isinstance(dtype, pl.List):
        inner = _size(pl.element(), dtype.inner)  # type: ignore[arg-type]  # an instance here, never a class
        lengths = column.list.len() * BYTES_PER_CELL
        return lengths if inner is None else lengths + column.list.eval(inner.cast(pl.UInt64).sum()).list.first()
    if isinstance(dtype, pl.Struct):
        sizes = [
            _size(column.struct.field(field.name), field.dtype)  # type: ignore[arg-type]  # an instance here, too
            for field in dtype.fields
        ]
        known = [size.cast(pl.UInt64).fill_null(0) for size in sizes if size is not None]
        return pl.sum_horizontal(known) if known else None
    return None


def _check(value: int, limit: int, unit: str) -> None:
    if value > limit:
        raise LimitExceeded(
            "upload_too_complex",
            f"The table has {value:,} {unit}; at most {limit:,} can be read.",
            fix="Split the table, or leave out columns.",
            limit=limit,
            value=value,
        )


def plain_columns(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str], list[str]]:
    """The table without nesting and without types that lose digits; what was done; and warnings of what was lost."""
    notes: list[str] = []
    warnings: list[str] = []
    flat: dict[str, pl.Series] = {}
    for series in frame:
        for part in _flattened(series, set(frame.columns), notes):
            plain = _plain(part, notes, warnings)
            if plain is not None:
                flat[part.name] = plain
    if not flat:
        raise InvalidInput(
            "not_a_table",
            f"All columns hold raw bytes, the first is {frame.columns[0]!r}.",
            column=frame.columns[0],
            fix="Write the table with columns of text, numbers or dates.",
        )
    return pl.DataFrame([series.alias(name) for name, series in flat.items()]), notes, warnings


def _flattened(series: pl.Series, taken: set[str], notes: list[str]) -> list[pl.Series]:
    """Columns of a nested column: one per field, named with a dot; deeper nesting stays together."""
    if not isinstance(series.dtype, pl.Struct) or not series.dtype.fields:
        return [series]
    parts = []
    for field in series.struct.fields:
        name = f"{series.name}.{field}"
        while name in taken:
            name += "_2"
        taken.add(name)
        parts.append(series.struct.field(field).alias(name))
    notes.append(
        f"The nested column {series.name!r} was divided into {counted(len(parts), 'column')}, as {parts[0].name!r}."
    )
    return parts


def _plain(series: pl.Series, notes: list[str], warnings: list[str]) -> pl.Series | None:
    """One column in a type that the product can take without loss; None when it cannot be shown."""
    name, dtype = series.name, series.dtype
    if dtype == pl.Binary:
        return _text_of_bytes(series, notes, warnings)
    if isinstance(dtype, pl.List | pl.Array | pl.Struct):
        notes.append(f"The values of column {name!r} are nested; they were written as text.")
        return _nested_text(series)
    if dtype.is_decimal():
        return _decimal(series, notes)
    if dtype.is_integer():
        whole = series.cast(pl.Int64, strict=False)
        if whole.null_count() > series.null_count():
            notes.append(f"Column {name!r} stays text: its whole numbers are too large for 64 bits.")
            return series.cast(pl.String)
    if dtype.is_float() and series.is_infinite().any():
        warnings.append(f"{counted(int(series.is_infinite().sum()), 'infinite number')} of {name!r} read as missing.")
    if dtype.is_temporal():
        _tell_times(series, notes)
        return _within_calendar(series, warnings)
    return series


def _within_calendar(series: pl.Series, warnings: list[str]) -> pl.Series:
    """Days and moments of the years 1 to 9999; others, which no calendar at hand can show, become missing."""
    if series.dtype == pl.Date:
        unit = 1
    elif isinstance(series.dtype, pl.Datetime):
        unit = 86_400 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[series.dtype.time_unit]
    else:
        return series
    days = series.to_physical() // unit
    fits = days.is_between(FIRST_DAY, LAST_DAY).fill_null(value=True)
    if fits.all():
        return series
    n_lost = int((~fits).sum())
    warnings.append(f"{counted(n_lost, 'date')} of {series.name!r} outside the years 1 to 9999 read as missing.")
    return series.zip_with(fits, pl.Series([None], dtype=series.dtype))


def _text_of_bytes(series: pl.Series, notes: list[str], warnings: list[str]) -> pl.Series | None:
    try:
        text = series.cast(pl.String)
    except pl.exceptions.PolarsError:
        warnings.append(f"Column {series.name!r} holds raw bytes and was left out.")
        return None
    notes.append(f"Column {series.name!r} holds bytes that are UTF-8 text; it was read as text.")
    return text


def _nested_text(series: pl.Series) -> pl.Series:
    """Lists of single values joined by commas, everything deeper as JSON."""
    inner = getattr(series.dtype, "inner", None)
    if inner is not None and not inner.is_nested() and inner != pl.Binary:
        lists = series.arr.to_list() if isinstance(series.dtype, pl.Array) else series
        return lists.cast(pl.List(pl.String)).list.join(", ", ignore_nulls=True)
    cells = [None if cell is None else json.dumps(_jsonable(cell), ensure_ascii=False) for cell in series.to_list()]
    return pl.Series(series.name, cells, dtype=pl.String)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_jsonable(one) for one in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _decimal(series: pl.Series, notes: list[str]) -> pl.Series:
    """Decimal numbers as numbers when those keep each digit, else as text."""
    text = series.cast(pl.String)
    if series.dtype.scale == 0:  # type: ignore[attr-defined]  # only decimal columns come here
        whole = text.cast(pl.Int64, strict=False)
        if whole.null_count() == series.null_count():
            return whole
    else:
        digits = text.str.strip_chars_end("0").str.replace_all(r"[-.]", "").str.strip_chars_start("0").str.len_chars()
        longest = digits.max()
        if longest is None or (isinstance(longest, int) and longest <= MAX_EXACT_DIGITS):
            return series.cast(pl.Float64)
    notes.append(f"Column {series.name!r} stays text: it has more digits than a number keeps.")
    return text


def _tell_times(series: pl.Series, notes: list[str]) -> None:
    name, dtype = series.name, series.dtype
    if dtype == pl.Time:
        notes.append(f"Times of day of column {name!r} are kept as text.")
    elif dtype == pl.Duration:
        notes.append(f"Durations of column {name!r} were written as seconds.")
    elif isinstance(dtype, pl.Datetime):
        if dtype.time_zone:
            notes.append(f"Times of column {name!r} were converted to UTC.")
        if dtype.time_unit == "ns" and (series.dt.nanosecond() % 1_000 != 0).any():
            notes.append(f"Times of column {name!r} were cut to microseconds.")
