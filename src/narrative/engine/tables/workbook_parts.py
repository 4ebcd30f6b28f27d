"""What a workbook holds, by looking at its XML in pieces: sheets, sizes, errors, and all that was built to exhaust.

The readers of workbooks abort their whole process on a cell in the far corner and unpack whatever they are given, so
everything that can be counted is counted here first, in memory that does not grow with the file.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.magic import DAMAGE
from narrative.engine.tables.types import ReadLimits

MOST_PARTS: Final = 5_000
MOST_RATIO: Final = 1_000
MOST_ROWS: Final = 1_048_576
MOST_ERRORS: Final = 1_000
CHUNK_BYTES: Final = 1 << 20
OTHER_SHEETS_BYTES: Final = 200_000_000
"""XML of sheets that are only listed: with more, their sizes are left open."""
BYTES_PER_CELL: Final = 64
"""What a reader reserves per cell of the rectangle that a sheet spans, empty ones included."""

# Patterns stop at the next "<", which no attribute may hold: none of them looks at a byte more than a few times.
_PROLOGUE: Final = 65_536
_SMALL_PART: Final = 32 * 1024 * 1024
_NAME: Final = rb"<(?:[A-Za-z]{1,20}:)?"
_SHEET: Final = re.compile(_NAME + rb"sheet\s([^<>]*)>")
_RELATION: Final = re.compile(_NAME + rb"Relationship\s([^<>]*)>")
_NUMBER_FORMAT: Final = re.compile(_NAME + rb"numFmt\s([^<>]*)>")
_STYLE: Final = re.compile(_NAME + rb"xf\b([^<>]*)>")
_STRINGS: Final = re.compile(_NAME + rb"sst\s([^<>]*)>")
_ATTRIBUTE: Final = re.compile(rb"(?<![\w:])([\w:]{1,60})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)')")
_CELL: Final = re.compile(_NAME + rb"c(?:\s[^<>]*?)??\sr=[\"']([A-Z]{1,3})([0-9]{1,9})[\"'][^<>]*(?<!/)>")
_ERROR: Final = re.compile(_NAME + rb"c\s([^<>]*?\bt=[\"']e[\"'][^<>]*)>")
_VALUE: Final = re.compile(_NAME + rb"v>([^<]{0,40})")
_STYLED: Final = re.compile(_NAME + rb"c\s([^<>]*\bs=[\"'][0-9]+[\"'][^<>]*)(?<!/)>")
_REFERENCE: Final = re.compile(rb"([A-Z]{1,3})([0-9]{1,9})")
_ODS_PIECE: Final = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)\b([^<>]*)>|</table:table-row>")
_REPEATED: Final = re.compile(rb"table:number-(?:rows|columns)-repeated=[\"']([0-9]{1,12})[\"']")


@dataclass
class SheetFacts:
    """A worksheet: its extent with its header, 0-based percent columns, and error cells (row, column, text)."""

    name: str
    part: str = ""
    is_hidden: bool = False
    n_rows: int | None = None
    n_columns: int | None = None
    size_bytes: int = 0
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    n_errors: int = 0
    percent: set[int] = field(default_factory=set)


@dataclass
class BookFacts:
    """A workbook before it is read."""

    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    has_macros: bool = False
    counts_from_1904: bool = False


def damaged() -> InvalidInput:
    """The refusal of a workbook that cannot be read."""
    return InvalidInput(
        "archive_damaged",
        "The workbook is damaged or was cut off.",
        fix="Open it in the program that made it and save it again, or save it as CSV.",
    )


def protected() -> InvalidInput:
    """The refusal of a workbook with a password."""
    return InvalidInput(
        "password_protected",
        "The workbook is protected by a password.",
        fix="Remove the password in the program that made it, or save the sheet as CSV.",
    )


def too_complex(value: int, limit: int, unit: str) -> LimitExceeded:
    """The refusal of a workbook that passes a limit."""
    return LimitExceeded(
        "upload_too_complex",
        f"The workbook has {value:,} {unit}; at most {limit:,} can be read.",
        fix="Save the sheet as CSV, or split it.",
        limit=limit,
        value=value,
    )


def _unsafe() -> InvalidInput:
    return InvalidInput(
        "archive_unsafe",
        "The workbook declares XML entities of its own, which no spreadsheet program writes; it was not read.",
        fix="Open it in the program that made it and save it again, or save the sheet as CSV.",
    )


def scan_workbook(path: Path, limits: ReadLimits) -> BookFacts:
    """Look at a packed workbook (XLSX, XLSM, ODS) without trusting it; other files give no facts.

    Raises:
        InvalidInput: ``archive_damaged``, ``archive_unsafe`` (XML entities), ``password_protected``.
        LimitExceeded: ``upload_too_complex`` for parts, unpacked bytes, ratios, rows or cells.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            if stream.read(2) == b"PK":
                raise damaged()
        return BookFacts()
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive, limits)
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return _scan_xlsx(archive, limits)
            if "content.xml" in names:
                _scan_ods(archive, limits)
            return BookFacts()
    except (*DAMAGE, KeyError) as error:
        raise damaged() from error
    except RuntimeError as error:  # zipfile's word for an encrypted part
        raise protected() from error


def _check_parts(archive: zipfile.ZipFile, limits: ReadLimits) -> None:
    """Refuse archives that unpack to far more than they look like, before any of it is read as XML."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise too_complex(len(parts), MOST_PARTS, "parts")
    if any(part.flag_bits & 1 for part in parts):
        raise protected()
    budget = limits.memory_bytes // 4
    declared = sum(part.file_size for part in parts)
    if declared > budget:
        raise too_complex(declared, budget, "bytes once unpacked")
    for part in parts:
        if part.file_size > 10_000_000 and part.file_size > MOST_RATIO * max(1, part.compress_size):
            raise too_complex(part.file_size, MOST_RATIO * part.compress_size, "bytes in one part")
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                start = stream.read(_PROLOGUE).replace(b"\0", b"")
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                raise _unsafe()


def _scan_xlsx(archive: zipfile.ZipFile, limits: ReadLimits) -> BookFacts:
    book = BookFacts(has_macros="xl/vbaProject.bin" in archive.namelist())
    content = _small(archive, "xl/workbook.xml")
    book.counts_from_1904 = re.search(rb"\bdate1904=[\"'](?:1|true)[\"']", content) is not None
    targets = _targets(archive)
    for match in _SHEET.finditer(content):
        given = _attributes(match.group(1))
        name = given.get("name", "")
        part = targets.get(given.get("r:id", given.get("id", "")), "")
        book.sheets[name] = SheetFacts(name, part, is_hidden=given.get("state", "visible") != "visible")
    _check_strings(archive)
    percent_styles, seen = _percent_styles(archive), 0
    for sheet in book.sheets.values():
        if sheet.part not in archive.namelist():
            continue
        sheet.size_bytes = archive.getinfo(sheet.part).file_size
        if seen <= OTHER_SHEETS_BYTES:
            scan_sheet(archive, sheet, percent_styles)
        seen += sheet.size_bytes
    check_extents(book, limits)
    return book


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part that is read as a whole; none that a spreadsheet program writes comes near the limit."""
    size = archive.getinfo(name).file_size
    if size > _SMALL_PART:
        raise too_complex(size, _SMALL_PART, f"bytes in its part {name!r}")
    return archive.read(name)


def check_extents(book: BookFacts, limits: ReadLimits) -> None:
    """Refuse a sheet that spans more than can be held: one cell in the far corner is enough to make it so."""
    most_cells = min(limits.max_cells, limits.memory_bytes // BYTES_PER_CELL)
    for sheet in book.sheets.values():
        if sheet.n_rows is None or sheet.n_columns is None:
            continue
        if sheet.n_rows > MOST_ROWS:
            raise too_complex(sheet.n_rows, MOST_ROWS, f"rows in the sheet {sheet.name[:80]!r}")
        if sheet.n_rows * sheet.n_columns > most_cells:
            value = sheet.n_rows * sheet.n_columns
            raise too_complex(value, most_cells, f"cells in the rectangle that the sheet {sheet.name[:80]!r} spans")


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Part names by the ids that the list of sheets uses."""
    try:
        content = _small(archive, "xl/_rels/workbook.xml.rels")
    except KeyError:
        return {}
    found = {}
    for match in _RELATION.finditer(content):
        given = _attributes(match.group(1))
        target = given.get("Target", "")
        whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        found[given.get("Id", "")] = whole
    return found


def _attributes(text: bytes) -> dict[str, str]:
    return {
        name.decode("ascii", "replace"): html.unescape((double or single).decode("utf-8", "replace"))
        for name, double, single in _ATTRIBUTE.findall(text)
    }


def _check_strings(archive: zipfile.ZipFile) -> None:
    """The table of shared texts says how many there are; readers reserve memory for as many."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return
    part = archive.getinfo("xl/sharedStrings.xml")
    with archive.open(part) as stream:
        match = _STRINGS.search(stream.read(_PROLOGUE))
    if match is None:
        return
    unique = _attributes(match.group(1)).get("uniqueCount", "0")
    possible = part.file_size // 4  # `<si/>` is the shortest entry
    if unique.isdigit() and len(unique) < 20 and int(unique) > max(1_000, possible):
        raise too_complex(int(unique), possible, "shared texts by its own account")
    if len(unique) >= 20:
        raise damaged()


def _percent_styles(archive: zipfile.ZipFile) -> set[str]:
    """Numbers of the cell styles that show a percent sign. Source: ECMA-376 Part 1, section 18.8.30."""
    try:
        content = _small(archive, "xl/styles.xml")
    except KeyError:
        return set()
    ids = {"9", "10"}
    for match in _NUMBER_FORMAT.finditer(content):
        given = _attributes(match.group(1))
        if "%" in given.get("formatCode", ""):
            ids.add(given.get("numFmtId", ""))
    first, last = content.find(b"cellXfs"), content.rfind(b"cellXfs")
    styles = _STYLE.findall(content[first:last])
    return {str(place) for place, text in enumerate(styles) if _attributes(text).get("numFmtId") in ids}


def scan_sheet(archive: zipfile.ZipFile, sheet: SheetFacts, percent_styles: set[str]) -> None:
    """Count a worksheet's extent, note its error cells, and which of its columns are shown as percent."""
    rows = columns = tagged_rows = tagged_cells = 0
    letters: set[bytes] = set()
    for place, piece in enumerate(_pieces(archive, sheet.part)):
        found = _CELL.findall(piece)
        letters.update({column for column, _ in found})
        rows = max([rows, *map(int, {row for _, row in found})])
        tagged_rows += piece.count(b"<row")
        tagged_cells += piece.count(b"<c>") + piece.count(b"<c ")
        if b't="e"' in piece or b"t='e'" in piece:
            _note_errors(piece, sheet)
        if place == 0 and percent_styles:
            _note_percent(piece, sheet, percent_styles)
    if letters:
        columns = max(column_number(text) for text in letters) + 1
    elif tagged_cells:  # cells may leave their place out; then they stand one after the other
        rows, columns = tagged_rows, -(-tagged_cells // max(1, tagged_rows))
    sheet.n_rows, sheet.n_columns = rows, columns


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part in pieces that end where a cell ends, so that nothing that is looked for is cut in two."""
    rest = b""
    with archive.open(name) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            rest += chunk
            cut = max(rest.rfind(b"</c>"), rest.rfind(b"</row>"), rest.rfind(b":c>"))
            if cut < 0 and len(rest) < 8 * CHUNK_BYTES:
                continue
            cut = len(rest) if cut < 0 else cut
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _note_errors(piece: bytes, sheet: SheetFacts) -> None:
    for match in _ERROR.finditer(piece):
        sheet.n_errors += 1
        if len(sheet.errors) >= MOST_ERRORS:
            continue
        reference = _REFERENCE.fullmatch(_attributes(match.group(1)).get("r", "").encode())
        value = _VALUE.search(piece, match.end(), match.end() + 10_000)
        if reference is not None and value is not None:
            text = value.group(1).decode("utf-8", "replace")
            sheet.errors.append((int(reference.group(2)), column_number(reference.group(1)), text))


def _note_percent(piece: bytes, sheet: SheetFacts, styles: set[str]) -> None:
    for match in _STYLED.finditer(piece):
        given = _attributes(match.group(1))
        reference = _REFERENCE.fullmatch(given.get("r", "").encode())
        if reference is not None and given.get("s") in styles and given.get("t", "n") == "n":
            sheet.percent.add(column_number(reference.group(1)))


def column_number(letters: bytes) -> int:
    """0-based number of a column by its letters.

    >>> column_number(b"A"), column_number(b"XFD")
    (0, 16383)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _scan_ods(archive: zipfile.ZipFile, limits: ReadLimits) -> None:
    """Refuse a document whose repeated cells and rows, written once each, make a table that cannot be held."""
    most = min(limits.max_cells, limits.memory_bytes // BYTES_PER_CELL)
    times, filled, total, rest = 1, 0, 0, b""
    with archive.open("content.xml") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            rest += chunk
            cut = rest.rfind(b"<")
            piece, rest = rest[:cut], rest[cut:]
            for match in _ODS_PIECE.finditer(piece):
                kind, attributes = match.group(1), match.group(2)
                if kind is None:
                    total += times * filled
                    times = 1
                    filled = 0
                elif kind in {b"table-row", b"table"}:
                    times, filled = _repeats(attributes), 0
                elif b"value-type=" in attributes:
                    filled += _repeats(attributes)
                if total > most or filled > limits.max_columns * 2:
                    raise too_complex(max(total, filled), most, "cells once repeated ones are written out")


def _repeats(attributes: bytes) -> int:
    match = _REPEATED.search(attributes)
    return int(match.group(1)) if match else 1
