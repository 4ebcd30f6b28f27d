"""The quick way to read delimited text: a sample decides, a plain parser reads, and every piece proves it right.

Most large files are regular. For them the columns that a sample shows to be plain numbers or truth values are parsed
straight from the bytes; all others are read as text and typed like those of any file. What does not fit costs only
its column (read again as text) or, where records are damaged, the careful way for the whole file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.tables.body import (
    MIDDLE_BYTES,
    SAMPLE_CHARACTERS,
    Account,
    Body,
    Parsed,
    check_cells,
    dialect_of,
    divide,
    facts_of,
    header_of,
    join_samples,
    report_of,
    rows_for_header,
    trim,
    width_of,
)
from narrative.engine.tables.columns import type_columns
from narrative.engine.tables.dialect import Dialect
from narrative.engine.tables.encoding import EncodingGuess, guess_encoding
from narrative.engine.tables.header import Header
from narrative.engine.tables.pieces import PIECE_BYTES, IrregularError, Piece, examine, record_end, whole_records
from narrative.engine.tables.types import Guess, ReadLimits, ReadOptions
from narrative.engine.tables.values import MAX_EXACT_DIGITS
from narrative.engine.types import IntArray

LEAST_BYTES: Final = 1_000_000
"""Smaller files are read carefully at once."""
HEAD_BYTES: Final = 1_000_000
HEAD_ROWS: Final = 500
SPREAD_PLACES: Final = 20
SPREAD_BYTES: Final = 32_768
SPREAD_ROWS: Final = 25
MOST_STARTS: Final = 4
"""How often reading begins again because a cell did not fit; the last time, every column is read as text."""
TRUTHS: Final = ("true", "True", "TRUE", "false", "False", "FALSE")
"""The truth words that the plain parser reads."""
LARGEST: Final = 10**MAX_EXACT_DIGITS
_CODE: Final = r"^[+-]?0\d|^\+|^\s"


class UnfitError(Exception):
    """Columns that cannot be read as they were planned."""

    def __init__(self, names: set[str]) -> None:
        super().__init__(str(names))
        self.names = names


@dataclass(frozen=True)
class Opening:
    """What the first megabyte says about the file: where its rows begin, what its columns are."""

    path: Path
    account: Account
    encoding: EncodingGuess
    dialect: Dialect
    header: Header
    start: int
    """Byte at which the first row begins."""
    first_line: int
    sample: pl.DataFrame
    """Cells as text, of the first rows and of rows spread over the file."""
    plan: dict[str, Any]
    """Name -> Polars type, String for every column that a plain parser may not read."""
    decimal: str

    @property
    def width(self) -> int:
        """Columns of the file."""
        return len(self.header.names)


@dataclass
class Reading:
    """One pass over the file."""

    opening: Opening
    plan: dict[str, Any]
    """Name -> Polars type, String for every column that is not plain."""
    size: int
    n_rows: int = 0
    lines: list[IntArray] = field(default_factory=list)
    strange: bytes = b""
    """The first piece with characters beyond ASCII."""

    def frames(self, limits: ReadLimits) -> Iterator[pl.DataFrame]:
        """The rows, one frame per piece."""
        line = self.opening.first_line
        for data in whole_records(self.opening.path, self.opening.start, self.size):
            piece = examine(data, self.opening.dialect.delimiter, self.opening.width)
            frame = parse_piece(piece, self.plan, self.opening)
            self.n_rows += piece.n_rows
            check_cells(self.n_rows * self.opening.width, limits)
            own = np.arange(piece.n_rows, dtype=np.int64) if piece.lines is None else piece.lines - 1
            self.lines.append(own + line)
            line += piece.n_lines
            if not self.strange and not data.isascii():
                self.strange = data
            yield frame


def read_regular(
    path: Path,
    label: str,
    options: ReadOptions,
    limits: ReadLimits,
    threads: int = 2,
    *,
    least_bytes: int = LEAST_BYTES,
    piece_bytes: int = PIECE_BYTES,
) -> Parsed | None:
    """The table of a regular file, the same as the careful way gives; None where only that way can tell.

    Raises:
        LimitExceeded: ``upload_too_complex`` when there are too many cells.
    """
    size = path.stat().st_size
    if size < least_bytes or size * 3 > limits.memory_bytes or options.encoding is not None:
        return None
    if options.skip_lines is not None or options.quote is not None or options.kinds:
        return None
    try:
        opening = open_regular(path, label, options)
        reading, frames = _read(opening, min(piece_bytes, limits.max_field_characters), limits)
        return _finish(reading, pl.concat(frames), options, threads)
    except (IrregularError, InvalidInput):
        return None  # the careful way finds the same, and says where


def _read(opening: Opening, size: int, limits: ReadLimits) -> tuple[Reading, list[pl.DataFrame]]:
    plan = opening.plan
    for _ in range(MOST_STARTS):
        reading = Reading(opening, plan, size)
        try:
            return reading, list(reading.frames(limits))
        except UnfitError as error:
            plan = {name: pl.String if name in error.names else dtype for name, dtype in plan.items()}
    reading = Reading(opening, dict.fromkeys(plan, pl.String), size)
    return reading, list(reading.frames(limits))


def _finish(reading: Reading, frame: pl.DataFrame, options: ReadOptions, threads: int) -> Parsed:
    opening, account = reading.opening, reading.opening.account
    encoding = opening.encoding if opening.encoding.skip or not reading.strange else guess_encoding(reading.strange)
    if encoding.name != "utf-8":
        raise IrregularError("the encoding is in doubt")
    account.guesses.insert(
        0, Guess(name="encoding", value=encoding.name, confidence=encoding.confidence, evidence=encoding.evidence)
    )
    frame, lines = trim(frame, np.concatenate(reading.lines), opening.header, options, account)
    cells = {name: opening.sample[name].drop_nulls().unique(maintain_order=True).to_list() for name in frame.columns}
    typed = type_columns(frame, options, opening.dialect.delimiter, threads, cells)
    if typed.decimal != opening.decimal:
        raise IrregularError("the sample gave another decimal mark than the file")
    report = report_of(typed, lines, account) | facts_of(encoding, opening.dialect, opening.header)
    return Parsed(typed.frame, lines, report)


def open_regular(path: Path, label: str, options: ReadOptions) -> Opening:
    """Look at the beginning of a file as the careful way looks at the whole.

    Raises:
        IrregularError: something there needs the careful way.
    """
    head, middle = _ends(path)
    encoding = guess_encoding(head)
    if encoding.name != "utf-8" or not (encoding.is_checked or encoding.skip):
        raise IrregularError("not UTF-8")
    data = head[encoding.skip :]
    if b"\0" in data or data.count(b"\r") > data.count(b"\r\n") or data[:4].lower() == b"sep=":
        raise IrregularError("a NUL, a single carriage return or a line that names the separator")
    if not data.strip():
        raise IrregularError("nothing but blank lines at its beginning")
    account = Account()
    dialect = dialect_of(join_samples(data[:SAMPLE_CHARACTERS], middle), options.delimiter, label, account)
    if dialect.quote != '"' or dialect.escape or ord(dialect.delimiter) > 127:
        raise IrregularError("quotes or delimiters of a rare kind")
    body = divide(data, dialect, account, first_line=1)
    width = width_of(body)
    if account.repairs or width < 2 or int(body.keep.sum()) <= rows_for_header(width):
        raise IrregularError("quotes out of order, a single column, or very wide rows")
    header = header_of(body, width, options, account)
    rows = np.flatnonzero(body.keep)
    sample = _sample(path, body, rows, header, dialect)
    typed = type_columns(sample, options, dialect.delimiter, 1)
    plan = {
        text.name: typed.frame[text.name].dtype if _is_plain(text, typed.frame[text.name]) else pl.String
        for text in sample
    }  # fmt: skip
    start = int(body.records.starts[rows[0]]) + encoding.skip
    first_line = int(body.lines[rows[0]])
    return Opening(path, account, encoding, dialect, header, start, first_line, sample, plan, typed.decimal)


def _ends(path: Path) -> tuple[bytes, bytes]:
    """Whole records from the beginning, and a few lines from the middle."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        skip = 3 if head.startswith(b"\xef\xbb\xbf") else 0
        file.seek(skip + (path.stat().st_size - skip) // 2)
        middle = file.read(MIDDLE_BYTES)
    end = record_end(head) if len(head) == HEAD_BYTES else len(head)
    if not end:
        raise IrregularError("the first record is very long, or a quote is never closed")
    return head[:end], middle


def _sample(path: Path, body: Body, rows: IntArray, header: Header, dialect: Dialect) -> pl.DataFrame:
    """Cells of the first rows and, where no quotes can mislead, of rows spread over the file."""
    first = [body.cells(int(index)) for index in rows[:HEAD_ROWS]]
    cells = first + [
        line.split(dialect.delimiter) for line in _spread_lines(path) if '"' not in line
    ]  # fmt: skip
    width = len(header.names)
    columns = zip(*(row for row in cells if len(row) == width), strict=True)
    values = [[cell or None for cell in column] for column in columns]
    if not values:
        raise IrregularError("no record of the usual width")
    return pl.DataFrame(values, schema=dict.fromkeys(header.names, pl.String))


def _spread_lines(path: Path) -> list[str]:
    """Some whole lines from places all over a file."""
    lines: list[str] = []
    with path.open("rb") as file:
        for place in np.linspace(0, path.stat().st_size, SPREAD_PLACES + 2)[1:-1]:
            file.seek(int(place))
            piece = file.read(SPREAD_BYTES).decode("utf-8", "replace")
            lines += [line.rstrip("\r") for line in piece.split("\n")[1:-1][:SPREAD_ROWS]]
    return lines


def _is_plain(text: pl.Series, typed: pl.Series) -> bool:
    """Whether a plain parser gives the same values from the cells of the sample."""
    if typed.null_count() != text.null_count() or typed.null_count() == len(typed):
        return False
    if typed.dtype == pl.Boolean:
        return bool(text.drop_nulls().is_in(TRUTHS).all())
    if typed.dtype not in (pl.Int64, pl.Float64):
        return False
    return text.cast(typed.dtype, strict=False).equals(typed)


def parse_piece(piece: Piece, plan: dict[str, Any], opening: Opening) -> pl.DataFrame:
    """The rows of a piece.

    Raises:
        UnfitError: some columns are not what the sample promised.
        IrregularError: the parser sees other records than the look at the bytes did.
    """
    unfit = {name for index in piece.suspects if index >= 0 and plan[name := opening.header.names[index]] != pl.String}
    if -1 in piece.suspects and any(dtype != pl.String for dtype in plan.values()):
        text = _parse_as(piece, dict.fromkeys(plan, pl.String), opening)
        unfit = {name for name, dtype in plan.items() if dtype != pl.String and text[name].str.contains(_CODE).any()}
    if unfit:
        raise UnfitError(unfit)
    try:
        frame = _parse_as(piece, plan, opening)
    except pl.exceptions.ComputeError:
        raise UnfitError(_unparsable(piece, plan, opening)) from None
    if unfit := _beyond(frame):
        raise UnfitError(unfit)
    return frame


def _parse_as(piece: Piece, schema: dict[str, Any], opening: Opening) -> pl.DataFrame:
    frame = pl.read_csv(
        piece.data,
        has_header=False,
        schema=schema,
        separator=opening.dialect.delimiter,
        quote_char='"' if piece.has_quotes else None,
        eol_char="\n",
    )
    if frame.height != piece.n_rows:
        raise IrregularError("the parser sees another number of records")
    return frame


def _unparsable(piece: Piece, plan: dict[str, Any], opening: Opening) -> set[str]:
    try:
        text = _parse_as(piece, dict.fromkeys(plan, pl.String), opening)
    except pl.exceptions.ComputeError:
        raise IrregularError("records differ in width") from None
    planned = {name: dtype for name, dtype in plan.items() if dtype != pl.String}
    unfit = {name for name, dtype in planned.items() if not _reads(text[name], dtype)}
    return unfit or set(planned)


def _reads(text: pl.Series, dtype: Any) -> bool:
    if dtype == pl.Boolean:
        return bool(text.drop_nulls().is_in(TRUTHS).all())
    return text.cast(dtype, strict=False).null_count() == text.null_count()


def is_unfit(text: pl.Series, dtype: Any) -> bool:
    """Whether a text column holds a cell that the planned type does not keep as it is."""
    if dtype == pl.String:
        return False
    if not _reads(text, dtype) or text.str.contains(_CODE).any():
        return True
    return dtype != pl.Boolean and bool(_beyond(text.cast(dtype).to_frame()))


def _beyond(frame: pl.DataFrame) -> set[str]:
    """Columns that hold infinity, or whole numbers of more digits than a number keeps; all in one pass."""
    names = [name for name, dtype in frame.schema.items() if dtype in (pl.Int64, pl.Float64)]
    if not names:
        return set()
    numbers = frame.select(names)
    ends = zip(names, numbers.min().row(0), numbers.max().row(0), strict=True)
    far = {name for name, low, high in ends if low is not None and (low <= -LARGEST or high >= LARGEST)}
    # What is no number at all is neither small nor large, but a sum with it is none either.
    sums = zip(names, numbers.sum().row(0), strict=True)
    return far | {name for name, total in sums if math.isnan(total)}
