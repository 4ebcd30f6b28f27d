"""Documents in one SQLite file: write-ahead log, every acknowledged write on the disk, several processes at once.

Threads of one process share a writing connection and its commits (``_writer.py``); readers have connections of their
own and never wait for writers.  Another process waits for the file's lock, at most five seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from narrative.adapters.loading import path_of
from narrative.adapters.metadata import _failures, _sql
from narrative.adapters.metadata._writer import SharedWriter
from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.errors import Conflict, InvalidInput, LimitExceeded, NarrativeError, NotFound, Unavailable
from narrative.core.files import LocalFileSystem
from narrative.core.hashing import canonical_json
from narrative.ports.metadata import CollectionSpec, Document, Query, Tenant, UnitOfWork

T = TypeVar("T")

BUSY_SECONDS: Final = 5.0
CHECK_SECONDS: Final = 3.0
DOCUMENT_BYTES: Final = 12 * 1024 * 1024
DOCUMENT_DEPTH: Final = 200
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
        with _failures.meaning():
            _make_private(path)
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
            return [(Tenant(tenant), _document(body, rev)) for tenant, body, rev in unit.rows(None, collection, query)]

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
            unit = _Unit(connection, self._collections)
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
    def _unit(self) -> Iterator[_Unit]:
        with self._reader() as connection:
            yield _Unit(connection, self._collections)


class _Unit:
    """Reads and writes on one connection, inside whatever transaction it has."""

    def __init__(self, connection: sqlite3.Connection, collections: set[str]) -> None:
        self._open: sqlite3.Connection | None = connection
        self._collections = collections
        self._failure: NarrativeError | None = None

    def end(self) -> NarrativeError | None:
        """Close it for good; the first failed write, which spoils the whole even where somebody caught it."""
        self._open = None
        return self._failure

    def get(self, tenant: Tenant, collection: str, id: str) -> Document | None:
        row = self._execute(
            f"SELECT body, rev FROM {self._table(collection)} WHERE tenant = ? AND id = ?",  # noqa: S608  # checked name
            [_text(tenant), id],
        ).fetchone()
        return None if row is None else _document(*row)

    def find(self, tenant: Tenant, collection: str, query: Query) -> list[Document]:
        return [_document(body, rev) for _, body, rev in self.rows(tenant, collection, query)]

    def rows(self, tenant: Tenant | None, collection: str, query: Query) -> list[tuple[str, str, int]]:
        """Tenant, body and revision of what a query finds."""
        clause, values = _sql.where(query, None if tenant is None else _text(tenant))
        page, bounds = _sql.page(query)
        statement = f"SELECT tenant, body, rev FROM {self._table(collection)}{clause}{_sql.order(query)}{page}"  # noqa: S608
        return self._execute(statement, values + bounds).fetchall()

    def count(self, tenant: Tenant, collection: str, query: Query) -> int:
        clause, values = _sql.where(query, _text(tenant))
        found = self._execute(f"SELECT count(*) FROM {self._table(collection)}{clause}", values).fetchone()  # noqa: S608
        return int(found[0])

    def insert(self, tenant: Tenant, collection: str, document: Document) -> Document:
        key, body = _parts(document)
        self._write(
            f"INSERT INTO {self._table(collection)} (tenant, id, rev, body) VALUES (?, ?, 1, ?)",  # noqa: S608
            [_text(tenant), key, body],
        )
        return _document(body, 1)

    def replace(self, tenant: Tenant, collection: str, document: Document, *, rev: int) -> Document:
        key, body = _parts(document)
        changed = self._write(
            f"UPDATE {self._table(collection)} SET rev = rev + 1, body = ? WHERE tenant = ? AND id = ? AND rev = ?",  # noqa: S608
            [body, _text(tenant), key, rev],
        )
        if changed == 0:
            self._failure = self._failure or self._refusal(tenant, collection, key)
            raise self._failure
        return _document(body, rev + 1)

    def delete(self, tenant: Tenant, collection: str, id: str) -> bool:
        statement = f"DELETE FROM {self._table(collection)} WHERE tenant = ? AND id = ?"  # noqa: S608
        return self._write(statement, [_text(tenant), id]) > 0

    def _refusal(self, tenant: Tenant, collection: str, id: str) -> NarrativeError:
        if self.get(tenant, collection, id) is None:
            return NotFound("not_found", "There is no such record.")
        return Conflict(
            "changed_meanwhile", "Somebody else changed this meanwhile.", fix="Load it again and repeat your change."
        )

    def _table(self, collection: str) -> str:
        name = _sql.table(collection)
        if collection not in self._collections:
            raise LookupError(f"The collection {collection!r} was not ensured.")
        return name

    def _execute(self, statement: str, values: Sequence[Any]) -> sqlite3.Cursor:
        if self._open is None:
            raise RuntimeError("This unit of work has ended.")
        return self._open.execute(statement, values)

    def _write(self, statement: str, values: Sequence[Any]) -> int:
        """How many rows changed."""
        try:
            with _failures.meaning():
                return self._execute(statement, values).rowcount
        except NarrativeError as error:
            self._failure = self._failure or error
            raise


def _text(tenant: Tenant) -> str:
    if not tenant.workspace_id:
        raise ValueError("a tenant without a name")
    return tenant.workspace_id


def _parts(document: Document) -> tuple[str, str]:
    """Id and canonical JSON of a document; the revision belongs to the store."""
    key = document.get("id")
    if not isinstance(key, str) or not key:
        raise ValueError("a document needs a text `id`")
    try:
        body = canonical_json({name: value for name, value in document.items() if name != "rev"})
        size = len(body.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput("not_storable", "The record holds text that is not valid Unicode.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise InvalidInput("not_storable", "The record holds a number that is not finite.") from error
    if size > DOCUMENT_BYTES:
        raise LimitExceeded(
            "document_too_large", "The record is too large to be stored.", limit=DOCUMENT_BYTES, value=size
        )
    if body.count("[") + body.count("{") > DOCUMENT_DEPTH and _depth(document) > DOCUMENT_DEPTH:
        raise _too_deep()
    return key, body


def _too_deep() -> NarrativeError:
    return InvalidInput("too_deeply_nested", f"The record is nested deeper than {DOCUMENT_DEPTH} levels.")


def _depth(value: Any) -> int:
    """Levels of nesting; counted in layers, so that depth itself cannot overflow anything."""
    depth, layer = 0, [value]
    while layer:
        depth += 1
        layer = [
            inner
            for item in layer
            if isinstance(item, dict | list | tuple)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return depth - 1


def _document(body: str, rev: int) -> Document:
    try:
        document: Document = json.loads(body)
    except ValueError as error:
        raise _failures.damaged() from error
    document["rev"] = rev
    return document


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
