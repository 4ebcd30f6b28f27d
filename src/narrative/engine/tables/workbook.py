"""Workbooks (XLSX, XLS, ODS) to a typed table: the first sheet with data, its header, typed cells."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.columns import type_columns
from narrative.engine.tables.delimited import Parsed, header_guess
from narrative.engine.tables.header import Header, find_header
from narrative.engine.tables.types import Guess, OddCell, ReadLimits, ReadOptions

MOST_PARTS: Final = 5_000
MOST_RATIO: Final = 1_000
MOST_LISTED: Final = 1_000


def read_workbook(path: Path, options: ReadOptions, limits: ReadLimits) -> Parsed:
    """The table of a workbook's first sheet with data, or of the sheet that was asked for.

    Raises:
        InvalidInput: ``archive_damaged``, ``password_protected``, ``sheet_unknown``, ``empty_file``, ``header_only``.
        LimitExceeded: ``upload_too_complex``, ``too_many_columns``.
    """
    check_archive(path, limits)
    sheet, rows = _rows(path, options, limits)
    width = max(len(row) for row in rows)
    if width > limits.max_columns:
        raise LimitExceeded(
            "too_many_columns",
            f"The sheet has {width:,} columns; at most {limits.max_columns:,} can be read.",
            fix="Leave out columns, or turn the table on its side if its rows are the columns.",
            limit=limits.max_columns,
            value=width,
        )
    texts = [[_text(value) or "" for value in row] for row in rows[:150]]
    header = find_header(_padded(texts, rows[:150]), width, options.header)
    body = [row for row in rows[header.first_row :] if any(not _is_blank(value) for value in row)]
    if not body:
        raise InvalidInput(
            "header_only",
            f"The sheet {sheet!r} has {width} column names but no rows.",
            row=header.first_row,
            fix="Choose a sheet with at least one row below the header.",
        )
    return _typed(body, header, sheet, options)


def _padded(texts: list[list[str]], rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Numbers and dates on top of a column count as values, not as names, though text is compared."""
    return [["" if _is_blank(value) else text for text, value in zip(line, row, strict=True)]
            for line, row in zip(texts, rows, strict=True)]  # fmt: skip


def check_archive(path: Path, limits: ReadLimits) -> None:
    """Refuse archives that unpack to far more than they look like, before any of it is read as XML."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            if stream.read(2) == b"PK":
                raise _damaged()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise _too_complex(len(parts), MOST_PARTS, "parts")
            if any(part.flag_bits & 1 for part in parts):
                raise _protected()
            budget = limits.memory_bytes // 4
            declared = sum(part.file_size for part in parts)
            if declared > budget:
                raise _too_complex(declared, budget, "bytes once unpacked")
            for part in parts:
                if part.file_size > 10_000_000 and part.file_size > MOST_RATIO * max(1, part.compress_size):
                    raise _too_complex(part.file_size, MOST_RATIO * part.compress_size, "bytes in one part")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise _damaged() from error


def _rows(path: Path, options: ReadOptions, limits: ReadLimits) -> tuple[str, list[list[Any]]]:
    """Name and rows (without blank ones at the edges) of the sheet to read."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except python_calamine.PasswordError as error:
        raise _protected() from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged() from error
    names = list(book.sheet_names)
    if options.sheet is not None and options.sheet not in names:
        raise InvalidInput(
            "sheet_unknown",
            f"There is no sheet {options.sheet[:80]!r}.",
            fix=f"The sheets are: {', '.join(repr(name) for name in names[:20])}.",
        )
    for name in [options.sheet] if options.sheet else names:
        try:
            sheet = book.get_sheet_by_name(name)
            if sheet.height * sheet.width > limits.max_cells:
                raise _too_complex(sheet.height * sheet.width, limits.max_cells, "cells")
            rows = [row for row in sheet.to_python(skip_empty_area=True) if any(not _is_blank(cell) for cell in row)]
        except (python_calamine.CalamineError, ValueError) as error:
            raise _damaged() from error
        if rows:
            return name, rows
    raise InvalidInput("empty_file", "No sheet of the workbook holds data.", fix="Choose a workbook with a table.")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(value: Any) -> str | None:
    """A cell as text: whole numbers without a point, times in ISO form."""
    if _is_blank(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _typed(body: list[list[Any]], header: Header, sheet: str, options: ReadOptions) -> Parsed:
    columns = {name: _column(name, [row[i] for row in body]) for i, name in enumerate(header.names)}
    nameless = {header.names[index] for index in header.blank}
    empty = [name for name in nameless if columns[name].null_count() == len(body)]
    kept = [series for name, series in columns.items() if name not in empty] or list(columns.values())
    typed = type_columns(pl.DataFrame(kept), options, None)
    odd = [OddCell(line=row + header.first_row + 1, column=c, value=v[:200], reason=r) for row, c, v, r in typed.odd]
    guesses = [
        Guess(name="sheet", value=sheet, confidence=0.9, evidence="the first sheet with data"),
        header_guess(header),
        *typed.guesses,
    ]
    report = {
        "format": "xlsx",
        "header": header.is_present,
        "sheet": sheet,
        "n_odd_cells": len(odd),
        "odd_cells": [cell.model_dump() for cell in odd[:MOST_LISTED]],
        "guesses": [guess.model_dump() for guess in guesses],
        "repairs": header.repairs[:20] + typed.repairs[:200],
        "warnings": header.warnings + typed.warnings[:200],
    }
    return Parsed(typed.frame, None, report)


def _column(name: str, values: list[Any]) -> pl.Series:
    """A column in the narrowest common type of its cells; mixed cells become text, to be typed like a text file's."""
    kinds = {type(value) for value in values if not _is_blank(value)}
    clean = [None if _is_blank(value) else value for value in values]
    if kinds and kinds <= {int, float}:
        return _numbers(name, clean)
    if kinds == {bool}:
        return pl.Series(name, clean, dtype=pl.Boolean)
    if kinds == {dt.date}:
        return pl.Series(name, clean, dtype=pl.Date)
    if kinds and kinds <= {dt.date, dt.datetime}:
        return pl.Series(name, [_moment(value) for value in clean], dtype=pl.Datetime("us"))
    if kinds == {dt.timedelta}:
        return pl.Series(name, [None if v is None else v.total_seconds() for v in clean], dtype=pl.Float64)
    return pl.Series(name, [_text(value) for value in values], dtype=pl.String)


def _numbers(name: str, values: list[float | None]) -> pl.Series:
    if all(value is None or (float(value).is_integer() and abs(value) < 1e15) for value in values):
        return pl.Series(name, [None if value is None else int(value) for value in values], dtype=pl.Int64)
    return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)


def _moment(value: dt.date | None) -> dt.datetime | None:
    return value if value is None or isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())


def _damaged() -> InvalidInput:
    return InvalidInput(
        "archive_damaged",
        "The workbook is damaged or was cut off.",
        fix="Open it in the program that made it and save it again, or save it as CSV.",
    )


def _protected() -> InvalidInput:
    return InvalidInput(
        "password_protected",
        "The workbook is protected by a password.",
        fix="Remove the password in the program that made it, or save the sheet as CSV.",
    )


def _too_complex(value: int, limit: int, unit: str) -> LimitExceeded:
    return LimitExceeded(
        "upload_too_complex",
        f"The workbook has {value:,} {unit}; at most {limit:,} can be read.",
        fix="Save the sheet as CSV, or split it.",
        limit=limit,
        value=value,
    )
