"""JSON in the shapes tables come in, and JSON Lines (one record per line), to a typed table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.columnar import clean_names
from narrative.engine.tables.columns import type_columns
from narrative.engine.tables.delimited import Parsed
from narrative.engine.tables.frames import frame_from
from narrative.engine.tables.json_shapes import flat_records, records_of
from narrative.engine.tables.types import BadRow, FileFormat, OddCell, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted
from narrative.engine.types import IntArray

BYTES_PER_BYTE: Final = 20
"""Memory that a byte of JSON takes as Python values, at worst."""
MOST_LISTED: Final = 1_000
REFUSE_SHARE: Final = 0.5
LARGEST_EXACT: Final = 2**53
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_LONG_DIGITS: Final = re.compile(r"[0-9]{16}")
_OUT_OF_RANGE: Final = re.compile(r"[0-9][eE]\+?[0-9]{3,}")


@dataclass
class _Text:
    """Records found in a text, and what is said about it."""

    records: list[dict[str, Any]] = field(default_factory=list)
    lines: IntArray | None = None
    bad: list[BadRow] = field(default_factory=list)
    n_bad: int = 0
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    file_format: FileFormat = "json"
    encoding: str = "utf-8"
    n_repeated: int = 0
    repeated: str = ""

    def load(self, text: str) -> Any:
        """A JSON value; names that stand twice in one record are counted, their last value counts."""
        return json.loads(text, object_pairs_hook=self._record)

    def _record(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            self.n_repeated += 1
            seen: set[str] = set()
            for name, _ in pairs:
                self.repeated = self.repeated or (name if name in seen else "")
                seen.add(name)
        return record


def read_json(path: Path, options: ReadOptions, limits: ReadLimits) -> Parsed:
    """The table of a JSON file; fields of records inside records become columns named with dots, lists become text.

    Raises:
        InvalidInput: ``not_a_table`` naming the line, ``header_only`` when there are no records, ``mostly_bad_rows``,
            ``too_deeply_nested``.
        LimitExceeded: ``too_many_columns``, ``upload_too_complex``.
    """
    if path.stat().st_size * BYTES_PER_BYTE > limits.memory_bytes:
        raise LimitExceeded(
            "upload_too_complex",
            "The JSON file is larger than can be read here.",
            fix="Save the table as CSV or Parquet.",
            limit=limits.memory_bytes // BYTES_PER_BYTE,
            value=path.stat().st_size,
        )
    found = _Text()
    text = _decoded(path.read_bytes(), options, found)
    try:
        _records(text, found)
        if found.records:
            found.repairs += flat_records(found.records, _names(found.records, limits))
    except RecursionError as error:
        raise InvalidInput(
            "too_deeply_nested",
            "The JSON is nested too deeply to be a table.",
            fix="Write one record per row, with plain values as fields.",
        ) from error
    if not found.records:
        raise InvalidInput("header_only", "The file holds no records.", fix="Choose a file with at least one record.")
    _mend(found, text)
    if found.n_repeated:
        found.warnings.append(
            f"{counted(found.n_repeated, 'record')} {'has' if found.n_repeated == 1 else 'have'} a name twice "
            f"({found.repeated[:60]!r}); the last value was taken."
        )
    names = _names(found.records, limits)
    if len(names) * len(found.records) > limits.max_cells:
        raise _too_many(len(names) * len(found.records), limits.max_cells)
    if _LONG_DIGITS.search(text):
        _keep_digits(found, names)
    return _typed(frame_from(_renamed(found, names)), found, options)


def _decoded(data: bytes, options: ReadOptions, found: _Text) -> str:
    """UTF-8 unless the file begins with the mark of another encoding, or is said or seen to be in another."""
    if options.encoding:
        found.encoding = options.encoding
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        found.encoding = "utf-16"
    try:
        return data.decode("utf-8-sig" if found.encoding == "utf-8" else found.encoding)
    except LookupError as error:
        raise InvalidInput(
            "encoding_undecidable",
            f"There is no encoding {found.encoding[:40]!r}.",
            fix="Use utf-8, utf-16, windows-1252 or latin-1, or leave it out.",
        ) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.repairs.append(f"Bytes that are not UTF-8 were read as Windows-1252, the first in line {line:,}.")
        found.encoding = "windows-1252"
        return data.decode("cp1252", "replace")


def _records(text: str, found: _Text) -> None:
    """A whole document when it is one, else a record per line."""
    start, first = text.lstrip()[:1], _first_line(text)
    if start == "{" and len(text.strip()) > len(first.strip()) and _is_record(first):
        _lines(text, found)
        return
    try:
        content = found.load(text)
    except ValueError as error:  # besides broken JSON: a number with thousands of digits
        if start == "{" and "\n{" in text:
            _lines(text, found)
            return
        raise _broken(*_place(error)) from error
    records, note = records_of(content)
    found.records = records
    if note:
        found.repairs.append(note)


def _first_line(text: str) -> str:
    return next((line for line in text[:1_000_000].splitlines() if line.strip()), "")


def _is_record(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _place(error: ValueError) -> tuple[int, str]:
    if isinstance(error, json.JSONDecodeError):
        return error.lineno, error.msg
    return 1, "a number in it has too many digits"


def _lines(text: str, found: _Text) -> None:
    """One record per line; lines that hold none are left out and listed."""
    found.file_format = "jsonl"
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = found.load(line)
            reason = None if isinstance(record, dict) else "It is not a record in curly brackets."
        except ValueError as error:
            reason = f"It is not valid JSON: {_place(error)[1]}."
        if reason is None:
            found.records.append(record)
            lines.append(number)
            continue
        found.n_bad += 1
        if len(found.bad) < MOST_LISTED:
            found.bad.append(BadRow(line=number, reason=reason, text=line[:1_000]))
    found.lines = np.asarray(lines, dtype=np.int64)
    _judge_bad(found)


def _judge_bad(found: _Text) -> None:
    if not found.n_bad:
        return
    n_lines = found.n_bad + len(found.records)
    first = found.bad[0]
    if found.n_bad > REFUSE_SHARE * n_lines:
        raise InvalidInput(
            "mostly_bad_rows",
            f"{found.n_bad:,} of {n_lines:,} lines cannot be read, the first is line {first.line:,}: {first.reason}",
            row=first.line,
            fix="Write one JSON record per line, or save the table as CSV.",
        )
    found.warnings.append(f"{counted(found.n_bad, 'line')} of {n_lines:,} could not be read; left out.")


def _names(records: list[dict[str, Any]], limits: ReadLimits) -> list[str]:
    """All fields in the order in which they first occur."""
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > limits.max_columns:
            raise LimitExceeded(
                "too_many_columns",
                f"The records have {len(names):,} fields or more; at most {limits.max_columns:,} can be read.",
                fix="Leave out fields, or write names that differ from record to record as values.",
                limit=limits.max_columns,
                value=len(names),
            )
    if not names:
        raise InvalidInput("header_only", "The records have no fields.", fix="Choose a file whose records hold values.")
    return list(names)


def _too_many(value: int, limit: int) -> LimitExceeded:
    return LimitExceeded(
        "upload_too_complex",
        f"The table has {value:,} cells; at most {limit:,} can be read.",
        fix="Split the table, or leave out fields.",
        limit=limit,
        value=value,
    )


def _renamed(found: _Text, names: list[str]) -> list[dict[str, Any]]:
    """Records under names that a table can have."""
    usable, repairs = clean_names(names)
    found.repairs += repairs
    if usable == names:
        return found.records
    new = dict(zip(names, usable, strict=True))
    return [{new[name]: value for name, value in record.items()} for record in found.records]


def _mend(found: _Text, text: str) -> None:
    """Replace halves of characters, which no table can hold; tell of numbers out of range."""
    if _OUT_OF_RANGE.search(text) or "Infinity" in text:
        infinite = sum(value in {float("inf"), float("-inf")} for value in _floats(found.records))
        if infinite:
            found.warnings.append(f"{counted(infinite, 'number')} out of range (infinite) read as missing.")
    if not _ESCAPED_SURROGATE.search(text) and not _SURROGATE.search(text):
        return
    changed = 0
    for place, record in enumerate(found.records):
        whole = {_whole(name): _whole(value) for name, value in record.items()}
        changed += whole != record
        found.records[place] = whole
    if changed:
        found.repairs.append(f"Halves of characters were replaced in {counted(changed, 'record')}.")


def _keep_digits(found: _Text, names: list[str]) -> None:
    """Write columns of decimals as text where a whole number among them has more digits than a decimal keeps."""
    for name in names:
        kinds = {type(record.get(name)) for record in found.records}
        if not kinds >= {int, float}:
            continue
        values = [record.get(name) for record in found.records]
        if all(abs(value) <= LARGEST_EXACT for value in values if isinstance(value, int)):
            continue
        for record in found.records:
            if isinstance(record.get(name), int | float):
                record[name] = json.dumps(record[name])
        found.repairs.append(f"Column {name[:60]!r} stays text: it has more digits than a number keeps.")


def _floats(records: Iterable[dict[str, Any]]) -> Iterable[float]:
    return (value for record in records for value in record.values() if isinstance(value, float))


def _whole(value: Any) -> Any:
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def _typed(frame: pl.DataFrame, found: _Text, options: ReadOptions) -> Parsed:
    typed = type_columns(frame, options, None)
    rows = range(1, frame.height + 1) if found.lines is None else found.lines
    odd = [
        OddCell(line=int(rows[row]), column=c, value=v[:200], reason=r)
        for row, c, v, r in sorted(typed.odd)[:MOST_LISTED]
    ]
    report = {
        "format": found.file_format,
        "encoding": found.encoding,
        "header": True,
        "n_bad_rows": found.n_bad,
        "bad_rows": [row.model_dump() for row in found.bad],
        "n_odd_cells": len(typed.odd),
        "odd_cells": [cell.model_dump() for cell in odd],
        "guesses": [guess.model_dump() for guess in typed.guesses if guess.name != "decimal"],
        "repairs": found.repairs + typed.repairs[:200],
        "warnings": found.warnings + typed.warnings[:200],
    }
    return Parsed(typed.frame, found.lines, report)


def _broken(line: int, reason: str) -> InvalidInput:
    return InvalidInput(
        "not_a_table",
        f"Line {line:,} is not valid JSON: {reason}.",
        row=line,
        fix="Correct that line, or save the table as CSV.",
    )
