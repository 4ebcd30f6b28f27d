"""Documents and rows: the unit of work on one SQLite connection, and what a document may hold."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from narrative.adapters.metadata import _failures, _sql
from narrative.core.errors import Conflict, InvalidInput, LimitExceeded, NarrativeError, NotFound
from narrative.core.hashing import canonical_json
from narrative.ports.metadata import Document, Query, Tenant

DOCUMENT_BYTES: Final = 12 * 1024 * 1024
DOCUMENT_DEPTH: Final = 200


class SQLiteUnit:
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
        return None if row is None else document_of(*row)

    def find(self, tenant: Tenant, collection: str, query: Query) -> list[Document]:
        return [document_of(body, rev) for _, body, rev in self.rows(tenant, collection, query)]

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
        return document_of(body, 1)

    def replace(self, tenant: Tenant, collection: str, document: Document, *, rev: int) -> Document:
        key, body = _parts(document)
        changed = self._write(
            f"UPDATE {self._table(collection)} SET rev = rev + 1, body = ? WHERE tenant = ? AND id = ? AND rev = ?",  # noqa: S608
            [body, _text(tenant), key, rev],
        )
        if changed == 0:
            self._failure = self._failure or self._refusal(tenant, collection, key)
            raise self._failure
        return document_of(body, rev + 1)

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


def document_of(body: str, rev: int) -> Document:
    try:
        document: Document = json.loads(body)
    except ValueError as error:
        raise _failures.damaged() from error
    document["rev"] = rev
    return document
