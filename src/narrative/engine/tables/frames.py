"""One kind of table everywhere: six column types, unique names, missing is null and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.tables.header import usable_names

LARGEST_INTEGER = 2**63


def frame_from(table: Any) -> pl.DataFrame:
    """A canonical frame from a Polars or pandas frame, a mapping of columns, or a list of rows (mappings).

    Columns come out as String, Int64, Float64, Boolean, Date or Datetime (microseconds, UTC without zone); NaN,
    infinity and empty text become null. Nothing is guessed from text: "1" stays text.

    >>> frame_from({"a": [1, None], "b": ["x", ""]}).schema
    Schema({'a': Int64, 'b': String})

    Raises:
        InvalidInput: ``not_a_table`` for anything else, ``empty_file`` for a table without columns.
    """
    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    if isinstance(table, pl.DataFrame):
        return canonical(table)
    if hasattr(table, "dtypes") and hasattr(table, "columns") and hasattr(table, "to_dict"):
        return canonical(_from_pandas(table))
    if isinstance(table, Mapping):
        return canonical(_build({str(name): list(values) for name, values in table.items()}))
    if _is_records(table):
        names = list(dict.fromkeys(str(name) for row in table for name in row))
        return canonical(_build({name: [row.get(name) for row in table] for name in names}))
    raise InvalidInput(
        "not_a_table",
        f"A {type(table).__name__} is not a table.",
        fix="Give a Polars or pandas frame, a mapping of columns, a list of rows, or the path of a file.",
    )


def _is_records(table: Any) -> bool:
    if not isinstance(table, Sequence) or isinstance(table, str | bytes):
        return False
    return bool(table) and all(isinstance(row, Mapping) for row in table)


def _build(columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        short = min(lengths, key=lambda name: lengths[name])
        raise InvalidInput(
            "not_a_table",
            f"Columns differ in length: {short!r} has {lengths[short]:,} values, another {max(lengths.values()):,}.",
            column=short,
            fix="Give every column the same number of values.",
        )
    return pl.DataFrame([series_from(name, values) for name, values in columns.items()])


def series_from(name: str, values: list[Any]) -> pl.Series:
    """A column from Python values of mixed types; what is not one plain type becomes text."""
    clean = [None if _is_missing(value) else _plain(value) for value in values]
    kinds = {type(value) for value in clean if value is not None}
    if kinds == {int, float}:
        clean = [None if value is None else float(value) for value in clean]
    elif len(kinds) > 1:
        clean = [None if value is None else _as_text(value) for value in clean]
    if any(isinstance(value, int) and not -LARGEST_INTEGER <= value < LARGEST_INTEGER for value in clean):
        clean = [None if value is None else str(value) for value in clean]
    return pl.Series(name, clean, dtype=None if kinds else pl.String, strict=False)


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, float) and value != value  # noqa: PLR0124 - only NaN differs from itself


def _plain(value: Any) -> Any:
    """A NumPy or pandas scalar as a Python value."""
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") and not isinstance(value, str | bytes) else value


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return json.dumps(value, default=str) if isinstance(value, list | dict | bool) else str(value)


def _from_pandas(table: Any) -> pl.DataFrame:
    """Column by column, without needing Arrow: plain NumPy columns as they are, everything else value by value."""
    names, _, _ = usable_names([str(name) for name in table.columns])
    columns = []
    for index, name in enumerate(names):
        column = table.iloc[:, index]
        kind = getattr(column.dtype, "kind", "O")
        if kind in "iufb" and type(column.dtype).__module__.startswith("numpy"):
            columns.append(pl.Series(name, column.to_numpy()))
        elif kind == "M" and getattr(column.dtype, "tz", None) is None:
            columns.append(pl.Series(name, column.to_numpy().astype("datetime64[us]")))
        else:
            columns.append(series_from(name, column.astype(object).tolist()))
    return pl.DataFrame(columns)


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """The same table in the six types of the product; see :func:`frame_from`.

    Raises:
        InvalidInput: ``empty_file`` when there is no column.
    """
    if frame.width == 0:
        raise InvalidInput("empty_file", "The table has no columns.", fix="Give a table with at least one column.")
    if _is_canonical(frame):
        return frame
    wide = [series.name for series in frame if series.dtype in (pl.UInt64, pl.Int128, pl.UInt128)]
    if wide:
        frame = frame.with_columns(_digits_kept(frame[name]) for name in wide)
    return frame.select(_canonical(name, dtype) for name, dtype in frame.schema.items())


def _is_canonical(frame: pl.DataFrame) -> bool:
    """Whether nothing would change: six types, no NaN, no infinity, no empty text."""
    plain = (pl.String, pl.Float64, pl.Int64, pl.Boolean, pl.Date, pl.Datetime("us"))
    if any(dtype not in plain for dtype in frame.dtypes):
        return False
    faults = [pl.col(name).is_finite().not_().any() for name, dtype in frame.schema.items() if dtype == pl.Float64]
    faults += [(pl.col(name) == "").any() for name, dtype in frame.schema.items() if dtype == pl.String]
    return not faults or not any(frame.select(faults).row(0))


def _digits_kept(series: pl.Series) -> pl.Series:
    """Integers that may not fit into 64 signed bits: as numbers when they all do, else as text."""
    whole = series.cast(pl.Int64, strict=False)
    return whole if whole.null_count() == series.null_count() else series.cast(pl.String)


def _canonical(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_integer():
        return column.cast(pl.Int64)
    if dtype.is_float() or dtype.is_decimal():
        number = column.cast(pl.Float64)
        return pl.when(number.is_finite()).then(number).alias(name)
    if dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum):
        text = column.cast(pl.String)
        return pl.when(text != "").then(text).alias(name)
    return _canonical_other(column, name, dtype)


def _canonical_other(column: pl.Expr, name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return column.cast(pl.Datetime("us"))
    if dtype == pl.Duration:
        return (column.dt.total_microseconds() / 1e6).alias(name)
    if isinstance(dtype, pl.List | pl.Array):
        inner = column.arr.to_list() if isinstance(dtype, pl.Array) else column
        return inner.cast(pl.List(pl.String)).list.join(", ", ignore_nulls=True).alias(name)
    if isinstance(dtype, pl.Struct):
        return column.struct.json_encode().alias(name)
    if dtype == pl.Binary:
        return pl.lit(None, dtype=pl.String).alias(name)
    return column if dtype in (pl.Boolean, pl.Date) else column.cast(pl.String, strict=False)
