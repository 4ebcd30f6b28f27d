"""Workbooks (XLSX, XLSM, XLS, ODS) to a typed table: one sheet, its header, typed cells, and what else there is."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.columns import type_columns
from narrative.engine.tables.delimited import Parsed, header_guess
from narrative.engine.tables.header import Header, find_header
from narrative.engine.tables.types import Guess, OddCell, Part, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted
from narrative.engine.tables.workbook_cells import cell_text, column_of, is_blank, read_serials
from narrative.engine.tables.workbook_merges import Grid, Merge, spread_merges
from narrative.engine.tables.workbook_parts import BookFacts, SheetFacts, damaged, protected, scan_workbook, too_complex

MOST_LISTED: Final = 1_000
MOST_SHEETS: Final = 200
LOOKED_AT: Final = 150


@dataclass
class _Sheet:
    """A sheet with data (rows without blank ones), and what is said about it."""

    name: str
    grid: Grid
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_workbook(path: Path, options: ReadOptions, limits: ReadLimits, kind: str = "xlsx") -> Parsed:
    """The table of a workbook's first visible sheet with data, or of the sheet that was asked for.

    Raises:
        InvalidInput: ``archive_damaged``, ``archive_unsafe``, ``password_protected``, ``sheet_unknown``,
            ``empty_file``, ``header_only``.
        LimitExceeded: ``upload_too_complex``, ``too_many_columns``.
    """
    facts = scan_workbook(path, limits)
    sheet, parts, evidence = _read_sheet(path, kind, facts, options, limits)
    grid = sheet.grid
    width = len(grid.rows[0])
    if width > limits.max_columns:
        raise LimitExceeded(
            "too_many_columns",
            f"The sheet has {width:,} columns; at most {limits.max_columns:,} can be read.",
            fix="Leave out columns, or turn the table on its side if its rows are the columns.",
            limit=limits.max_columns,
            value=width,
        )
    sheet.repairs += spread_merges(grid, options.header)
    header = find_header(_shown(grid.rows[:LOOKED_AT]), width, options.header)
    body = grid.rows[header.first_row :]
    if not body:
        raise InvalidInput(
            "header_only",
            f"The sheet {sheet.name!r} has {counted(width, 'column name')} but no rows.",
            row=grid.numbers[0],
            fix="Choose a sheet with at least one row below the header.",
        )
    guess = Guess(name="sheet", value=sheet.name, confidence=1.0 if options.sheet else 0.9, evidence=evidence)
    parsed = _typed(sheet, body, header, options, facts)
    parsed.report["guesses"].insert(0, guess.model_dump())
    parsed.report["sheets"] = [part.model_dump() for part in parts[:MOST_SHEETS]]
    parsed.report["format"] = kind
    return parsed


def _shown(rows: list[list[Any]]) -> list[list[str]]:
    return [["" if is_blank(value) else cell_text(value) or "" for value in row] for row in rows]


def _open(path: Path, kind: str) -> Any:
    """The workbook; an old one that is refused is tried again under a name that tells its kind.

    Without the name the library tries one format after the other and forgets that it met a password.
    """
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_path(path)
    except python_calamine.CalamineError:
        if kind != "xls":
            raise
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder, "book.xls")
        named.symlink_to(path.resolve())
        return python_calamine.CalamineWorkbook.from_path(named)


def _read_sheet(
    path: Path, kind: str, facts: BookFacts, options: ReadOptions, limits: ReadLimits
) -> tuple[_Sheet, list[Part], str]:
    """The sheet to read, all sheets with their sizes, and why this one was taken."""
    import python_calamine

    try:
        book = _open(path, kind)
        hidden = {one.name for one in book.sheets_metadata if one.visible != python_calamine.SheetVisibleEnum.Visible}
        names = [one.name for one in book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
        parts = [_part(book, name, name in hidden, facts) for name in names]
        if options.sheet is not None and options.sheet not in names:
            raise _unknown(options.sheet, names)
        order = [options.sheet] if options.sheet else sorted(names, key=lambda name: name in hidden)
        for name in order:
            sheet = _sheet(book, name, limits)
            if sheet is not None:
                return sheet, parts, _evidence(name, options, parts, sheet)
    except python_calamine.PasswordError as error:
        raise protected() from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise damaged() from error
    where = f"The sheet {options.sheet[:80]!r} holds no data." if options.sheet else "No sheet holds data."
    raise InvalidInput("empty_file", where, fix="Choose a sheet or a workbook with a table.")


def _unknown(wanted: str, names: list[str]) -> InvalidInput:
    return InvalidInput(
        "sheet_unknown",
        f"There is no sheet {wanted[:80]!r}.",
        fix=f"The sheets are: {', '.join(repr(name) for name in names[:20])}.",
    )


def _part(book: Any, name: str, is_hidden: bool, facts: BookFacts) -> Part:
    known = facts.sheets.get(name)
    if known is not None:
        return Part(name=name, n_rows=known.n_rows, n_columns=known.n_columns, is_hidden=is_hidden)
    if facts.sheets:
        return Part(name=name, is_hidden=is_hidden)
    sheet = book.get_sheet_by_name(name)  # XLS and ODS are in memory as a whole already
    end = sheet.end or (-1, -1)
    return Part(name=name, n_rows=end[0] + 1, n_columns=end[1] + 1, is_hidden=is_hidden)


def _evidence(name: str, options: ReadOptions, parts: list[Part], sheet: _Sheet) -> str:
    hidden = [part.name for part in parts if part.is_hidden]
    if name in hidden:
        sheet.warnings.append(f"The sheet {name!r} is hidden in the workbook.")
    elif hidden and not options.sheet:
        sheet.repairs.append(f"{counted(len(hidden), 'hidden sheet')} not read: {', '.join(map(repr, hidden[:5]))}.")
    if options.sheet:
        return "you said so"
    if len(parts) == 1:
        return "the only sheet"
    return f"the first visible sheet with data, of {len(parts)}" if name not in hidden else "no visible sheet has data"


def _sheet(book: Any, name: str, limits: ReadLimits) -> _Sheet | None:
    """Rows of a sheet that hold anything; None when there are none."""
    found = book.get_sheet_by_name(name)
    if found.start is None:
        return None
    if found.height * found.width > limits.max_cells:
        raise too_complex(found.height * found.width, limits.max_cells, "cells")
    first_row, first_column = found.start
    rows, numbers = [], []
    for place, row in enumerate(found.to_python(skip_empty_area=True)):
        if any(not is_blank(cell) for cell in row):
            rows.append(row)
            numbers.append(first_row + place + 1)
    if not rows:
        return None
    merges = [
        Merge(top + 1, bottom + 1, left, right) for (top, left), (bottom, right) in found.merged_cell_ranges or []
    ]
    return _Sheet(name, Grid(rows, numbers, first_column, merges))


def _typed(sheet: _Sheet, body: list[list[Any]], header: Header, options: ReadOptions, facts: BookFacts) -> Parsed:
    columns = {name: column_of(name, [row[i] for row in body]) for i, name in enumerate(header.names)}
    nameless = {header.names[index] for index in header.blank}
    empty = [name for name in nameless if columns[name].null_count() == len(body)]
    kept = {name: series for name, series in columns.items() if name not in empty} or columns
    notes = [] if facts.counts_from_1904 else read_serials(kept)
    typed = type_columns(pl.DataFrame(list(kept.values())), options, None)
    lines = np.asarray(sheet.grid.numbers[header.first_row :], dtype=np.int64)
    known = facts.sheets.get(sheet.name, SheetFacts(sheet.name))
    names = {sheet.grid.first_column + index: name for index, name in enumerate(header.names) if name in kept}
    odd = [OddCell(line=int(lines[row]), column=c, value=v[:200], reason=r) for row, c, v, r in typed.odd[:MOST_LISTED]]
    errors = _errors(known, names, int(lines[0]))
    n_errors = known.n_errors if known.n_errors > len(known.errors) else len(errors)
    notes += _percent(known, names)
    if facts.has_macros:
        notes.append("The workbook has macros; they were not run, only its cells were read.")
    report = {
        "header": header.is_present,
        "sheet": sheet.name,
        "n_odd_cells": len(typed.odd) + n_errors,
        "odd_cells": [cell.model_dump() for cell in sorted([*odd, *errors], key=lambda cell: cell.line)[:MOST_LISTED]],
        "guesses": [guess.model_dump() for guess in [header_guess(header), *typed.guesses] if guess.name != "decimal"],
        "repairs": sheet.repairs + header.repairs[:20] + notes[:200] + typed.repairs[:200],
        "warnings": sheet.warnings + header.warnings + _error_warnings(errors) + typed.warnings[:200],
    }
    return Parsed(typed.frame, lines, report)


def _errors(sheet: SheetFacts, names: dict[int, str], first_line: int) -> list[OddCell]:
    """Cells that hold an error of the spreadsheet; the reader gives them as empty."""
    return [
        OddCell(line=row, column=names[column], value=text, reason="It is an error of the spreadsheet.")
        for row, column, text in sheet.errors
        if row >= first_line and column in names
    ]


def _error_warnings(errors: list[OddCell]) -> list[str]:
    where: dict[str, list[OddCell]] = {}
    for cell in errors:
        where.setdefault(cell.column, []).append(cell)
    return [
        f"{counted(len(cells), 'cell')} of column {name!r} {'holds' if len(cells) == 1 else 'hold'} an error of the "
        f"spreadsheet (the first is {cells[0].value} in row {cells[0].line:,}); read as missing."
        for name, cells in list(where.items())[:20]
    ]


def _percent(sheet: SheetFacts, names: dict[int, str]) -> list[str]:
    shown = [names[column] for column in sorted(sheet.percent) if column in names]
    return [
        f"Column {name!r} is shown as percent in the sheet; its numbers are fractions (50% is 0.5)."
        for name in shown[:50]
    ]
