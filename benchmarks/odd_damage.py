"""What goes wrong inside a table: each function damages a sheet and keeps its truth in step."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from benchmarks.odd_corpus import Sheet


def none(sheet: Sheet, random: Random) -> None:
    """Nothing is wrong."""


def short_row(sheet: Sheet, random: Random) -> None:
    """A row lost its last cells."""
    row = random.randrange(3, sheet.recipe.n_rows - 3)
    cells = [column.cells[row] for column in sheet.columns]
    if len(cells) < 3:
        return
    sheet.lines[sheet.rows()[row]] = sheet.line(cells[:-2])
    sheet.drop(row)


def long_row(sheet: Sheet, random: Random) -> None:
    """A row has a cell too many, as from a delimiter that was not quoted."""
    row = random.randrange(3, sheet.recipe.n_rows - 3)
    cells = [column.cells[row] for column in sheet.columns]
    sheet.lines[sheet.rows()[row]] = sheet.line([cells[0], "Ltd.", *cells[1:]])
    sheet.drop(row)


def stray_quote(sheet: Sheet, random: Random) -> None:
    """An inch mark inside a cell without quotes."""
    row = sheet.recipe.n_rows // 2
    cells = [column.cells[row] for column in sheet.columns]
    if sheet.columns[0].kind != "text" or any(sheet.recipe.delimiter in c or "\n" in c or '"' in c for c in cells):
        return
    cells[0] = '27" screen'
    sheet.lines[sheet.rows()[row]] = sheet.recipe.delimiter.join(cells)
    sheet.columns[0].values[row] = cells[0]


def nul(sheet: Sheet, random: Random) -> None:
    """NUL bytes behind a word."""
    index = sheet.rows()[random.randrange(sheet.recipe.n_rows)]
    if "utf-16" not in sheet.recipe.encoding:
        sheet.lines[index] += "\0"


def mixed_encoding(sheet: Sheet, random: Random) -> None:
    """One line of a UTF-8 file comes from an old program."""
    if sheet.recipe.place.encodings[0] != "cp1252" or sheet.recipe.encoding not in {"utf-8", "cp1252", "latin-1"}:
        return
    try:
        "".join(sheet.lines).encode("cp1252")
    except UnicodeEncodeError:
        return
    others = {index for index, line in enumerate(sheet.lines) if not line.isascii()}
    rows = [index for index in sheet.rows() if index in others]
    if len(rows) > 12:
        sheet.mixed_line = rows[len(rows) // 2]


def mixed_ends(sheet: Sheet, random: Random) -> None:
    """Some lines end the Windows way."""
    sheet.ends = ["\r\n" if index % 3 else "\n" for index in range(len(sheet.ends))]


def cut_off(sheet: Sheet, random: Random) -> None:
    """The file ends in the middle of its last row."""
    if sheet.roles[-1] != "row" or len(sheet.columns) < 3:
        return
    row = sheet.recipe.n_rows - 1
    sheet.lines[-1] = sheet.line([column.cells[row] for column in sheet.columns[:2]])
    sheet.ends[-1] = ""
    sheet.drop(row)


def repeated_header(sheet: Sheet, random: Random) -> None:
    """Files were joined with their headers."""
    header = next(line for line, role in zip(sheet.lines, sheet.roles, strict=True) if role == "header")
    at = sheet.rows()[sheet.recipe.n_rows // 2]
    sheet.lines.insert(at, header)
    sheet.roles.insert(at, "bad")
    sheet.ends.insert(at, sheet.recipe.line_end)


def trailing_marks(sheet: Sheet, random: Random) -> None:
    """Every line ends with a delimiter."""
    for index, role in enumerate(sheet.roles):
        if role in {"header", "row"}:
            sheet.lines[index] += sheet.recipe.delimiter


def trailing_marks_in_rows(sheet: Sheet, random: Random) -> None:
    """Rows end with a delimiter, the header does not."""
    for index in sheet.rows():
        sheet.lines[index] += sheet.recipe.delimiter


def empty_rows(sheet: Sheet, random: Random) -> None:
    """A spreadsheet saved rows of nothing below the table."""
    if sheet.roles[-1] != "row" or len(sheet.columns) < 2:
        return
    for _ in range(5):
        sheet.add(sheet.recipe.delimiter * (len(sheet.columns) - 1), "footer")
        sheet.ends.append(sheet.recipe.line_end)


def blank_lines(sheet: Sheet, random: Random) -> None:
    """Blank lines between the rows."""
    for index in reversed(sheet.rows()[2::5]):
        sheet.lines.insert(index, "")
        sheet.roles.insert(index, "footer")
        sheet.ends.insert(index, sheet.recipe.line_end)


def padded_cells(sheet: Sheet, random: Random) -> None:
    """Cells are filled up with blanks so that they stand below each other."""
    if sheet.recipe.quoting != "minimal" or sheet.recipe.delimiter in " \t":
        return
    for row, index in enumerate(sheet.rows()):
        cells = [column.cells[row] for column in sheet.columns]
        if not any(sheet.recipe.delimiter in cell or '"' in cell or "\n" in cell for cell in cells):
            sheet.lines[index] = sheet.recipe.delimiter.join(f"{cell:>12}" for cell in cells)


def end_mark(sheet: Sheet, random: Random) -> None:
    """The byte that ended files under DOS."""
    sheet.tail = "\x1a"


def unclosed_quote(sheet: Sheet, random: Random) -> None:
    """A quote opens a cell and nothing closes it."""
    row = sheet.recipe.n_rows // 2
    cells = [column.cells[row] for column in sheet.columns]
    if any(sheet.recipe.delimiter in cell or '"' in cell or "\n" in cell for cell in cells) or len(cells) < 2:
        return
    if sheet.recipe.quoting != "minimal":
        return
    sheet.lines[sheet.rows()[row]] = sheet.recipe.delimiter.join(['"' + cells[0], *cells[1:]])
    sheet.drop(row)


DAMAGES: Final[dict[str, Callable[[Sheet, Random], None]]] = {
    work.__name__: work
    for work in (
        none, short_row, long_row, stray_quote, nul, mixed_encoding, mixed_ends, cut_off, repeated_header,
        trailing_marks, trailing_marks_in_rows, empty_rows, blank_lines, padded_cells, end_mark, unclosed_quote,
    )
}  # fmt: skip
