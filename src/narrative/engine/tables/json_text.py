"""JSON (a list of records) and JSON Lines (one record per line) to a typed table."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.columns import type_columns
from narrative.engine.tables.delimited import Parsed
from narrative.engine.tables.frames import frame_from
from narrative.engine.tables.types import OddCell, ReadLimits, ReadOptions
from narrative.engine.types import IntArray


def read_json(path: Path, options: ReadOptions, limits: ReadLimits) -> Parsed:
    """The table of a JSON file; nested values become text.

    Raises:
        InvalidInput: ``not_a_table`` naming the line, ``header_only`` when there are no records.
        LimitExceeded: ``too_many_columns``, ``upload_too_complex``.
    """
    if path.stat().st_size * 20 > limits.memory_bytes:
        raise LimitExceeded(
            "upload_too_complex",
            "The JSON file is larger than can be read here.",
            fix="Save the table as CSV or Parquet.",
            limit=limits.memory_bytes // 20,
            value=path.stat().st_size,
        )
    text = path.read_bytes().decode("utf-8-sig", "replace")
    records, lines = _document(text) if text.lstrip().startswith("[") else _lines(text)
    if not records:
        raise InvalidInput("header_only", "The file holds no records.", fix="Choose a file with at least one record.")
    frame = frame_from(records)
    if frame.width > limits.max_columns:
        raise LimitExceeded(
            "too_many_columns",
            f"The records have {frame.width:,} fields; at most {limits.max_columns:,} can be read.",
            fix="Leave out fields.",
            limit=limits.max_columns,
            value=frame.width,
        )
    typed = type_columns(frame, options, None)
    rows = pl.Series(range(1, frame.height + 1)) if lines is None else pl.Series(lines)
    odd = [OddCell(line=int(rows[row]), column=c, value=v[:200], reason=r) for row, c, v, r in typed.odd[:1_000]]
    report = {
        "format": "jsonl",
        "encoding": "utf-8",
        "header": True,
        "n_odd_cells": len(typed.odd),
        "odd_cells": [cell.model_dump() for cell in odd],
        "guesses": [guess.model_dump() for guess in typed.guesses if guess.name != "decimal"],
        "repairs": typed.repairs[:200],
        "warnings": typed.warnings[:200],
    }
    return Parsed(typed.frame, lines, report)


def _document(text: str) -> tuple[list[dict[str, Any]], None]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken(error.lineno, error.msg) from error
    if not all(isinstance(record, dict) for record in content):
        raise InvalidInput(
            "not_a_table",
            "The JSON file is not a list of records.",
            row=1,
            fix='Write it as [{"column": value, …}, …], or save the table as CSV.',
        )
    return content, None


def _lines(text: str) -> tuple[list[dict[str, Any]], IntArray]:
    records, lines = [], []
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise _broken(number, error.msg) from error
        if not isinstance(record, dict):
            raise _broken(number, "it is not a record")
        records.append(record)
        lines.append(number)
    return records, pl.Series(lines, dtype=pl.Int64).to_numpy()


def _broken(line: int, reason: str) -> InvalidInput:
    return InvalidInput(
        "not_a_table",
        f"Line {line:,} is not valid JSON: {reason}.",
        row=line,
        fix="Correct that line, or save the table as CSV.",
    )
