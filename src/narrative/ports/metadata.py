"""The metadata port: documents by collection, compare-and-set, one atomic unit of work.

It knows no datasets and no jobs, so a new slice never touches an adapter and a new adapter never touches a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

Document = dict[str, Any]
"""JSON-safe. ``id`` (text) is the key; ``rev`` (int) is set by the store: 1 on insert, +1 on each change."""

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in"]
T = TypeVar("T")


@dataclass(frozen=True)
class Tenant:
    """Whose documents a call may touch. Built by ``http.auth`` from a verified identity, or by the job runner from a
    claimed job; there is no call without one. The store adds it to every key, so a foreign id does not exist."""

    workspace_id: str


SYSTEM = Tenant("system")
"""Documents that belong to no workspace: accounts, sessions, keys, jobs' queue entries, settings."""


@dataclass(frozen=True)
class Query:
    """Find documents: all conditions must hold; fields are dotted paths of letters, digits and underscores.

    ``order`` is a list of (field, descending); ties and the default are broken by ``id``.  Null and absent are the
    same: ``("x", "=", None)`` finds both, ``("x", "!=", 1)`` includes both, ``<`` and its kin never match them. Order
    comparisons only match values of the kind they are given (number with number, text with text).
    """

    where: Sequence[tuple[str, Operator, Any]] = ()
    order: Sequence[tuple[str, bool]] = ()
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True)
class CollectionSpec:
    """Name of a collection and what is fast or unique in it.

    ``indexes``: fields (or several together) to find by inside a tenant. ``everywhere``: the same for
    ``find_everywhere``. ``unique``: sets of fields that are unique inside a tenant; a document in which one of them is
    null or absent is not bound by it.
    """

    name: str
    indexes: Sequence[str | tuple[str, ...]] = ()
    unique: Sequence[tuple[str, ...]] = field(default_factory=tuple)
    everywhere: Sequence[tuple[str, ...]] = ()


class UnitOfWork(Protocol):
    """Reads and writes inside one atomic, serialised transaction."""

    def get(self, tenant: Tenant, collection: str, id: str) -> Document | None: ...
    def find(self, tenant: Tenant, collection: str, query: Query) -> list[Document]: ...
    def insert(self, tenant: Tenant, collection: str, document: Document) -> Document:
        """Raises ``Conflict('already_exists')`` on an equal id or unique field."""

    def replace(self, tenant: Tenant, collection: str, document: Document, *, rev: int) -> Document:
        """Compare-and-set: raises ``Conflict('changed_meanwhile')`` unless the stored ``rev`` equals ``rev``,
        ``NotFound('not_found')`` when there is no such document."""

    def delete(self, tenant: Tenant, collection: str, id: str) -> bool:
        """Whether there was something to delete."""


class MetadataStore(UnitOfWork, Protocol):
    """Documents. What a call returned is durable: it survives kill -9 and power loss.

    Each single method is its own atomic unit. Methods are safe to call from any thread and block briefly
    (``Unavailable('metadata_busy')`` after 5 s of waiting for a lock).
    """

    def ensure(self, specs: Sequence[CollectionSpec]) -> None:
        """Create collections and indexes; harmless when they exist."""

    def atomic(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in one write transaction: all of it becomes durable or, on any exception, nothing.

        A store may call ``work`` again after a conflict of its own, so it only reads and writes through the unit of
        work it is given, which is of no use afterwards.
        """

    def find_everywhere(self, collection: str, query: Query) -> list[tuple[Tenant, Document]]:
        """Across tenants; only for the job runner and sweeps, never reachable from a route."""

    def count(self, tenant: Tenant, collection: str, query: Query) -> int: ...

    def ping(self) -> Mapping[str, Any]:
        """Facts for the health page (technology, size). Raises ``Unavailable`` when the store does not answer."""

    def close(self) -> None: ...
