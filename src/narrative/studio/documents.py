"""Entities to documents: the one way a slice reads and writes, always inside a tenant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from narrative.core.errors import InvalidInput, NotFound
from narrative.core.ids import is_id
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import CollectionSpec, Document, MetadataStore, Operator, Query, Tenant, UnitOfWork

E = TypeVar("E", bound="Entity")
T = TypeVar("T")
MAYBE_DELETED: Final = "It may have been deleted; see the list."
Where = tuple[str, Operator, Any]
BATCH: Final = 500


class Entity(BaseModel):
    """A domain object with an id. Immutable; a change makes a new one. Fields of a newer program are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    created_at: str
    rev: int = 0

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return self.model_copy(update=changes)

    def to_document(self) -> Document:
        """The stored form; ``rev`` belongs to the store."""
        return self.model_dump(mode="json", exclude={"rev"})


def every(reads: UnitOfWork, tenant: Tenant, collection: str) -> Iterator[Document]:
    """All documents of a collection, read page by page in the order of their ids."""
    last = ""
    while page := reads.find(tenant, collection, Query(where=[("id", ">", last)], limit=BATCH)):
        yield from page
        last = page[-1]["id"]


class Repository(ABC, Generic[E]):
    """Entities of one collection. Reads go to the store or, inside a transaction, to its unit of work."""

    spec: ClassVar[CollectionSpec]
    prefix: ClassVar[str]
    noun: ClassVar[str]
    """For people: "project"."""
    entity: ClassVar[type[Any]]

    def __init__(self, store: MetadataStore | None = None) -> None:
        """Without a store only calls with a unit of work are possible, as in a job's end."""
        self._reads = store
        if store is not None:
            store.ensure([self.spec])

    @property
    def _store(self) -> MetadataStore:
        if self._reads is None:
            raise RuntimeError(f"{type(self).__name__} has no store; give a unit of work")
        return self._reads

    def get(self, tenant: Tenant, id: str, unit: UnitOfWork | None = None) -> E:
        """Raises ``NotFound('<noun>_not_found')``, worded the same for what never was and what belongs to others."""
        found = self.find(tenant, id, unit)
        if found is None:
            raise self.missing()
        return found

    def find(self, tenant: Tenant, id: str, unit: UnitOfWork | None = None) -> E | None:
        """The entity, or None."""
        if not is_id(id, self.prefix):
            return None
        document = (unit or self._store).get(tenant, self.spec.name, id)
        return None if document is None else self._read(document)

    @abstractmethod
    def missing(self) -> NotFound:
        """The failure for an id that names nothing here, ``<noun>_not_found``."""

    def insert(self, unit: UnitOfWork, tenant: Tenant, entity: E) -> E:
        """Store a new entity."""
        return self._read(unit.insert(tenant, self.spec.name, entity.to_document()))

    def insert_once(self, unit: UnitOfWork, tenant: Tenant, entity: E) -> tuple[E, bool]:
        """Store, or find what an earlier attempt with the same id stored; True when it is new."""
        known = self.find(tenant, entity.id, unit)
        return (known, False) if known is not None else (self.insert(unit, tenant, entity), True)

    def change(
        self, unit: UnitOfWork, tenant: Tenant, id: str, change: Callable[[E], E], *, rev: int | None = None
    ) -> E:
        """Read, change, write, inside one transaction.

        Raises:
            NotFound: no such entity.
            InvalidInput: ``precondition_failed`` when ``rev`` is given and the entity has moved on.
        """
        known = self.get(tenant, id, unit)
        if rev is not None and rev != known.rev:
            raise InvalidInput(
                "precondition_failed",
                f"This {self.noun} was changed meanwhile.",
                fix="Reload it and make the change again.",
                rev=known.rev,
            )
        changed = change(known)
        if changed == known:
            return known
        return self._read(unit.replace(tenant, self.spec.name, changed.to_document(), rev=known.rev))

    def delete(self, unit: UnitOfWork, tenant: Tenant, id: str) -> bool:
        """Whether there was something to delete."""
        return unit.delete(tenant, self.spec.name, id)

    def delete_some(self, unit: UnitOfWork, tenant: Tenant, where: Sequence[Where], limit: int = BATCH) -> list[E]:
        """Delete up to ``limit`` entities that meet all conditions; returns them."""
        documents = unit.find(tenant, self.spec.name, Query(where=where, limit=limit))
        for document in documents:
            unit.delete(tenant, self.spec.name, document["id"])
        return [self._read(document) for document in documents]

    def delete_where(self, unit: UnitOfWork, tenant: Tenant, where: Sequence[Where]) -> list[E]:
        """Delete every entity that meets all conditions; returns them."""
        deleted: list[E] = []
        while some := self.delete_some(unit, tenant, where):
            deleted += some
        return deleted

    def where(
        self, tenant: Tenant, where: Sequence[Where], *, limit: int = 500, unit: UnitOfWork | None = None
    ) -> list[E]:
        """Entities that meet all conditions, newest first."""
        query = Query(where=where, order=[("created_at", True)], limit=limit)
        return [self._read(document) for document in (unit or self._store).find(tenant, self.spec.name, query)]

    def page(self, tenant: Tenant, request: PageRequest, where: Sequence[Where], read: Callable[[E], T]) -> Page[T]:
        """One page of a list, newest first."""
        documents = self._store.find(tenant, self.spec.name, request.query(list(where)))
        return request.page(documents, lambda document: read(self._read(document)))

    def _read(self, document: Document) -> E:
        return self.entity.model_validate(document)  # type: ignore[no-any-return]  # a class variable holds the class
