"""Bringing any table into the form of the contract: names, types, categories; bad rows set aside, repairs told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.alignment import as_text, brought, read_iso_time
from narrative.engine.bundle.cells import MISSING_WORDS, Missing, Reading, read_booleans, read_numbers, read_times
from narrative.engine.bundle.contract import ContractColumn, InputContract
from narrative.engine.bundle.matching import match_columns
from narrative.engine.bundle.vocabulary import KnownCategories
from narrative.engine.steps._columns import DTYPES, is_time
from narrative.engine.tables.types import BadRow
from narrative.engine.types import IntArray

_FEW: Final = 256
"""Values for which plain Python is faster than an expression."""
_POINTED: Final = r"^\s*[+-]?\d+\.\d+\s*$"
_DOUBTFUL: Final = r"^\s*[+-]?\d{1,3}\.\d{3}\s*$"
"""One point before exactly three digits: a decimal point, or thousands where decimals are written with a comma."""
ROW_WARNINGS_UP_TO: Final = 1_000
"""Warnings are also kept row by row for tables up to this size."""


@dataclass
class ReadTable:
    """A table in the form of the contract.

    Attributes:
        frame: the contract's columns in engine types, good rows only.
        rows: positions of those rows in the given table.
        bad_rows: rows with a value that cannot be read.
        missing: expected columns that are not there; they count as missing in every row.
        repairs, warnings: one sentence each.
        row_warnings: position in the given table -> sentences, for small tables.
    """

    frame: pl.DataFrame
    rows: IntArray
    bad_rows: list[BadRow] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    row_warnings: dict[int, list[str]] = field(default_factory=dict)


@dataclass
class _ReadColumn:
    """One column: its values, which cells could not be read and why, what was repaired and what looks odd."""

    values: pl.Series
    unreadable: dict[str, str] = field(default_factory=dict)
    texts: pl.Series | None = None
    repairs: list[str] = field(default_factory=list)
    odd: list[tuple[str, str, npt.NDArray[np.bool_]]] = field(default_factory=list)
    """What rows have (the end of a sentence that starts with their number), sentence for a row, and the rows."""


def read_input(
    frame: pl.DataFrame,
    contract: InputContract,
    known: Mapping[str, KnownCategories],
    lines: Sequence[int] | None = None,
) -> ReadTable:
    """The table in the form of the contract.

    Args:
        known: categories of the columns whose new categories are to be reported.
        lines: source line of each row, for bad rows; the row's number counted from 1 when not given.

    Raises:
        InvalidInput: ``no_known_column`` when not one expected column is there.
    """
    expected = [column.name for column in contract.columns]
    match = match_columns(expected, frame.columns)
    if expected and not match.columns:
        wanted, given = (", ".join(f"'{name}'" for name in names[:20]) for names in (expected, frame.columns))
        raise InvalidInput(
            "no_known_column",
            f"No column of this table is known to the model. It has: {given or 'none'}.",
            fix=f"Give at least some of the columns the model was trained on, such as {wanted}.",
            expected=expected,
        )
    table = ReadTable(frame, np.arange(frame.height, dtype=np.int64), repairs=match.repairs, warnings=match.warnings)
    table.missing = match.missing
    missing = Missing(contract.missing_markers)
    columns, reads = [], list[_ReadColumn]()
    bad: dict[int, BadRow] = {}
    for column in contract.columns:
        if column.name in match.columns:
            source = match.columns[column.name]
            read = _read(frame[source], column, known.get(column.name), missing)
            reads.append(read)
            _collect_bad(bad, read, source, lines)
        else:
            read = _ReadColumn(pl.repeat(None, frame.height, dtype=DTYPES[column.dtype], eager=True))
        columns.append(read.values.alias(column.name))
    table.bad_rows = [bad[row] for row in sorted(bad)]
    # A model that uses no column still answers once per row, which a frame without columns could not count.
    table.frame = pl.DataFrame(columns) if columns else frame
    good = np.ones(frame.height, dtype=bool)
    good[list(bad)] = False
    for read in reads:
        _note(table, read, good)
    if bad:
        table.rows = np.flatnonzero(good)
        table.frame = table.frame.filter(pl.Series(good))
    return table


def _note(table: ReadTable, read: _ReadColumn, good: npt.NDArray[np.bool_]) -> None:
    """Repairs and warnings of a column; rows that are left out are told as such, and count in no warning."""
    table.repairs += read.repairs
    for have, single, mask in read.odd:
        count = int((mask & good).sum())
        if not count:
            continue
        table.warnings.append(f"{'1 row has' if count == 1 else f'{count:,} rows have'} {have}")
        if good.size <= ROW_WARNINGS_UP_TO:
            for row in np.flatnonzero(mask & good):
                table.row_warnings.setdefault(int(row), []).append(single)


def _collect_bad(bad: dict[int, BadRow], read: _ReadColumn, source: str, lines: Sequence[int] | None) -> None:
    if not read.unreadable or read.texts is None:
        return
    hits = read.texts.is_in(pl.Series(list(read.unreadable), dtype=pl.String).implode()).fill_null(value=False)
    for row in hits.arg_true().to_list():
        text = read.texts[row]
        line = int(lines[row]) if lines is not None else row + 1
        reason = f"'{source}' cannot be used: {read.unreadable[text]}."
        bad.setdefault(row, BadRow(line=line, column=source, value=text[:1000], reason=reason))


def _read(
    given: pl.Series, column: ContractColumn, known: KnownCategories | None, missing: Missing
) -> _ReadColumn:  # fmt: skip
    if column.dtype in {"Int64", "Float64"}:
        read = _read_numbers(given, column, missing)
    elif column.dtype == "Boolean":
        read = _read_booleans(given, column, missing)
    elif column.dtype in {"Date", "Datetime"}:
        read = _read_times(given, column, missing)
    else:
        return _read_categories(given, column, known, missing)
    _flag_out_of_range(read, column)
    return read


def _read_numbers(given: pl.Series, column: ContractColumn, missing: Missing) -> _ReadColumn:
    if is_time(given.dtype):
        return _nothing_fits(given, column, "it is a date, a number is expected")
    if given.dtype != pl.String:
        numbers = _convert(given, "Float64" if given.dtype.is_float() else column.dtype)
        return _ReadColumn(_without_markers(numbers, missing))
    low, high = _range(column)
    pointed = given.filter(given.str.contains(_POINTED).fill_null(value=False)).unique()
    doubtful = pointed.str.contains(_DOUBTFUL)
    return _read_texts(
        given,
        column,
        "Float64",
        lambda texts: read_numbers(
            texts, low, high, doubtful=sorted(pointed.filter(doubtful)), point_seen=not doubtful.all()
        ),
        missing,
    )


def _read_booleans(given: pl.Series, column: ContractColumn, missing: Missing) -> _ReadColumn:
    if given.dtype in (pl.Boolean, pl.Null):
        return _ReadColumn(_convert(given, "Boolean"))
    texts = (
        given
        if given.dtype == pl.String
        else given.to_frame().select(as_text(pl.col(given.name), given.dtype)).to_series()
    )
    return _read_texts(texts, column, "Boolean", read_booleans, missing)


def _read_times(given: pl.Series, column: ContractColumn, missing: Missing) -> _ReadColumn:
    if is_time(given.dtype) or given.dtype == pl.Null:
        return _ReadColumn(_convert(given, column.dtype))
    if given.dtype != pl.String:
        return _nothing_fits(given, column, "it is a number, a date is expected")
    low, high = _time_range(column)
    return _read_texts(given, column, column.dtype, lambda texts: read_times(texts, low, high), missing)


def _read_texts(
    given: pl.Series, column: ContractColumn, dtype: str, read: Callable[[list[str]], Reading], missing: Missing
) -> _ReadColumn:
    """Plain texts at once; the distinct others one by one."""
    plain = _without_markers(_convert(given, dtype), missing)
    rest = given.filter(given.is_not_null() & plain.is_null()).unique().to_list()
    strange = [text for text in rest if not missing.means(text)]
    reading: Reading = read(strange)
    result = _ReadColumn(plain, reading.reasons, given)
    if not reading.values:
        return result
    keys = pl.Series(list(reading.values), dtype=pl.String)
    values = pl.Series(list(reading.values.values())).cast(DTYPES[dtype])
    anew = given.replace_strict(keys, values, default=None, return_dtype=DTYPES[dtype]).alias("anew")
    result.values = pl.select(pl.coalesce(anew, plain)).to_series()
    if dtype != "Boolean":
        example, count = next(iter(reading.values)), given.is_in(keys.implode()).sum()
        value = reading.values[example]
        shown = value.isoformat(sep=" ") if isinstance(value, datetime) else f"{value:g}"
        cells = "1 value" if count == 1 else f"{count:,} values"
        result.repairs.append(f"{cells} of '{column.name}' read anew, for example '{example}' as {shown}.")
    return result


def _without_markers(values: pl.Series, missing: Missing) -> pl.Series:
    """Numbers without those that say "no value" (999, where the import was told so)."""
    if not missing.numbers or not values.dtype.is_numeric():
        return values
    return values.to_frame().select(
        pl.when(~pl.first().cast(pl.Float64).is_in(missing.numbers)).then(pl.first())
    ).to_series()  # fmt: skip


def _read_categories(
    given: pl.Series, column: ContractColumn, known: KnownCategories | None, missing: Missing
) -> _ReadColumn:
    texts = given
    if given.dtype != pl.String:
        texts = given.to_frame().select(as_text(pl.col(given.name), given.dtype)).to_series()
    result = _ReadColumn(texts)
    present = set(texts.to_list()) if len(texts) <= _FEW else set(texts.unique().to_list())
    if known is None:
        gaps = [text for text in present if text is not None and missing.is_told(text)]
        result.values = texts.replace(gaps, [None] * len(gaps)) if gaps else texts
        return result
    strange = sorted(present - known.words - {None})
    if not strange:
        return result
    told = [text for text in strange if missing.is_told(text)]
    repaired = {text: word for text in strange if text not in told and (word := known.alike(text)) is not None}
    new = [text for text in strange if text not in repaired]
    keys = pl.Series([*repaired, *new], dtype=pl.String)
    values = pl.Series([*repaired.values(), *[None] * len(new)], dtype=pl.String)
    result.values = texts.replace(keys, values)
    if repaired:
        result.repairs.append(_matched(texts, column.name, repaired))
    unseen = [text for text in new if text not in told and text.strip().casefold() not in MISSING_WORDS]
    if unseen:
        mask = texts.is_in(pl.Series(unseen, dtype=pl.String).implode()).fill_null(value=False).to_numpy()
        examples = ", ".join(f"'{text[:40]}'" for text in unseen[:3])
        whole = f"a category of '{column.name}' the model has not seen ({examples}): it counts as missing."
        single = f"'{column.name}' has a category the model has not seen: it counts as missing."
        result.odd.append((whole, single, mask))
    return result


def _matched(texts: pl.Series, column: str, repaired: Mapping[str, str]) -> str:
    """That spellings were matched: ``3 values of 'city' were matched to a known spelling (' ROME' to 'Rome').``"""
    count = int(texts.is_in(pl.Series(list(repaired), dtype=pl.String).implode()).sum())
    examples = ", ".join(f"'{text[:40]}' to '{word[:40]}'" for text, word in list(repaired.items())[:3])
    cells = "1 value" if count == 1 else f"{count:,} values"
    return f"{cells} of '{column}' {'was' if count == 1 else 'were'} matched to a known spelling ({examples})."


def _flag_out_of_range(read: _ReadColumn, column: ContractColumn) -> None:
    low: Any
    high: Any
    low, high = _time_range(column) if column.dtype in {"Date", "Datetime"} else _range(column)
    values = read.values.cast(pl.Datetime("us")) if is_time(read.values.dtype) else read.values
    if low is None or high is None or values.null_count() == len(values):
        return
    least: Any = values.min()
    most: Any = values.max()
    if low <= least and most <= high:
        return
    mask = ((values < low) | (values > high)).fill_null(value=False).to_numpy()
    span = f"{_bound(column.minimum)} to {_bound(column.maximum)}"
    whole = f"'{column.name}' outside {span}, the range the model has learned from."
    single = f"'{column.name}' is outside {span}, the range the model has learned from."
    read.odd.append((whole, single, mask))


def _bound(value: float | str | None) -> str:
    """A bound for people: whole numbers without ``.0``."""
    return f"{value:,.15g}" if isinstance(value, float) else str(value)


def _nothing_fits(given: pl.Series, column: ContractColumn, reason: str) -> _ReadColumn:
    """A column of another nature: every value is unreadable, gaps stay gaps."""
    texts = given.cast(pl.String)
    empty = pl.repeat(None, len(given), dtype=DTYPES[column.dtype], eager=True)
    return _ReadColumn(empty, dict.fromkeys(texts.drop_nulls().unique().to_list(), reason), texts)


def _convert(given: pl.Series, dtype: str) -> pl.Series:
    """The column in an engine type; at once when it has it already, because expressions cost more than one row."""
    # A sum is a number only if all its parts are; the few honest columns whose sum overflows take the longer way.
    if given.dtype == DTYPES[dtype] and (dtype != "Float64" or math.isfinite(given.sum() or 0.0)):
        return given
    if given.dtype == pl.String and dtype in {"Date", "Datetime"}:
        expression = read_iso_time(pl.col(given.name)).cast(DTYPES[dtype])
    else:
        expression = brought(given.name, given.dtype, dtype)
    return given.to_frame().select(expression).to_series()


def _range(column: ContractColumn) -> tuple[float | None, float | None]:
    low, high = column.minimum, column.maximum
    return (float(low), float(high)) if low is not None and high is not None else (None, None)


def _time_range(column: ContractColumn) -> tuple[datetime | None, datetime | None]:
    low, high = column.minimum, column.maximum
    if not isinstance(low, str) or not isinstance(high, str):
        return None, None
    return datetime.fromisoformat(low), datetime.fromisoformat(high)
