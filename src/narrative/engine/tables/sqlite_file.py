"""SQLite database files: one of their tables as text, read without writing, without views and without functions.

A database is looked at like an archive whose members are its tables. The file is not trusted: it is opened so that
nothing changes it, its schema may run nothing, and everything happens in the child that parses.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.engine.tables.packed import MOST_LISTED, MOST_MEMBERS, Unpacked, check_unpacked
from narrative.engine.tables.types import Choice, Guess, Part, Question, ReadLimits, ReadOptions
from narrative.engine.tables.values import counted

ROWS_AT_ONCE: Final = 5_000
LONGEST_SQL: Final = 100_000
_READS: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_FUNCTION})
_FUNCTIONS: Final = ("count", "substr")
_TABLES: Final = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' AND rootpage > 0"
)
"""Virtual tables have no page of their own: what they would read is code of an extension."""
SETTLED: Final = ("encoding", "delimiter", "quote", "decimal", "thousands", "header", "skip_lines")


def unpack_sqlite(path: Path, *, folder: Path, options: ReadOptions, limits: ReadLimits) -> Unpacked:
    """Write one table as delimited text into ``folder``: the one asked for, else the one with most rows.

    Raises:
        InvalidInput: ``archive_damaged``, ``empty_file`` (no table with rows), ``member_unknown``.
        LimitExceeded: ``upload_too_complex`` with limit and value.
    """
    out = folder / "unpacked"
    try:
        with _opened(path, limits) as database:
            parts = _parts(database)
            chosen, guess = _choose(parts, options)
            _write(database, chosen, out, path.stat().st_size, limits)
    except sqlite3.Error as error:
        raise InvalidInput(
            "archive_damaged",
            "The SQLite database is damaged, encrypted, or was cut off.",
            fix="Copy it again while no program has it open, or export the table as CSV.",
        ) from error
    question = _question(parts, chosen) if len(parts) > 1 and options.member is None else None
    return Unpacked(out, f"{chosen}.csv", "sqlite", chosen, parts[:MOST_LISTED], guess, question)


def as_exported(options: ReadOptions) -> ReadOptions:
    """How the text of :func:`unpack_sqlite` is to be read: nothing of its form is left to guess."""
    form: dict[str, Any] = {
        "encoding": "utf-8", "delimiter": ",", "quote": '"', "decimal": ".", "thousands": "", "header": True,
        "header_rows": None, "skip_lines": 0, "total_rows": "keep",
    }  # fmt: skip
    return options.model_copy(update=form)


@contextlib.contextmanager
def _opened(path: Path, limits: ReadLimits) -> Iterator[sqlite3.Connection]:
    """A database that only answers, and is closed at the end."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.max_field_characters * 4)
        database.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_SQL)
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "temp_store = MEMORY"):
            database.execute(f"PRAGMA {setting}")
        database.text_factory = lambda content: content.decode("utf-8", "replace")
        database.set_authorizer(_only_reading)
        yield database


def _only_reading(action: int, *_: object) -> int:
    """Nothing but queries. What columns calculate is bounded by size and by what ``trusted_schema`` lets them use."""
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _parts(database: sqlite3.Connection) -> list[Part]:
    """Tables with rows, in the order of the database."""
    names = [str(row[0]) for row in database.execute(f"{_TABLES} LIMIT {MOST_MEMBERS + 1}")]
    if len(names) > MOST_MEMBERS:
        raise LimitExceeded(
            "upload_too_complex",
            f"The database has more than {MOST_MEMBERS:,} tables.",
            fix="Export the table as CSV.",
            limit=MOST_MEMBERS,
            value=len(names),
        )
    parts = [Part(name=name, n_rows=_count(database, name)) for name in names[:MOST_LISTED]]
    found = [part for part in parts if part.n_rows]
    if not found:
        raise InvalidInput("empty_file", "The database holds no table with rows.", fix="Choose a database with data.")
    return found


def _count(database: sqlite3.Connection, name: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {_named(name)}").fetchone()[0])  # noqa: S608 - quoted below


def _named(name: str) -> str:
    """A name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'


def _choose(parts: list[Part], options: ReadOptions) -> tuple[str, Guess]:
    names = [part.name for part in parts]
    if options.member is not None:
        if options.member not in names:
            raise InvalidInput(
                "member_unknown",
                f"The database has no table {options.member[:80]!r} with rows.",
                fix=f"The tables are: {', '.join(repr(name[:80]) for name in names[:20])}.",
            )
        chosen, confidence, evidence = options.member, 1.0, "you said so"
    elif len(parts) == 1:
        chosen, confidence, evidence = names[0], 1.0, "the only table with rows"
    else:
        chosen = max(parts, key=lambda part: part.n_rows or 0).name
        confidence, evidence = 0.5, f"the one with most rows of {counted(len(parts), 'table')}"
    return chosen, Guess(name="member", value=chosen, confidence=confidence, evidence=evidence)


def _question(parts: list[Part], assumed: str) -> Question:
    choices = [Choice(value=part.name, text=f"{part.name} ({counted(part.n_rows or 0, 'row')})") for part in parts]
    return Question(
        name="member",
        text="Which table of the database do you want?",
        choices=choices[:MOST_LISTED],
        assumed=assumed,
        effect="Only one table is read; the others stay in the database.",
    )


def _write(database: sqlite3.Connection, name: str, out: Path, packed_bytes: int, limits: ReadLimits) -> None:
    found = database.execute(f"SELECT * FROM {_named(name)}")  # noqa: S608 - a name of the database itself, quoted
    width = len(found.description)
    if width > limits.max_columns:
        raise LimitExceeded(
            "too_many_columns",
            f"The table has {width:,} columns; at most {limits.max_columns:,} can be read.",
            fix="Leave out columns.",
            limit=limits.max_columns,
            value=width,
        )
    total = 0
    with out.open("w", encoding="utf-8", newline="") as target:
        target.write(",".join(_cell(str(column[0])) for column in found.description) + "\n")
        for piece in _pieces(found):
            total += len(piece)
            check_unpacked(total, packed_bytes, limits)
            target.write(piece)


def _pieces(found: sqlite3.Cursor) -> Iterator[str]:
    while rows := found.fetchmany(ROWS_AT_ONCE):
        yield "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value: object) -> str:
    """A value as text. Missing is an empty cell, text stands in quotes, raw bytes become hexadecimal digits."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return repr(value)
    text = value.hex() if isinstance(value, bytes) else str(value)
    return '"' + text.replace('"', '""') + '"'
