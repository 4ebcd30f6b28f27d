"""Delimited text (CSV, TSV and their relatives) to a typed table.

A pre-pass decides everything that readers usually get wrong (encoding, delimiter, quoting, header, damaged rows) and
knows line numbers; Polars then reads the good records in one go, and every column is typed with a check on every row.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.columns import TypedTable, type_columns
from narrative.engine.tables.dialect import NAMES, NO_DELIMITER, Dialect, guess_dialect, split_line
from narrative.engine.tables.encoding import EncodingGuess, decode, guess_encoding
from narrative.engine.tables.header import Header, find_header
from narrative.engine.tables.quotes import Mended, mend_quotes
from narrative.engine.tables.records import Records, blank_records, keep_records, scan_records
from narrative.engine.tables.types import BadRow, Guess, OddCell, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted
from narrative.engine.types import IntArray

SAMPLE_CHARACTERS: Final = 200_000
SAMPLE_CELLS: Final = 20_000
MOST_LISTED: Final = 1_000
WARN_SHARE: Final = 0.05
REFUSE_SHARE: Final = 0.5
_SEP: Final = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class Parsed:
    """A table, its source lines and the fields of its report."""

    frame: pl.DataFrame
    lines: IntArray | None
    report: dict[str, Any]


@dataclass
class _Account:
    """What is found on the way, in the order in which it is told."""

    guesses: list[Guess] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    n_bad: int = 0


@dataclass
class _Body:
    """The text divided into records: source line of each, and which of them are (still) rows of the table."""

    data: bytes
    records: Records
    lines: IntArray
    keep: npt.NDArray[np.bool_]
    delimiter: str
    quote: str

    def text(self, index: int) -> str:
        """One record without its line break."""
        return self.data[self.records.starts[index] : self.records.ends[index]].decode("utf-8").rstrip("\r")

    def cells(self, index: int) -> list[str]:
        """Cells of one record."""
        return split_line(self.text(index), self.delimiter, self.quote)


def read_delimited(path: Path, label: str, options: ReadOptions, limits: ReadLimits, threads: int = 2) -> Parsed:
    """The table of a delimited text file.

    Args:
        label: the file's name for people; a suffix ``.tsv`` is a hint and nothing more.

    Raises:
        InvalidInput: ``empty_file``, ``header_only``, ``encoding_undecidable``, ``unclosed_quote``,
            ``mostly_bad_rows``.
        LimitExceeded: ``too_many_columns``, ``upload_too_complex``.
    """
    account = _Account()
    data, encoding = _text(path, options, limits, account)
    delimiter = options.delimiter
    separator = _SEP.match(data[:10])
    if separator:
        delimiter = delimiter or separator.group(1).decode("latin-1")
        data = data[separator.end() :]
        account.repairs.append("The line 'sep=' that spreadsheet programs write was set aside.")
    dialect = _dialect(data, delimiter, label, account)
    body = _divide(data, dialect, account, first_line=2 if separator else 1)
    if not body.keep.any():
        raise _empty()
    width = _width(body)
    _check_width(width, limits)
    header = _header(body, width, options, account)
    _check_size(body, width, limits)
    _ragged(body, width, header, account)
    frame = _read(body, header.names)
    frame, lines = _trim(frame, body.lines[body.keep], header, account)
    del data, body
    typed = type_columns(frame, options, dialect.delimiter, threads)
    return Parsed(typed.frame, lines, _report(typed, lines, account) | _facts(encoding, dialect, header))


def _empty() -> InvalidInput:
    return InvalidInput("empty_file", "The file holds no text.", fix="Choose a file with a header and rows.")


def _text(path: Path, options: ReadOptions, limits: ReadLimits, account: _Account) -> tuple[bytes, EncodingGuess]:
    """The content as clean UTF-8 with line feeds."""
    size = path.stat().st_size
    if size * 3 > limits.memory_bytes:
        raise LimitExceeded(
            "upload_too_complex",
            f"The file has {size / 1e9:.1f} GB of text; at most {limits.memory_bytes / 3e9:.1f} GB can be read.",
            fix="Split the file, or save it as Parquet.",
            limit=limits.memory_bytes // 3,
            value=size,
        )
    data = path.read_bytes()
    if options.encoding:
        mark = next((mark for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff") if data.startswith(mark)), b"")
        encoding = EncodingGuess(options.encoding, 1.0, "you said so", len(mark), is_given=True)
    else:
        encoding = guess_encoding(data)
    data, mended = decode(data, encoding)
    if mended:
        account.repairs.append(
            f"Bytes that are not {encoding.name} were read as Windows-1252 in {counted(len(mended), 'line')}, "
            f"the first is line {mended[0]:,}."
        )
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        account.repairs.append(f"Removed {counted(data.count(0), 'NUL byte')}, the first in line {line:,}.")
        data = data.replace(b"\0", b"")
    if data.count(b"\r") > data.count(b"\r\n"):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        account.repairs.append("Single carriage returns were read as line ends.")
    if not data or data.isspace():
        raise _empty()
    account.guesses.append(
        Guess(name="encoding", value=encoding.name, confidence=encoding.confidence, evidence=encoding.evidence)
    )  # fmt: skip
    return data, encoding


def _dialect(data: bytes, delimiter: str | None, label: str, account: _Account) -> Dialect:
    hint = "\t" if label.lower().endswith((".tsv", ".tab")) else None
    sample = data[:SAMPLE_CHARACTERS]
    if len(data) > SAMPLE_CHARACTERS:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
        middle = data[len(data) // 2 : len(data) // 2 + 20_000].split(b"\n")
        if b'"' not in sample:
            sample += b"\n".join(middle[1:-1])
    dialect = guess_dialect(sample.decode("utf-8", "replace").replace("\r\n", "\n"), delimiter, hint)
    if len(dialect.delimiter.encode()) != 1:
        raise InvalidInput(
            "delimiter_not_usable",
            f"The delimiter {dialect.delimiter[:20]!r} is not one plain character.",
            fix="Use one of: comma, semicolon, tab, pipe, space.",
        )
    name = NAMES.get(dialect.delimiter, dialect.delimiter)
    account.guesses.append(
        Guess(name="delimiter", value=name, confidence=dialect.confidence, evidence=dialect.evidence)
    )
    return dialect


def _divide(data: bytes, dialect: Dialect, account: _Account, *, first_line: int) -> _Body:
    """Records with the source line of each; texts with quotes out of order are mended first."""
    quote = dialect.quote
    scan = scan_records(data, dialect.delimiter, quote)
    records, lines = scan.records, scan.records.lines
    if not scan.quotes_in_order:
        width = _sample_width(data, dialect)
        mended = mend_quotes(data, dialect.delimiter, quote, width, escape=dialect.escape)
        _tell_mended(mended, account)
        data, quote = mended.data, '"'
        records = scan_records(data, dialect.delimiter, quote).records
        lines = np.asarray(mended.lines, dtype=np.int64)
    keep = ~blank_records(data, records)
    return _Body(data, records, lines + (first_line - 1), keep, dialect.delimiter, quote)


def _sample_width(data: bytes, dialect: Dialect) -> int:
    lines = data[:SAMPLE_CHARACTERS].decode("utf-8", "replace").split("\n")[:500]
    widths = [len(split_line(line.rstrip("\r"), dialect.delimiter, dialect.quote)) for line in lines if line.strip()]
    return max(set(widths), key=widths.count) if widths else 1


def _tell_mended(mended: Mended, account: _Account) -> None:
    account.bad.extend(mended.bad_rows[:MOST_LISTED])
    account.n_bad += len(mended.bad_rows)
    if mended.bad_rows and (not mended.lines or mended.bad_rows[0].line < mended.lines[0]):
        first = mended.bad_rows[0]
        raise InvalidInput(
            "unclosed_quote",
            f"Line {first.line} opens a quote that is never closed, before any row could be read: {first.value!r}.",
            row=first.line,
            column=first.column,
            fix="Close the quote in that line, or remove it.",
        )
    account.repairs.append("Quotes do not stand where they should; the file was read line by line.")


def _width(body: _Body) -> int:
    """Cells of most records (among equals, the wider); a table whose rows were mostly cut short keeps its width."""
    cells = body.records.cells[body.keep]
    counts = np.bincount(cells)
    width = int(np.flatnonzero(counts == counts.max())[-1])
    if width == 1 and cells[0] > 1 and (cells > 1).sum() >= 0.1 * len(cells):
        counts[1] = 0
        width = int(np.flatnonzero(counts == counts.max())[-1])
    return width


def _check_width(width: int, limits: ReadLimits) -> None:
    if width > limits.max_columns:
        raise LimitExceeded(
            "too_many_columns",
            f"The table has {width:,} columns; at most {limits.max_columns:,} can be read.",
            row=1,
            fix="Leave out columns, or turn the table on its side if its rows are the columns.",
            limit=limits.max_columns,
            value=width,
        )


def _check_size(body: _Body, width: int, limits: ReadLimits) -> None:
    cells = int(body.keep.sum()) * width
    if cells > limits.max_cells:
        raise LimitExceeded(
            "upload_too_complex",
            f"The table has {cells:,} cells; at most {limits.max_cells:,} can be read.",
            fix="Split the file, or leave out columns.",
            limit=limits.max_cells,
            value=cells,
        )
    longest = int(np.argmax(body.records.ends - body.records.starts))
    length = int(body.records.ends[longest] - body.records.starts[longest])
    if length > limits.max_field_characters:
        line = int(body.lines[longest])
        raise LimitExceeded(
            "upload_too_complex",
            f"Line {line:,} has {length:,} characters; at most {limits.max_field_characters:,} can be read.",
            row=line,
            fix="Check whether a quote is missing there, or shorten the text.",
            limit=limits.max_field_characters,
            value=length,
        )


def _header(body: _Body, width: int, options: ReadOptions, account: _Account) -> Header:
    """Names of the columns; the records that gave them and those before are no longer rows."""
    positions = np.flatnonzero(body.keep)
    looked_at = positions[: max(5, min(150, SAMPLE_CELLS // width))]
    header = find_header([body.cells(int(index)) for index in looked_at], width, options.header)
    body.keep[positions[: header.first_row]] = False
    if not body.keep.any():
        raise InvalidInput(
            "header_only",
            f"The file has {counted(width, 'column name')} but no rows.",
            row=int(body.lines[positions[0]]),
            fix="Choose a file with at least one row below the header.",
        )
    account.guesses.append(header_guess(header))
    account.repairs.extend(header.repairs[:20])
    account.warnings.extend(header.warnings)
    return header


def header_guess(header: Header) -> Guess:
    """The guess that tells whether there is a header."""
    value = "yes" if header.is_present else "no"
    return Guess(name="header", value=value, confidence=header.confidence, evidence=header.evidence)


def _ragged(body: _Body, width: int, header: Header, account: _Account) -> None:
    """Leave out records of another width and list them; surplus empty cells at the end are cut off."""
    n_rows = int(body.keep.sum()) + account.n_bad
    trimmed: dict[int, bytes] = {}
    for index in np.flatnonzero(body.keep & (body.records.cells != width)):
        cells = body.cells(int(index))
        if len(cells) > width and not any(text.strip() for text in cells[width:]):
            trimmed[int(index)] = _joined(cells[:width], body.delimiter)
            continue
        body.keep[index] = False
        account.n_bad += 1
        if len(account.bad) < MOST_LISTED:
            account.bad.append(_bad_row(cells, body.text(int(index)), int(body.lines[index]), width, header.names))
    if trimmed:
        account.repairs.append(f"Empty cells beyond the last column were cut off in {counted(len(trimmed), 'row')}.")
        body.data, body.records = _replace(body.data, body.records, trimmed)
    account.bad.sort(key=lambda row: row.line)
    _judge_bad(account, n_rows)


def _bad_row(cells: list[str], text: str, line: int, width: int, names: list[str]) -> BadRow:
    reason = f"It has {counted(len(cells), 'cell')}, {width:,} were expected"
    if len(cells) < width:
        missing = names[len(cells)]
        return BadRow(line=line, column=missing, reason=f"{reason}: there is none for {missing!r}.", text=text[:1_000])
    return BadRow(line=line, column=names[-1], value=cells[width][:80], reason=f"{reason}.", text=text[:1_000])


def _judge_bad(account: _Account, n_rows: int) -> None:
    """Refuse a table of mostly bad rows; warn above the share at which a person would be asked."""
    if not account.n_bad:
        return
    share = account.n_bad / n_rows
    first = account.bad[0]
    if share > REFUSE_SHARE:
        raise InvalidInput(
            "mostly_bad_rows",
            f"{account.n_bad:,} of {n_rows:,} rows cannot be read, the first in line {first.line:,}: {first.reason}",
            row=first.line,
            column=first.column,
            fix="Check the delimiter and the quotes, or save the table again from the program that made it.",
            bad_rows=account.n_bad,
            rows=n_rows,
        )
    if share > WARN_SHARE:
        account.warnings.append(
            f"{account.n_bad:,} of {n_rows:,} rows ({share:.0%}) could not be read and were left out."
        )


def _joined(cells: list[str], delimiter: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(cells)
    return buffer.getvalue().encode("utf-8")


def _replace(data: bytes, records: Records, texts: dict[int, bytes]) -> tuple[bytes, Records]:
    """A buffer in which some records have another text."""
    parts, starts, ends, position = [], [], [], 0
    for index in range(len(records)):
        text = texts.get(index)
        piece = data[records.starts[index] : records.ends[index]] if text is None else text
        starts.append(position)
        ends.append(position + len(piece))
        parts.append(piece)
        position += len(piece) + 1
    new = Records(np.asarray(starts), np.asarray(ends), records.cells, records.lines)
    return b"\n".join(parts), new


def _read(body: _Body, names: list[str]) -> pl.DataFrame:
    """All cells as text, by Polars; one by one should Polars see other rows than the pre-pass did."""
    data = keep_records(body.data, body.records, body.keep)
    schema = dict.fromkeys(names, pl.String)
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            schema=schema,
            separator=body.delimiter,
            quote_char=body.quote or None,
            eol_char="\n",
        )
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError):
        frame = None
    if frame is not None and frame.height == int(body.keep.sum()):
        return frame
    gaps = [""] * len(names)
    rows = ([*body.cells(int(index)), *gaps][: len(names)] for index in np.flatnonzero(body.keep))
    return pl.DataFrame([[cell or None for cell in row] for row in rows], schema=schema, orient="row")


def _trim(
    frame: pl.DataFrame, lines: IntArray, header: Header, account: _Account
) -> tuple[pl.DataFrame, IntArray]:  # fmt: skip
    """Drop columns without name and content, and rows of nothing but delimiters at the end of the file."""
    nameless = [header.names[index] for index in sorted(header.blank)]
    empty = [name for name in nameless if frame[name].null_count() == frame.height]
    if empty and len(empty) < frame.width:
        frame = frame.drop(empty)
        account.repairs.append(f"Left out {counted(len(empty), 'column')} without name and content.")
    last = frame.height
    while frame.width > 1 and last > 1 and all(cell is None or not cell.strip() for cell in frame.row(last - 1)):
        last -= 1
    if last < frame.height:
        account.repairs.append(f"Left out {counted(frame.height - last, 'row')} without content at the end.")
        frame, lines = frame.head(last), lines[:last]
    return frame, lines


def _facts(encoding: EncodingGuess, dialect: Dialect, header: Header) -> dict[str, Any]:
    return {
        "format": "csv",
        "encoding": encoding.name,
        "delimiter": None if dialect.delimiter == NO_DELIMITER else dialect.delimiter,
        "quote": dialect.quote or None,
        "header": header.is_present,
    }


def _report(typed: TypedTable, lines: IntArray, account: _Account) -> dict[str, Any]:
    odd = [
        OddCell(line=int(lines[row]), column=column, value=value[:200], reason=reason)
        for row, column, value, reason in sorted(typed.odd)[:MOST_LISTED]
    ]
    return {
        "decimal": typed.decimal,
        "n_bad_rows": account.n_bad,
        "bad_rows": [row.model_dump() for row in account.bad],
        "n_odd_cells": len(typed.odd),
        "odd_cells": [cell.model_dump() for cell in odd],
        "guesses": [guess.model_dump() for guess in [*account.guesses, *typed.guesses]],
        "repairs": account.repairs + typed.repairs[:200],
        "warnings": account.warnings + typed.warnings[:200],
    }
