"""The parsing child: reads one untrusted file and leaves a Parquet file and a report for its parent."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_file
from narrative.engine.tables.delimited import Parsed, read_delimited
from narrative.engine.tables.json_text import read_json
from narrative.engine.tables.magic import Content, look, workbook_kind
from narrative.engine.tables.packed import PACKED_NAMES, nested, unpack
from narrative.engine.tables.parquet import read_feather, read_parquet
from narrative.engine.tables.prose import LOOKED_AT, is_prose
from narrative.engine.tables.sqlite_file import SETTLED, as_exported, unpack_sqlite
from narrative.engine.tables.types import ReadLimits, ReadOptions
from narrative.engine.tables.workbook import read_workbook
from narrative.engine.tables.workbook_parts import protected

TEXT_NAMES = (".csv", ".tsv", ".txt", ".tab", ".dat", ".data")
KNOWN_NAMES = {
    "parquet": (".parquet", ".pq"),
    "feather": (".feather", ".arrow", ".ipc"),
    "arrow_stream": (".arrows",),
    "workbook": (".xlsx", ".xlsm", ".xls", ".ods", ".xlsb"),
    "gzip": (".gz",),
    "bzip2": (".bz2",),
    "xz": (".xz",),
    "zip": (".zip",),
    "sqlite": (".db", ".sqlite", ".sqlite3"),
}
POOR_SHARE = 0.2
FEW_ROWS = 10
PACKINGS = ("gzip", "bzip2", "xz", "zip")


def parse(payload: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Read ``path`` and write ``out`` (Parquet); returns the fields of the import report.

    Payload: ``path``, ``name`` (the file's name for people), ``out``, ``statistics`` (True where ``out``
    shall have them, for a table that stays), ``lines_out``, ``options``, ``limits``.
    """
    path, label = Path(payload["path"]), str(payload["name"])
    options = ReadOptions.model_validate(payload["options"])
    limits = ReadLimits.model_validate(payload["limits"])
    report({"phase": "reading", "share": 0.0})
    try:
        parsed = _parse(path, label, options, limits)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how libraries written in Rust give up; each has its own class
            raise
        raise InvalidInput(
            "archive_damaged", "The file is damaged, or holds what no program writes.", fix="Write or save it again."
        ) from error
    report({"phase": "writing", "share": 0.8})
    parsed.frame.write_parquet(payload["out"], compression="lz4", statistics=payload.get("statistics", False))
    first_line = None
    if parsed.lines is not None:
        first_line = int(parsed.lines[0])
        if int(parsed.lines[-1]) - first_line != len(parsed.lines) - 1:
            pl.DataFrame({"line": parsed.lines}).write_parquet(payload["lines_out"], compression="lz4")
    fields = {"n_rows": parsed.frame.height, "n_columns": parsed.frame.width, "size_bytes": path.stat().st_size}
    return {"report": parsed.report | fields | {"sha256": hash_file(path)}, "first_line": first_line}


def _parse(path: Path, label: str, options: ReadOptions, limits: ReadLimits) -> Parsed:
    content, description = look(path)
    if content == "sqlite":
        _refuse_disguise(content, description, Path(label).suffix.lower())
        return _parse_sqlite(path, options, limits)
    if content not in PACKINGS:
        return _parse_plain(path, label, (content, description), options, limits)
    _refuse_disguise(content, description, Path(label).suffix.lower())
    with tempfile.TemporaryDirectory() as folder:
        found = unpack(path, label, content, folder=Path(folder), options=options, limits=limits)
        inner, description = look(found.path)
        if inner in PACKINGS or description == "a tar archive":
            raise nested(description)
        parsed = _parse_plain(found.path, found.label, (inner, description), options, limits)
    guesses = [] if found.guess is None else [found.guess.model_dump()]
    questions = [] if found.question is None else [found.question.model_dump()]
    joined = {
        "guesses": guesses + parsed.report.get("guesses", []),
        "questions": questions + parsed.report.get("questions", []),
    }
    return replace(parsed, report=parsed.report | found.report() | joined)


def _parse_sqlite(path: Path, options: ReadOptions, limits: ReadLimits) -> Parsed:
    with tempfile.TemporaryDirectory() as folder:
        found = unpack_sqlite(path, folder=Path(folder), options=options, limits=limits)
        parsed = read_delimited(found.path, found.label, as_exported(options), limits)
    own = [guess for guess in parsed.report.get("guesses", []) if guess["name"] not in SETTLED]
    joined = {
        "format": "sqlite",
        "compression": None,
        "encoding": None,
        "delimiter": None,
        "quote": None,
        "guesses": [*([found.guess.model_dump()] if found.guess else []), *own],
        "questions": [*([found.question.model_dump()] if found.question else []), *parsed.report.get("questions", [])],
    }
    return replace(parsed, report=parsed.report | found.report() | joined)


def _parse_plain(
    path: Path, label: str, look_of_it: tuple[Content, str], options: ReadOptions, limits: ReadLimits
) -> Parsed:  # fmt: skip
    content, description = look_of_it
    suffix = Path(label).suffix.lower()
    _refuse(content, description, suffix)
    if content == "parquet":
        return read_parquet(path, limits)
    if content in {"feather", "arrow_stream"}:
        return read_feather(path, limits, is_stream=content == "arrow_stream")
    if content == "workbook":
        return read_workbook(path, options, limits, workbook_kind(path))
    if content == "json":
        return read_json(path, options, limits)
    parsed = _read_text(path, label, options, limits)
    if suffix in (*KNOWN_NAMES["workbook"], *PACKED_NAMES):
        parsed.report["repairs"].insert(0, f"The file is named {suffix}, but it is plain text; it was read as such.")
    return parsed


def _read_text(path: Path, label: str, options: ReadOptions, limits: ReadLimits) -> Parsed:
    """Delimited text; what gave no good table is looked at again, whether it is prose."""
    try:
        parsed = read_delimited(path, label, options, limits)
    except InvalidInput as error:
        if error.code in {"mostly_bad_rows", "unclosed_quote", "header_only"} and _is_letter(path, options):
            raise _prose() from error
        raise
    n_bad = int(parsed.report.get("n_bad_rows", 0))
    is_poor = parsed.frame.width == 1 or n_bad > POOR_SHARE * (n_bad + parsed.frame.height)
    only_words = parsed.frame.height <= FEW_ROWS and all(dtype == pl.String for dtype in parsed.frame.dtypes)
    if (is_poor or only_words) and _is_letter(path, options):
        raise _prose()
    return parsed


def _is_letter(path: Path, options: ReadOptions) -> bool:
    """Whether the file is prose; who names a delimiter or a header knows better."""
    if options.delimiter is not None or options.header is not None:
        return False
    with path.open("rb") as stream:
        start = stream.read(LOOKED_AT)
    encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else options.encoding or "utf-8"
    return is_prose(start.decode(encoding, "replace"))


def _prose() -> InvalidInput:
    return InvalidInput(
        "not_a_table",
        "This looks like running text (a letter or an article), not a table.",
        row=1,
        fix="Choose the file with the table; if each line is a row, say that there is no header, or name a delimiter.",
    )


def _refuse_disguise(content: Content, description: str, suffix: str) -> None:
    if content in KNOWN_NAMES and suffix in TEXT_NAMES:
        raise InvalidInput(
            "not_a_table",
            f"The file is named like text ({suffix}), but it is {description}.",
            row=1,
            fix=f"Rename it to end in {KNOWN_NAMES[content][0]}, or save it as real CSV.",
        )


def _refuse(content: Content, description: str, suffix: str) -> None:
    """Say what the file is when it is no table, or not what its name promises."""
    if content == "empty":
        raise InvalidInput("empty_file", "The file is empty.", fix="Choose a file with a header and rows.")
    if content == "protected_workbook":
        raise protected()
    _refuse_disguise(content, description, suffix)
    if content == "other":
        raise InvalidInput(
            "not_a_table",
            f"This is {description}, not a table.",
            row=1,
            fix="Give a table: CSV, JSON, Parquet, Feather, Excel or OpenDocument, plain or as gz, bz2, xz or zip.",
        )
    if content in {"text", "json"} and suffix in KNOWN_NAMES["parquet"]:
        raise InvalidInput(
            "archive_damaged",
            f"The file is named {suffix}, but it does not begin like a Parquet file.",
            row=1,
            fix="Write or download the file again; if it is text, rename it to end in .csv.",
        )
