"""The parts of reading delimited text that the quick and the careful way share: records, width, header, report."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.columns import TypedTable
from narrative.engine.tables.dialect import NAMES, NO_DELIMITER, Dialect, guess_dialect, split_line
from narrative.engine.tables.encoding import EncodingGuess
from narrative.engine.tables.header import Header, find_header
from narrative.engine.tables.quotes import Mended, mend_quotes
from narrative.engine.tables.records import Records, blank_records, scan_records
from narrative.engine.tables.stored import StoredTable
from narrative.engine.tables.totals import MOST_TOTALS, repeated_headers, total_rows
from narrative.engine.tables.types import BadRow, Guess, OddCell, Question, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted
from narrative.engine.types import IntArray

SAMPLE_CHARACTERS: Final = 200_000
SAMPLE_CELLS: Final = 20_000
MIDDLE_BYTES: Final = 20_000
MOST_LISTED: Final = 1_000
MOST_RULED: Final = 40
"""Records at the top that are looked at for lines of dashes."""
_RULE: Final = re.compile(r"(?=.*[-=_]{2})[-=_+|:,;\s]{3,}")


@dataclass(frozen=True)
class Parsed:
    """A table, its source lines and the fields of its report."""

    frame: pl.DataFrame
    lines: IntArray | None
    report: dict[str, Any]


@dataclass
class Account:
    """What is found on the way, in the order in which it is told."""

    guesses: list[Guess] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    n_bad: int = 0
    delimiter: str = ","


@dataclass
class Body:
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


def empty_file() -> InvalidInput:
    """The error for a file without any text."""
    return InvalidInput("empty_file", "The file holds no text.", fix="Choose a file with a header and rows.")


def dialect_sample(data: bytes) -> bytes:
    """The lines by which delimiter and quotes are judged: the first, and some from the middle."""
    sample = data[:SAMPLE_CHARACTERS]
    if len(data) <= SAMPLE_CHARACTERS:
        return sample
    middle = len(data) // 2
    return join_samples(sample, data[middle : middle + MIDDLE_BYTES])


def join_samples(head: bytes, middle: bytes) -> bytes:
    """Whole lines of the beginning and, where no quotes can mislead, of a piece from the middle of a text."""
    head = head[: head.rfind(b"\n") + 1] or head
    return head if b'"' in head else head + b"\n".join(middle.split(b"\n")[1:-1])


def dialect_of(
    sample: bytes, delimiter: str | None, label: str, account: Account, quote: str | None = None
) -> Dialect:  # fmt: skip
    """Delimiter and quote character, told in the account.

    Raises:
        InvalidInput: ``delimiter_not_usable``.
    """
    hint = "\t" if label.lower().endswith((".tsv", ".tab")) else None
    dialect = guess_dialect(sample.decode("utf-8", "replace").replace("\r\n", "\n"), delimiter, hint, quote)
    if len(dialect.delimiter.encode()) != 1:
        raise InvalidInput(
            "delimiter_not_usable",
            f"The delimiter {dialect.delimiter[:20]!r} is not one plain character.",
            fix="Use one of: comma, semicolon, tab, pipe, space.",
        )
    name = NAMES.get(dialect.delimiter, dialect.delimiter)
    account.delimiter = dialect.delimiter
    account.guesses.append(
        Guess(name="delimiter", value=name, confidence=dialect.confidence, evidence=dialect.evidence)
    )
    if quote is not None or (dialect.quote and dialect.quote.encode() in sample):
        account.guesses.append(quote_guess(dialect, is_given=quote is not None))
    return dialect


def quote_guess(dialect: Dialect, *, is_given: bool) -> Guess:
    """The guess that tells which mark stands around cells."""
    if is_given:
        return Guess(name="quote", value=dialect.quote, confidence=1.0, evidence="you said so")
    evidence = "it stands around cells" + (", behind a backslash inside them" if dialect.escape else "")
    return Guess(name="quote", value=dialect.quote, confidence=0.95, evidence=evidence)


def divide(data: bytes, dialect: Dialect, account: Account, *, first_line: int) -> Body:
    """Records with the source line of each; texts with quotes out of order are mended first."""
    quote = dialect.quote
    scan = scan_records(data, dialect.delimiter, quote)
    records, lines = scan.records, scan.records.lines
    if not scan.quotes_in_order:
        width = _sample_width(data, dialect)
        mended = mend_quotes(data, dialect.delimiter, quote, width, escape=dialect.escape)
        _tell_mended(mended, account, first_line)
        data, quote = mended.data, '"'
        records = scan_records(data, dialect.delimiter, quote).records
        lines = np.asarray(mended.lines, dtype=np.int64)
    keep = ~blank_records(data, records)
    body = Body(data, records, lines + (first_line - 1), keep, dialect.delimiter, quote)
    _without_rules(body, account)
    return body


def _without_rules(body: Body, account: Account) -> None:
    """Set lines of dashes aside that programs draw below a header and around totals."""
    rows = np.flatnonzero(body.keep)
    ends = [*rows[:MOST_RULED], *rows[MOST_RULED:][-MOST_TOTALS:]]
    found = [index for index in ends if _RULE.fullmatch(body.text(int(index))) is not None]
    if found and len(found) < len(rows):
        body.keep[found] = False
        account.repairs.append(f"{counted(len(found), 'line')} of dashes set aside.")


def _sample_width(data: bytes, dialect: Dialect) -> int:
    lines = data[:SAMPLE_CHARACTERS].decode("utf-8", "replace").split("\n")[:500]
    widths = [len(split_line(line.rstrip("\r"), dialect.delimiter, dialect.quote)) for line in lines if line.strip()]
    return max(set(widths), key=widths.count) if widths else 1


def _tell_mended(mended: Mended, account: Account, first_line: int) -> None:
    bad = [row.model_copy(update={"line": row.line + first_line - 1}) for row in mended.bad_rows]
    account.bad.extend(bad[:MOST_LISTED])
    account.n_bad += len(bad)
    if mended.bad_rows and (not mended.lines or mended.bad_rows[0].line < mended.lines[0]):
        first = bad[0]
        raise InvalidInput(
            "unclosed_quote",
            f"Line {first.line} opens a quote that is never closed, before any row could be read: {first.value!r}.",
            row=first.line,
            column=first.column,
            fix="Close the quote in that line, or remove it.",
        )
    account.repairs.append("Quotes do not stand where they should; the file was read line by line.")


def width_of(body: Body) -> int:
    """Cells of most records (among equals, the wider); a table whose rows were mostly cut short keeps its width."""
    cells = body.records.cells[body.keep]
    counts = np.bincount(cells)
    width = int(np.flatnonzero(counts == counts.max())[-1])
    if width == 1 and cells[0] > 1 and (cells > 1).sum() >= 0.1 * len(cells):
        counts[1] = 0
        width = int(np.flatnonzero(counts == counts.max())[-1])
    return width


def check_width(width: int, limits: ReadLimits) -> None:
    """Refuse a table of too many columns."""
    if width > limits.max_columns:
        raise LimitExceeded(
            "too_many_columns",
            f"The table has {width:,} columns; at most {limits.max_columns:,} can be read.",
            row=1,
            fix="Leave out columns, or turn the table on its side if its rows are the columns.",
            limit=limits.max_columns,
            value=width,
        )


def check_cells(cells: int, limits: ReadLimits) -> None:
    """Refuse a table of too many cells."""
    if cells > limits.max_cells:
        raise LimitExceeded(
            "upload_too_complex",
            f"The table has {cells:,} cells; at most {limits.max_cells:,} can be read.",
            fix="Split the file, or leave out columns.",
            limit=limits.max_cells,
            value=cells,
        )


def check_length(body: Body, limits: ReadLimits) -> None:
    """Refuse a record that is too long to be one, naming its line."""
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


def rows_for_header(width: int) -> int:
    """How many records are looked at to find the header."""
    return max(5, min(150, SAMPLE_CELLS // width))


def header_of(body: Body, width: int, options: ReadOptions, account: Account) -> Header:
    """Names of the columns; the records that gave them and those before are no longer rows."""
    positions = np.flatnonzero(body.keep)
    looked_at = positions[: rows_for_header(width)]
    gaps = {place + 1 for place in np.flatnonzero(np.diff(looked_at) > 1).tolist()}
    header = find_header(
        [body.cells(int(index)) for index in looked_at],
        width,
        options.header,
        gaps=gaps,
        skips=options.skip_lines is None,
        n_wanted=options.header_rows,
    )
    body.keep[positions[: header.first_row]] = False
    if not body.keep.any():
        raise InvalidInput(
            "header_only",
            f"The file has {counted(width, 'column name')} but no rows.",
            row=int(body.lines[positions[0]]),
            fix="Choose a file with at least one row below the header.",
        )
    if header.n_skipped:
        n_lines = int(body.lines[positions[header.n_skipped]]) - 1
        account.guesses.append(
            Guess(
                name="skip_lines",
                value=str(n_lines),
                confidence=0.9,
                evidence=f"{counted(n_lines, 'line')} at the top do not go with the rows below",
            )
        )
    account.guesses.append(header_guess(header))
    if header.n_header > 1:
        evidence = "words or units stand in both, values only below"
        account.guesses.append(
            Guess(name="header_rows", value=str(header.n_header), confidence=0.9, evidence=evidence)
        )  # fmt: skip
    account.repairs.extend(header.repairs[:20])
    account.warnings.extend(header.warnings)
    return header


def header_guess(header: Header) -> Guess:
    """The guess that tells whether there is a header."""
    value = "yes" if header.is_present else "no"
    return Guess(name="header", value=value, confidence=header.confidence, evidence=header.evidence)


def trim(
    frame: pl.DataFrame, lines: IntArray, header: Header, options: ReadOptions, account: Account
) -> tuple[pl.DataFrame, IntArray]:  # fmt: skip
    """Drop columns without name and content, rows of nothing but delimiters at the end, and rows that are no cases."""
    nameless = [header.names[index] for index in sorted(header.blank)]
    empty = [name for name in nameless if frame[name].null_count() == frame.height]
    if empty and len(empty) < frame.width:
        frame = frame.drop(empty)
        account.repairs.append(f"Left out {counted(len(empty), 'column')} without name and content.")
    last, others = no_cases(Rows(frame, lambda row: int(lines[row]), header, options), account)
    if last == frame.height and not others:
        return frame, lines
    keep = np.arange(frame.height) < last
    keep[others] = False
    return frame.filter(pl.Series(keep)), lines[keep]


@dataclass(frozen=True)
class Rows:
    """What is needed to tell rows that are cases from those that are none."""

    frame: pl.DataFrame | StoredTable
    line_of: Callable[[int], int]
    header: Header
    options: ReadOptions


def no_cases(rows: Rows, account: Account) -> tuple[int, list[int]]:
    """Find what is no case: where the rows end that have content, and before that headers and totals, 0-based."""
    n_rows = rows.frame.height
    last = _last_filled(rows.frame, n_rows, frozenset())
    if last < n_rows:
        account.repairs.append(f"Left out {counted(n_rows - last, 'row')} without content at the end.")
    others = _others(rows, last, account)
    end = _last_filled(rows.frame, last, frozenset(others)) if others else last
    n_blank = last - end - sum(row >= end for row in others)
    if n_blank:
        account.repairs.append(f"Left out {counted(n_blank, 'row')} without content at the end.")
    return end, others


def _last_filled(frame: pl.DataFrame | StoredTable, last: int, skipped: frozenset[int]) -> int:
    """How many rows there are up to the last one with content."""
    if frame.width < 2:
        return last
    while last > 1 and (last - 1 in skipped or all(_is_blank(cell) for cell in frame.row(last - 1))):
        last -= 1
    return last


def _others(rows: Rows, n_rows: int, account: Account) -> list[int]:
    """Headers that stand again among the first ``n_rows``, and totals at their end; all are listed as left out."""
    found: dict[int, str] = {}
    if rows.header.is_present and rows.header.n_header == 1:
        found |= dict.fromkeys(repeated_headers(rows.frame, rows.header.names), "It repeats the header.")
    totals = total_rows(rows.frame, n_rows) if rows.options.total_rows == "leave_out" else []
    found |= dict(totals)
    if not found or len(found) >= n_rows:
        return []
    for row, reason in list(found.items())[:MOST_LISTED]:
        text = account.delimiter.join("" if cell is None else str(cell) for cell in rows.frame.row(row))
        account.bad.append(BadRow(line=rows.line_of(row), reason=reason, text=text[:1_000]))
    account.n_bad += len(found)
    account.bad = sorted(account.bad, key=lambda row: row.line)[:MOST_LISTED]
    if len(found) > len(totals):
        account.repairs.append(f"Left out {counted(len(found) - len(totals), 'row')} that repeat the header.")
    if totals:
        account.repairs.append(f"Left out {counted(len(totals), 'row')} of totals at the end.")
        account.guesses.append(
            Guess(name="total_rows", value="leave_out", confidence=0.9, evidence=totals[0][1].rstrip("."))
        )  # fmt: skip
    return list(found)


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def facts_of(encoding: EncodingGuess, dialect: Dialect, header: Header) -> dict[str, Any]:
    """Fields of the report that the notation of the file gives."""
    return {
        "format": "csv",
        "encoding": encoding.name,
        "delimiter": None if dialect.delimiter == NO_DELIMITER else dialect.delimiter,
        "quote": dialect.quote or None,
        "header": header.is_present,
    }


def report_of(typed: TypedTable, lines: IntArray, account: Account) -> dict[str, Any]:
    """Fields of the report that the cells give."""
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
        "questions": [question.model_dump() for question in [*account.questions, *typed.questions]],
        "units": typed.units,
        "repairs": account.repairs + typed.repairs[:200],
        "warnings": account.warnings + typed.warnings[:200],
    }
