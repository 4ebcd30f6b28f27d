"""Documents in one SQLite file: write-ahead log, every acknowledged write on the disk, several processes at once.

Threads of one process share a writing connection and its commits (``_writer.py``); readers have connections of their
own and never wait for writers.  Another process waits for the file's lock, at most five seconds.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from narrative.adapters.loading import path_of
from narrative.adapters.metadata import _failures, _sql
from narrative.adapters.metadata._unit import SQLiteUnit, document_of
from narrative.adapters.metadata._writer import SharedWriter
from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.errors import Conflict, Unavailable
from narrative.core.files import LocalFileSystem
from narrative.ports.metadata import CollectionSpec, Document, Query, Tenant, UnitOfWork

T = TypeVar("T")

BUSY_SECONDS: Final = 5.0
CHECK_SECONDS: Final = 3.0
_CHECK_STEPS: Final = 20_000
_IDLE_READERS: Final = 8
_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # fsync at every commit: what was acknowledged survives power loss
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cell_size_check = ON",
)

Connect = Callable[[Path], sqlite3.Connection]


def connect(path: Path) -> sqlite3.Connection:
    """A connection that leaves transactions to us and may move between threads (one at a time)."""
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


class SQLiteMetadataStore:
    """A metadata store in a file of this machine (never on a network drive: SQLite's locks do not hold there)."""

    def __init__(self, path: Path, clock: Clock | None = None, connect: Connect = connect) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._connect = connect
        self._collections: set[str] = set()
        self._readers: list[sqlite3.Connection] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        with _failures.disk_meaning():
            _make_private(path)
        with _failures.meaning():
            self._writer = SharedWriter(self._open)
            with contextlib.ExitStack() as undo:
                undo.callback(self.close)
                with self._reader() as connection:
                    _check(connection, self._clock)
                undo.pop_all()

    @classmethod
    def from_url(cls, url: str, clock: Clock | None = None) -> SQLiteMetadataStore:
        """Open ``sqlite:///absolute/path.db``; file and folder are made when missing, readable by this user only.

        Raises:
            Unavailable: ``metadata_damaged`` with advice when the file does not pass SQLite's quick check.
        """
        return cls(path_of(url), clock)

    # ------------------------------------------------------------------ reading
    def get(self, tenant: Tenant, collection: str, id: str) -> Document | None:
        with self._unit() as unit:
            return unit.get(tenant, collection, id)

    def find(self, tenant: Tenant, collection: str, query: Query) -> list[Document]:
        with self._unit() as unit:
            return unit.find(tenant, collection, query)

    def find_everywhere(self, collection: str, query: Query) -> list[tuple[Tenant, Document]]:
        with self._unit() as unit:
            return [
                (Tenant(tenant), document_of(body, rev)) for tenant, body, rev in unit.rows(None, collection, query)
            ]

    def count(self, tenant: Tenant, collection: str, query: Query) -> int:
        with self._unit() as unit:
            return unit.count(tenant, collection, query)

    def ping(self) -> Mapping[str, Any]:
        with self._reader() as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
            files = (self._path, self._path.with_name(self._path.name + "-wal"))
            size = sum(file.stat().st_size for file in files if file.exists())
        return {"technology": "sqlite", "version": sqlite3.sqlite_version, "size_bytes": size}

    # ------------------------------------------------------------------ writing
    def insert(self, tenant: Tenant, collection: str, document: Document) -> Document:
        return self.atomic(lambda unit: unit.insert(tenant, collection, document))

    def replace(self, tenant: Tenant, collection: str, document: Document, *, rev: int) -> Document:
        return self.atomic(lambda unit: unit.replace(tenant, collection, document, rev=rev))

    def delete(self, tenant: Tenant, collection: str, id: str) -> bool:
        return self.atomic(lambda unit: unit.delete(tenant, collection, id))

    def atomic(self, work: Callable[[UnitOfWork], T]) -> T:
        def run(connection: sqlite3.Connection) -> T:
            unit = SQLiteUnit(connection, self._collections)
            try:
                outcome = work(unit)
            finally:
                failure = unit.end()
            if failure is not None:
                raise failure
            return outcome

        return self._writer.run(run)

    def ensure(self, specs: Sequence[CollectionSpec]) -> None:
        statements = [statement for spec in specs for statement in _sql.create(spec)]

        def create(connection: sqlite3.Connection) -> None:
            for statement in statements:
                connection.execute(statement)

        try:
            self._writer.run(create)
        except Conflict as error:
            raise Unavailable(
                "metadata_not_unique",
                "Two stored records share a value that must be unique in this version.",
                fix="Go back to the version that wrote them, or restore the latest backup of the data folder.",
            ) from error
        self._collections.update(spec.name for spec in specs)

    def close(self) -> None:
        self._writer.close()
        with self._readers_lock:
            self._closed = True
            readers, self._readers = self._readers, []
        for connection in readers:
            connection.close()

    # ------------------------------------------------------------------ connections
    def _open(self) -> sqlite3.Connection:
        """A connection with our settings. Switching a new file to the log takes a lock that SQLite does not wait for,
        so a busy answer here is asked again until the usual time is over."""
        connection = self._connect(self._path)
        deadline = Deadline(self._clock, BUSY_SECONDS)
        try:
            while not _configure(connection, last_try=deadline.passed()):
                self._clock.sleep(0.01)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own for a moment; one that saw an error is not used again."""
        with self._readers_lock:
            if self._closed:
                raise _failures.closed()
            connection = self._readers.pop() if self._readers else None
        with _failures.meaning():
            if connection is None:
                connection = self._open()
                connection.execute("PRAGMA query_only = ON")
            try:
                yield connection
            except sqlite3.Error:
                connection.close()
                raise
            except BaseException:
                self._put_back(connection)
                raise
            self._put_back(connection)

    def _put_back(self, connection: sqlite3.Connection) -> None:
        with self._readers_lock:
            if not self._closed and len(self._readers) < _IDLE_READERS:
                self._readers.append(connection)
                return
        connection.close()

    @contextlib.contextmanager
    def _unit(self) -> Iterator[SQLiteUnit]:
        with self._reader() as connection:
            yield SQLiteUnit(connection, self._collections)


def _make_private(path: Path) -> None:
    LocalFileSystem().make_folder(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _configure(connection: sqlite3.Connection, *, last_try: bool) -> bool:
    """Whether the settings took; a busy file is an error only at the last try."""
    try:
        for statement in _SETTINGS:
            connection.execute(statement)
    except sqlite3.OperationalError as error:
        if last_try or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _check(connection: sqlite3.Connection, clock: Clock) -> None:
    """SQLite's quick check, for at most three seconds: a start never waits longer, however large the file.

    Raises:
        Unavailable: ``metadata_damaged``.
    """
    deadline = Deadline(clock, CHECK_SECONDS)
    connection.set_progress_handler(deadline.passed, _CHECK_STEPS)
    try:
        rows = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
            raise
    else:
        if rows != [("ok",)]:
            raise _failures.damaged()
    finally:
        connection.set_progress_handler(None, 0)
