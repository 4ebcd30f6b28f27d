"""The parsing child: reads one untrusted file and leaves a Parquet file and a report for its parent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_file
from narrative.engine.tables.delimited import Parsed, read_delimited
from narrative.engine.tables.json_text import read_json
from narrative.engine.tables.magic import Content, look, workbook_kind
from narrative.engine.tables.parquet import read_parquet
from narrative.engine.tables.types import ReadLimits, ReadOptions
from narrative.engine.tables.workbook import read_workbook

TEXT_NAMES = (".csv", ".tsv", ".txt", ".tab", ".dat", ".data")
KNOWN_NAMES = {"parquet": (".parquet", ".pq"), "workbook": (".xlsx", ".xlsm", ".xls", ".ods", ".xlsb")}


def parse(payload: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Read ``path`` and write ``out`` (Parquet); returns the fields of the import report.

    Payload: ``path``, ``name`` (the file's name for people), ``out``, ``lines_out``, ``options``, ``limits``.
    """
    path, label = Path(payload["path"]), str(payload["name"])
    options = ReadOptions.model_validate(payload["options"])
    limits = ReadLimits.model_validate(payload["limits"])
    report({"phase": "reading", "share": 0.0})
    parsed = _parse(path, label, options, limits)
    report({"phase": "writing", "share": 0.8})
    parsed.frame.write_parquet(payload["out"], compression="lz4", statistics=False)
    first_line = None
    if parsed.lines is not None:
        first_line = int(parsed.lines[0])
        if int(parsed.lines[-1]) - first_line != len(parsed.lines) - 1:
            pl.DataFrame({"line": parsed.lines}).write_parquet(payload["lines_out"], compression="lz4")
    fields = {"n_rows": parsed.frame.height, "n_columns": parsed.frame.width, "size_bytes": path.stat().st_size}
    return {"report": parsed.report | fields | {"sha256": hash_file(path)}, "first_line": first_line}


def _parse(path: Path, label: str, options: ReadOptions, limits: ReadLimits) -> Parsed:
    content, description = look(path)
    suffix = Path(label).suffix.lower()
    _refuse(content, description, suffix)
    if content == "parquet":
        return read_parquet(path, limits)
    if content == "workbook":
        return read_workbook(path, options, limits, workbook_kind(path))
    if content == "json":
        return read_json(path, options, limits)
    parsed = read_delimited(path, label, options, limits)
    if suffix in KNOWN_NAMES["workbook"]:
        parsed.report["repairs"].insert(0, f"The file is named {suffix}, but it is plain text; it was read as such.")
    return parsed


def _refuse(content: Content, description: str, suffix: str) -> None:
    """Say what the file is when it is no table, or not what its name promises."""
    if content == "empty":
        raise InvalidInput("empty_file", "The file is empty.", fix="Choose a file with a header and rows.")
    if content == "protected_workbook":
        raise InvalidInput(
            "password_protected",
            "The workbook is protected by a password.",
            fix="Remove the password in the program that made it, or save the sheet as CSV.",
        )
    if content in KNOWN_NAMES and suffix in TEXT_NAMES:
        raise InvalidInput(
            "not_a_table",
            f"The file is named like text ({suffix}), but it is {description}.",
            row=1,
            fix=f"Rename it to end in {KNOWN_NAMES[content][0]}, or save it as real CSV.",
        )
    if content == "other":
        raise InvalidInput(
            "not_a_table",
            f"This is {description}, not a table.",
            row=1,
            fix="Give a CSV, JSON, Parquet or Excel file; unpack archives first.",
        )
    if content in {"text", "json"} and suffix in KNOWN_NAMES["parquet"]:
        raise InvalidInput(
            "archive_damaged",
            f"The file is named {suffix}, but it does not begin like a Parquet file.",
            row=1,
            fix="Write or download the file again; if it is text, rename it to end in .csv.",
        )
