"""Mending texts whose quotes are out of order, line by line, so that one bad quote costs one row and not the file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Final

from narrative.engine.tables.types import BadRow

LONGEST_RECORD_LINES: Final = 50
TEXT_CHARACTERS: Final = 1_000


@dataclass(frozen=True)
class Mended:
    """Text in canonical quoting, the 1-based line each record came from, and rows whose quote never closes."""

    data: bytes
    lines: list[int]
    bad_rows: list[BadRow]
    n_mended: int


def mend_quotes(data: bytes, delimiter: str, quote: str, width: int, *, escape: bool) -> Mended:
    """Read leniently and write again in the canonical form (``"``, doubled inside, every record on its lines).

    A quote inside an unquoted cell is text. A quoted cell that does not close on its line may go on over further
    lines, but only if that gives a record of the right width and the next line is not a whole record itself;
    otherwise the line is a bad row and reading goes on with the next one.
    """
    texts = data.decode("utf-8").split("\n")
    if texts and not texts[-1]:
        texts.pop()
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quotechar='"', lineterminator="\n")
    lines: list[int] = []
    bad: list[BadRow] = []
    mended = index = 0
    while index < len(texts):
        line = texts[index].rstrip("\r")
        taken = 1
        if quote not in line:
            buffer.write(line + "\n")
        else:
            cells, taken = _record(texts, index, delimiter, quote, width, escape=escape)
            if cells is None:
                bad.append(_unclosed(line, index + 1, delimiter, quote, escape=escape))
                index += 1
                continue
            _write(writer, buffer, cells)
            mended += 1
        lines.append(index + 1)
        index += taken
    return Mended(buffer.getvalue().encode("utf-8"), lines, bad, mended)


def _write(writer: object, buffer: io.StringIO, cells: list[str]) -> None:
    """One record; a single empty cell would otherwise be written as a pair of quotes."""
    if cells == [""]:
        buffer.write("\n")
    else:
        writer.writerow(cells)  # type: ignore[attr-defined]  # csv has no public name for the type of its writers


def _record(
    texts: list[str], index: int, delimiter: str, quote: str, width: int, *, escape: bool
) -> tuple[list[str] | None, int]:
    """Cells of the record that begins in this line and the lines it takes; None when a quote never closes."""
    joined = texts[index].rstrip("\r")
    for taken in range(1, LONGEST_RECORD_LINES + 1):
        cells, closed = _cells(joined, delimiter, quote, escape=escape)
        if closed:
            return (cells, taken) if taken == 1 or len(cells) == width else (None, 1)
        if index + taken >= len(texts):
            return None, 1
        following = texts[index + taken].rstrip("\r")
        if _stands_alone(following, delimiter, quote, width, escape=escape):
            return None, 1
        joined += "\n" + following
    return None, 1


def _stands_alone(line: str, delimiter: str, quote: str, width: int, *, escape: bool) -> bool:
    """Whether a line is a whole record by itself: the quote opened before it was never closed."""
    if width < 2 or delimiter not in line:
        return False
    cells, closed = _cells(line, delimiter, quote, escape=escape)
    return closed and len(cells) == width


def _cells(text: str, delimiter: str, quote: str, *, escape: bool) -> tuple[list[str], bool]:
    """Cells of a text read leniently, and whether every quote that opened a cell also closed it."""
    if escape:
        text = text.replace("\\" + quote, quote * 2)
    cells: list[str] = []
    position, size = 0, len(text)
    while True:
        begin = position
        while begin < size and text[begin] == " " and delimiter != " ":
            begin += 1
        if text.startswith(quote, begin):
            cell, end = _closing(text, begin + 1, delimiter, quote)
            if end < 0:
                return [*cells, cell], False
            cells.append(cell)
        else:
            end = text.find(delimiter, position)
            end = size if end < 0 else end
            cells.append(text[position:end])
        if end >= size:
            return cells, True
        position = end + len(delimiter)


def _closing(text: str, start: int, delimiter: str, quote: str) -> tuple[str, int]:
    """The quoted text, and the place of the delimiter or end behind it; -1 when it never closes."""
    parts: list[str] = []
    position, size = start, len(text)
    while True:
        end = text.find(quote, position)
        if end < 0:
            return "".join([*parts, text[position:]]), -1
        parts.append(text[position:end])
        behind = end + 1
        if text.startswith(quote, behind):
            parts.append(quote)
            position = behind + 1
            continue
        while behind < size and text[behind] == " " and delimiter != " ":
            behind += 1
        if behind >= size or text.startswith(delimiter, behind):
            return "".join(parts), behind
        parts.append(quote)
        position = end + 1


def _unclosed(line: str, number: int, delimiter: str, quote: str, *, escape: bool) -> BadRow:
    cells, _ = _cells(line, delimiter, quote, escape=escape)
    return BadRow(
        line=number,
        column=str(len(cells)),
        value=cells[-1][:80],
        reason=f"The quote that opens cell {len(cells)} is never closed.",
        text=line[:TEXT_CHARACTERS],
    )
