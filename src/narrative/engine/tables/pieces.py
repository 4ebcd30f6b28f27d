"""A large text file piece by piece: whole records, looked at byte by byte while they are in the processor's cache.

What is checked here costs about 1 ns per byte and proves that a plain parser reads a piece correctly: valid UTF-8,
every record of the same width, and no cell of digits that is a code rather than a number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from narrative.engine.tables.records import scan_records
from narrative.engine.types import IntArray

PIECE_BYTES: Final = 8 << 20
TAIL_BYTES: Final = 1 << 16
BLOCK_BYTES: Final = 1 << 18
"""Fits the processor's second cache: the dozen comparisons below then cost less than one read from memory."""
MOST_TRIES: Final = 1_000
_NEWLINE, _RETURN, _TAB, _SPACE, _PLUS, _MINUS, _ZERO, _QUOTE = 10, 13, 9, 32, 43, 45, 48, 34
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


class IrregularError(Exception):
    """The file needs the careful way of reading; never leaves this package."""


@dataclass(frozen=True)
class Piece:
    """Whole records of a regular file.

    Attributes:
        data: their bytes, the last one ended by a line break.
        n_rows: how many they are.
        lines: 1-based line of each, counted from the first line of the piece; None when each takes one line.
        n_lines: lines of the piece.
        has_quotes: whether any cell is quoted.
        suspects: columns with a cell that may be a code ("007", "+49…") or has a blank in front; -1 stands for
            "some column, not known which".
    """

    data: bytes
    n_rows: int
    lines: IntArray | None
    n_lines: int
    has_quotes: bool
    suspects: frozenset[int]


def whole_records(path: Path, start: int, size: int) -> Iterator[bytes]:
    """The bytes of a file from ``start`` on, cut where a record ends into pieces of about ``size`` bytes.

    Raises:
        IrregularError: no record ends within a piece.
    """
    with path.open("rb", buffering=0) as file:
        end = path.stat().st_size
        while end - start > size:
            # The tail is read first: the piece itself then comes in one go, at its exact length.
            tail = os.pread(file.fileno(), TAIL_BYTES, start + size - TAIL_BYTES) if size > TAIL_BYTES else b""
            wanted = size - TAIL_BYTES + tail.rfind(b"\n") + 1 if b"\n" in tail else size
            data = os.pread(file.fileno(), wanted, start)
            stop = record_end(data)
            if not stop:
                raise IrregularError("a record is longer than a piece")
            yield data if stop == len(data) else data[:stop]
            start += stop
        rest = os.pread(file.fileno(), end - start, start).rstrip(b"\r\n")
    if rest:
        yield rest + b"\n"


def record_end(buffer: bytes) -> int:
    """Where the last whole record of a text that begins with a record ends; 0 when none does.

    A line break behind an odd number of quotes stands inside a cell.
    """
    end = buffer.rfind(b"\n") + 1
    if not end or b'"' not in buffer:
        return end
    n_quotes = buffer.count(b'"', 0, end)
    for _ in range(MOST_TRIES):
        if n_quotes % 2 == 0:
            return end
        before = buffer.rfind(b"\n", 0, end - 1) + 1
        if not before:
            return 0
        n_quotes -= buffer.count(b'"', before, end)
        end = before
    return 0


def examine(data: bytes, delimiter: str, width: int) -> Piece:
    """Prove that every record of a piece has ``width`` cells and that its bytes are what they seem.

    Raises:
        IrregularError: bytes that are not UTF-8, a NUL, a single carriage return, a record of another width, or quotes
            out of order.
    """
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise IrregularError("not UTF-8") from None
    if b"\0" in data or (b"\r" in data and data.count(b"\r") > data.count(b"\r\n")):
        raise IrregularError("a NUL or a single carriage return")
    if b'"' in data:
        return _examine_quoted(data, delimiter, width)
    found = _look(data, ord(delimiter))
    n_rows = found.n_breaks
    # A parser refuses longer records; none can then be shorter if the cells add up.
    if found.n_marks != n_rows * (width - 1):
        raise IrregularError("records differ in width")
    return Piece(data, n_rows, None, n_rows, has_quotes=False, suspects=_columns(data, ord(delimiter), width, found))


def _examine_quoted(data: bytes, delimiter: str, width: int) -> Piece:
    if _is_simply_quoted(data, delimiter):
        found = _look(data, ord(delimiter), behind_quotes=True)
        if found.n_marks != found.n_breaks * (width - 1):
            raise IrregularError("records differ in width")
        suspects = frozenset({-1}) if len(found.hits) else frozenset[int]()
        return Piece(data, found.n_breaks, None, found.n_breaks, has_quotes=True, suspects=suspects)
    scan = scan_records(data, delimiter, '"')
    if not scan.quotes_in_order or (scan.records.cells != width).any():
        raise IrregularError("quotes out of order, or records differ in width")
    found = _look(data, ord(delimiter), behind_quotes=True)
    n_rows, n_lines = len(scan.records), data.count(b"\n")
    return Piece(
        data,
        n_rows,
        scan.records.lines if n_lines != n_rows else None,
        n_lines,
        has_quotes=True,
        suspects=frozenset({-1}) if len(found.hits) else frozenset(),
    )


def _is_simply_quoted(data: bytes, delimiter: str) -> bool:
    """Whether quotes stand around whole cells only, with no delimiter, line break or quote between them.

    Most quoted files are so. Then every delimiter and every line break counts, and quotes need not be followed.
    """
    mark = ord(delimiter)
    # Without all other bytes, such a cell is a pair of quotes. A single one, or more than two, is something else.
    left = data.translate(None, bytes(set(range(256)) - {_QUOTE, _NEWLINE, mark}))
    if b'"""' in left or b'"' in left.replace(b'""', b""):
        return False
    array = np.frombuffer(data, dtype=np.uint8)
    n_outer = int(array[0] == _QUOTE)
    for start in range(0, len(array), BLOCK_BYTES):
        block = array[start : start + BLOCK_BYTES + 1]
        is_quote = block == _QUOTE
        is_edge = (block == mark) | (block == _NEWLINE) | (block == _RETURN)
        n_outer += int(np.count_nonzero(is_edge[:-1] & is_quote[1:]))
        n_outer += int(np.count_nonzero(is_quote[:-1] & is_edge[1:]))
    return n_outer == left.count(_QUOTE)


@dataclass(frozen=True)
class _Look:
    n_breaks: int
    n_marks: int
    hits: IntArray
    """Places of the marks in front of suspicious cells; -1 is the beginning of the piece."""


def _look(data: bytes, mark: int, *, behind_quotes: bool = False) -> _Look:
    """Count line breaks and delimiters, and find cells that may be codes."""
    array = np.frombuffer(data, dtype=np.uint8)
    n_breaks = n_marks = 0
    begins: list[IntArray] = [np.zeros(1, dtype=np.int64)]
    for start in range(0, len(array), BLOCK_BYTES):
        block = array[start : start + BLOCK_BYTES]
        is_break, is_mark = block == _NEWLINE, block == mark
        n_breaks += int(np.count_nonzero(is_break))
        n_marks += int(np.count_nonzero(is_mark))
        is_break |= is_mark
        after = array[start + 1 : start + 1 + len(block)]
        # Nearly all cells that begin with a byte above "0" are neither codes nor blank.
        is_low = after <= _ZERO
        is_low &= is_break[: len(after)]
        begins.append(np.flatnonzero(is_low) + (start + 1))
    cells = np.concatenate(begins)
    return _Look(n_breaks, n_marks, cells[_are_strange(array, cells, behind_quotes=behind_quotes)] - 1)


def _are_strange(array: Bytes, cells: IntArray, *, behind_quotes: bool) -> Flags:
    """Which of the cells that begin at these places may be codes, or begin with a blank."""
    last = len(array) - 1
    bytes_of = [array[np.minimum(cells + shift, last)] for shift in range(4 if behind_quotes else 3)]
    strange = _is_strange(bytes_of[0], bytes_of[1], bytes_of[2])
    if behind_quotes:
        strange |= (bytes_of[0] == _QUOTE) & _is_strange(bytes_of[1], bytes_of[2], bytes_of[3])
    return strange


def _is_strange(first: Bytes, second: Bytes, third: Bytes) -> Flags:
    strange: Flags = (first == _ZERO) & (second - _ZERO < 10)  # bytes below "0" wrap around to large ones
    strange |= (first == _PLUS) | (first == _SPACE) | (first == _TAB)
    strange |= (first == _MINUS) & (second == _ZERO) & (third - _ZERO < 10)
    return strange


def _columns(data: bytes, mark: int, width: int, found: _Look) -> frozenset[int]:
    """The columns of the suspicious cells; only for pieces in which every record is known to have ``width`` cells."""
    if not len(found.hits):
        return frozenset()
    array = np.frombuffer(data, dtype=np.uint8)
    before = np.flatnonzero((array == mark) | (array == _NEWLINE))
    cells = np.searchsorted(before, found.hits, side="right")
    return frozenset(int(column) for column in np.unique(cells % width))
