"""Delimited text (CSV, TSV and their relatives) to a typed table.

A pre-pass decides everything that readers usually get wrong (encoding, delimiter, quoting, header, damaged rows) and
knows line numbers; Polars then reads the good records in one go, and every column is typed with a check on every row.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.aligned import blanks_to_delimiters
from narrative.engine.tables.body import (
    MOST_LISTED,
    Account,
    Body,
    Parsed,
    check_cells,
    check_length,
    check_width,
    dialect_of,
    dialect_sample,
    divide,
    empty_file,
    facts_of,
    header_guess,
    header_of,
    report_of,
    trim,
    width_of,
)
from narrative.engine.tables.columns import type_columns
from narrative.engine.tables.encoding import EncodingGuess, decode, guess_encoding
from narrative.engine.tables.header import Header
from narrative.engine.tables.records import Records, keep_records
from narrative.engine.tables.regular import read_regular
from narrative.engine.tables.shifted import is_shifted, kinds_of
from narrative.engine.tables.types import BadRow, Choice, Guess, Question, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted

__all__ = ["Parsed", "header_guess", "read_delimited"]

SAMPLE: Final = 20_000
GOOD_ROWS: Final = 50
MOST_SHIFTED: Final = 0.1
NOTE: Final = "It is a note below the table."
MOST_BELOW: Final = 10
"""Lines below the table that count as notes and not as damage."""
WARN_SHARE: Final = 0.05
REFUSE_SHARE: Final = 0.5
_SEP: Final = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)


def read_delimited(path: Path, label: str, options: ReadOptions, limits: ReadLimits, threads: int = 2) -> Parsed:
    """The table of a delimited text file.

    Args:
        label: the file's name for people; a suffix ``.tsv`` is a hint and nothing more.

    Raises:
        InvalidInput: ``empty_file``, ``header_only``, ``encoding_undecidable``, ``unclosed_quote``,
            ``mostly_bad_rows``.
        LimitExceeded: ``too_many_columns``, ``upload_too_complex``.
    """
    quick = read_regular(path, label, options, limits, threads)
    return quick if quick is not None else read_carefully(path, label, options, limits, threads)


def read_carefully(path: Path, label: str, options: ReadOptions, limits: ReadLimits, threads: int = 2) -> Parsed:
    """The same with the whole file in memory, record by record: what is damaged is found, and told with its line."""
    account = Account()
    data, encoding = _text(path, options, limits, account)
    delimiter = options.delimiter
    separator = _SEP.match(data[:10])
    if separator:
        delimiter = delimiter or separator.group(1).decode("latin-1")
        data = data[separator.end() :]
        account.repairs.append("The line 'sep=' that spreadsheet programs write was set aside.")
    data, first_line = _skipped(data, 2 if separator else 1, options, account)
    aligned = blanks_to_delimiters(data.decode("utf-8")) if delimiter is None and b"  " in data[:SAMPLE] else None
    if aligned is not None:
        data, delimiter = aligned[0].encode("utf-8"), aligned[1]
        account.repairs.append("Columns are made by blanks; several blanks were read as one delimiter.")
    dialect = dialect_of(dialect_sample(data), delimiter, label, account, options.quote)
    body = divide(data, dialect, account, first_line=first_line)
    if not body.keep.any():
        raise empty_file()
    width = width_of(body)
    check_width(width, limits)
    header = header_of(body, width, options, account)
    check_cells(int(body.keep.sum()) * width, limits)
    check_length(body, limits)
    n_rows = int(body.keep.sum()) + account.n_bad
    n_below = leave_out_ragged(body, width, header, options, account)
    judge_bad(account, n_rows, n_below)
    frame = read_records(body, header.names)
    frame, lines = trim(frame, body.lines[body.keep], header, options, account)
    del data, body
    typed = type_columns(frame, options, dialect.delimiter, threads)
    return Parsed(typed.frame, lines, report_of(typed, lines, account) | facts_of(encoding, dialect, header))


def _skipped(data: bytes, first_line: int, options: ReadOptions, account: Account) -> tuple[bytes, int]:
    """The text without the lines the user named, and the number of its first line."""
    if options.skip_lines is None:
        return data, first_line
    position = 0
    for _ in range(options.skip_lines + 1 - first_line):
        position = data.find(b"\n", position) + 1
        if not position:
            raise empty_file()
    evidence = "you said so"
    account.guesses.append(Guess(name="skip_lines", value=str(options.skip_lines), confidence=1.0, evidence=evidence))
    return data[position:], max(first_line, options.skip_lines + 1)


def _text(path: Path, options: ReadOptions, limits: ReadLimits, account: Account) -> tuple[bytes, EncodingGuess]:
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
    if data.endswith(b"\x1a"):
        data = data.rstrip(b"\x1a")
        account.repairs.append("The mark with which old programs ended a file was set aside.")
    if data.count(b"\r") > data.count(b"\r\n"):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        account.repairs.append("Single carriage returns were read as line ends.")
    if not data or data.isspace():
        raise empty_file()
    account.guesses.append(
        Guess(name="encoding", value=encoding.name, confidence=encoding.confidence, evidence=encoding.evidence)
    )  # fmt: skip
    return data, encoding


def leave_out_ragged(body: Body, width: int, header: Header, options: ReadOptions, account: Account) -> int:
    """Leave out records of another width and list them; surplus empty cells at the end are cut off.

    Returns how many of them stand below the table, where notes are usual.
    """
    mended: dict[int, bytes] = {}
    n_trimmed = n_below = 0
    whole = np.flatnonzero(body.keep & (body.records.cells == width))
    end = int(whole[-1]) if len(whole) else -1
    others = np.flatnonzero(body.keep & (body.records.cells != width))
    # Where nearly all rows are alike, one with a cell more may be shifted, though its last cell is empty.
    n_longer = int((body.records.cells[others] > width).sum())
    good = [body.cells(int(index)) for index in whole[:GOOD_ROWS]] if n_longer <= MOST_SHIFTED * len(whole) else []
    kinds = kinds_of(good, width)
    for index in others:
        cells = body.cells(int(index))
        is_longer = len(cells) > width and not any(text.strip() for text in cells[width:])
        if is_longer and not is_shifted(cells, kinds):
            mended[int(index)] = _joined(cells[:width], body.delimiter)
            n_trimmed += 1
            continue
        if options.ragged == "fill" and (index < end or len(cells) > 1):
            mended[int(index)] = _joined([*cells, *[""] * width][:width], body.delimiter)
            continue
        body.keep[index] = False
        account.n_bad += 1
        n_below += int(index > end)
        if len(account.bad) < MOST_LISTED:
            bad = _bad_row(cells, body.text(int(index)), int(body.lines[index]), width, header.names)
            is_note = index > end and len(cells) == 1 < width
            account.bad.append(bad.model_copy(update={"reason": NOTE}) if is_note else bad)
    if n_trimmed:
        account.repairs.append(f"Empty cells beyond the last column were cut off in {counted(n_trimmed, 'row')}.")
    if len(mended) > n_trimmed:
        filled = counted(len(mended) - n_trimmed, "row")
        account.repairs.append(f"Too short or too long: {filled}. Missing cells were left empty, surplus ones cut off.")
    if mended:
        body.data, body.records = _replace(body.data, body.records, mended)
    account.bad.sort(key=lambda row: row.line)
    return min(n_below, MOST_BELOW) if len(whole) else 0


def _bad_row(cells: list[str], text: str, line: int, width: int, names: list[str]) -> BadRow:
    reason = f"It has {counted(len(cells), 'cell')}, {width:,} were expected"
    if len(cells) < width:
        missing = names[len(cells)]
        return BadRow(line=line, column=missing, reason=f"{reason}: there is none for {missing!r}.", text=text[:1_000])
    if not cells[width].strip():
        reason += ", and cells stand in columns they do not fit"
    return BadRow(line=line, column=names[-1], value=cells[width][:80], reason=f"{reason}.", text=text[:1_000])


def judge_bad(account: Account, n_rows: int, n_below: int) -> None:
    """Refuse a table of mostly bad rows; above a smaller share warn, and ask. A few notes below the table are usual."""
    if account.n_bad <= n_below:
        return
    share = (account.n_bad - n_below) / (n_rows - n_below)
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
        what = f"{account.n_bad:,} of {n_rows:,} rows ({share:.0%})"
        account.warnings.append(f"{what} could not be read and were left out.")
        account.questions.append(
            Question(
                name="ragged",
                text=f"{what} are too short or too long. Shall they be left out?",
                choices=[
                    Choice(value="leave_out", text="Leave them out"),
                    Choice(value="fill", text="Keep them: missing cells stay empty, surplus ones are cut off"),
                ],
                assumed="leave_out",
                effect=f"The table has {account.n_bad:,} rows more or fewer.",
            )
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


def read_records(body: Body, names: list[str]) -> pl.DataFrame:
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
