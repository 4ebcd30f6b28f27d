"""Where records of a delimited text begin and end, how many cells each has, and which are damaged.

The whole file is looked at, byte by byte but vectorised: an even number of quotes before a line break means that the
break ends a record.  A file whose quotes do not stand where they should goes through ``quotes.mend_quotes`` first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from narrative.engine.types import IntArray

CHUNK_BYTES: Final = 1 << 20
"""Fits the processor's cache: four times faster than the whole file at once."""
_NEWLINE, _RETURN, _SPACE, _TAB = 10, 13, 32, 9
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Records:
    """Records of a buffer: ``starts`` and ``ends`` (exclusive of the line break), cells per record, 1-based lines."""

    starts: IntArray
    ends: IntArray
    cells: IntArray
    lines: IntArray

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True)
class Scan:
    """Records, and whether quotes stand only where cells begin and end and are all closed."""

    records: Records
    quotes_in_order: bool


def scan_records(data: bytes, delimiter: str, quote: str) -> Scan:
    """Divide UTF-8 bytes into records. Time: about 2 ns per byte."""
    array = np.frombuffer(data, dtype=np.uint8)
    mark = ord(delimiter)
    quote_byte = ord(quote) if quote else None
    if quote_byte is None or data.find(bytes([quote_byte])) < 0:
        breaks, marks = _positions(array, _NEWLINE), _positions(array, mark)
        return Scan(_divide(array, breaks, breaks, marks), quotes_in_order=True)
    breaks_out, breaks_all, marks, in_order = _outside(array, mark, quote_byte)
    return Scan(_divide(array, breaks_out, breaks_all, marks), in_order)


def _positions(array: Bytes, value: int) -> IntArray:
    parts = [
        np.flatnonzero(array[start : start + CHUNK_BYTES] == value) + start
        for start in range(0, len(array), CHUNK_BYTES)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _outside(array: Bytes, mark: int, quote: int) -> tuple[IntArray, IntArray, IntArray, bool]:
    """Line breaks outside quotes, all line breaks, delimiters outside quotes, and whether all quotes are in order."""
    parity = 0
    breaks_out, breaks_all, marks, quotes = [], [], [], []
    for start in range(0, len(array), CHUNK_BYTES):
        chunk = array[start : start + CHUNK_BYTES]
        is_quote = chunk == quote
        inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8))
        outside = inside == 0 if parity == 0 else inside == 1
        parity ^= int(inside[-1])
        is_break = chunk == _NEWLINE
        breaks_all.append(np.flatnonzero(is_break) + start)
        breaks_out.append(np.flatnonzero(is_break & outside) + start)
        marks.append(np.flatnonzero((chunk == mark) & outside) + start)
        quotes.append(np.flatnonzero(is_quote) + start)
    in_order = parity == 0 and _in_order(array, np.concatenate(quotes), mark, quote)
    return np.concatenate(breaks_out), np.concatenate(breaks_all), np.concatenate(marks), in_order


def _in_order(array: Bytes, quotes: IntArray, mark: int, quote: int) -> bool:
    """Whether every opening quote begins a cell and every closing one ends it (or is doubled)."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, array[np.maximum(opening - 1, 0)], _NEWLINE)
    begins = (before == mark) | (before == _NEWLINE) | (before == quote)
    last = len(array) - 1
    after = np.where(closing < last, array[np.minimum(closing + 1, last)], _NEWLINE)
    ends = (after == mark) | (after == _NEWLINE) | (after == _RETURN) | (after == quote)
    if not (begins.all() and ends.all()):
        return False
    # `""` right after a cell's beginning must be an empty cell or an escaped quote inside one, never `""abc""`.
    doubled = opening[1:][before[1:] == quote]
    return bool(np.isin(doubled - 1, closing).all())


def _divide(array: Bytes, breaks: IntArray, breaks_all: IntArray, marks: IntArray) -> Records:
    size = len(array)
    ends = breaks if size and len(breaks) and breaks[-1] == size - 1 else np.append(breaks, size)
    if size == 0:
        ends = np.empty(0, dtype=np.int64)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])[: len(ends)]
    cells = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
    if len(breaks_all) == len(breaks):
        lines = np.arange(1, len(starts) + 1, dtype=np.int64)
    else:
        lines = np.searchsorted(breaks_all, starts) + 1
    return Records(starts.astype(np.int64), ends.astype(np.int64), cells.astype(np.int64), lines.astype(np.int64))


def blank_records(data: bytes, records: Records) -> npt.NDArray[np.bool_]:
    """Which records hold nothing but white space."""
    array = np.frombuffer(data, dtype=np.uint8)
    lengths = records.ends - records.starts
    blank = lengths == 0
    first = array[np.minimum(records.starts, max(0, len(array) - 1))] if len(array) else np.empty(0, dtype=np.uint8)
    suspects = np.flatnonzero(
        (records.cells == 1) & (lengths > 0) & ((first == _RETURN) | (first == _SPACE) | (first == _TAB))
    )  # fmt: skip
    for index in suspects:
        blank[index] = not data[records.starts[index] : records.ends[index]].strip()
    return blank


def keep_records(data: bytes, records: Records, keep: npt.NDArray[np.bool_]) -> bytes:
    """The bytes of the records to keep, in order, each ended by its line break."""
    if keep.all() and len(records) and records.starts[0] == 0:
        return data
    flags = np.concatenate([[False], keep, [False]]).astype(np.int8)
    edges = np.diff(flags)
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    view = memoryview(data)
    parts: list[bytes | memoryview] = []
    for first, last in zip(firsts, lasts, strict=True):
        stop = int(records.ends[last])
        parts.append(view[int(records.starts[first]) : stop + 1])
        if stop >= len(data):
            parts.append(b"\n")
    return b"".join(parts)
