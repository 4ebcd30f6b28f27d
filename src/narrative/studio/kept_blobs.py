"""Blobs that documents name, and their end: what no document names any more is deleted with the last one that did.

Deleting holds the store's write lock while it looks for other documents and removes the bytes, and whoever records a
blob looks in the same write whether it is still there.  So of two people, one deleting and one loading the same
content, the second may be told to try again, but no document is ever left without its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from narrative.core.errors import Unavailable
from narrative.ports.metadata import Query, Tenant, UnitOfWork
from narrative.studio.documents import Entity, every
from narrative.studio.platform import Platform

BLOB_FIELD_END = "_sha256"


def blobs_of(entity: Entity) -> list[str]:
    """Hashes of the blobs that a document names: its fields that end in ``_sha256``."""
    values = [getattr(entity, name) for name in type(entity).model_fields if name.endswith(BLOB_FIELD_END)]
    return [value for value in values if value is not None]


def declare_blobs(platform: Platform, collection: str, entity: type[Entity]) -> None:
    """Say that documents of a collection name blobs, in the fields that end in ``_sha256``."""
    for name in entity.model_fields:
        if name.endswith(BLOB_FIELD_END) and (collection, name) not in platform.blob_fields:
            platform.blob_fields.append((collection, name))


def release_blobs(platform: Platform, tenant: Tenant, hashes: Iterable[str]) -> int:
    """Delete those blobs that no document names any more; returns how many. Call it after the documents are gone."""
    deleted = 0
    for sha256 in sorted(set(hashes)):

        def free(unit: UnitOfWork, sha256: str = sha256) -> bool:
            return not _is_named(platform, unit, tenant, sha256) and platform.blobs.delete(tenant, sha256)

        deleted += platform.store.atomic(free)
    return deleted


def release_unnamed(platform: Platform, tenant: Tenant, *, older_than_seconds: float) -> int:
    """Delete bytes that were stored so long ago and that no document names; returns how many.

    They are of work that ended after its project was deleted, or of a recording that failed. The age leaves time to
    whoever stores bytes before the document that names them.
    """
    old = {ref.sha256 for ref in platform.blobs.list(tenant, older_than_seconds=older_than_seconds)}
    # What looks unnamed here is looked at once more by `release_blobs`, under the lock; this spares it all the others.
    for collection in {collection for collection, _ in platform.blob_fields} if old else ():
        names = [name for named_in, name in platform.blob_fields if named_in == collection]
        for document in every(platform.store, tenant, collection):
            old.difference_update(document.get(name) for name in names)
    return release_blobs(platform, tenant, old)


def check_stored(platform: Platform, tenant: Tenant, hashes: Iterable[str]) -> None:
    """Call it in the write that records a document which names these blobs.

    Raises:
        Unavailable: ``blob_deleted_meanwhile``, somebody deleted the same content in this moment.
    """
    if not all(platform.blobs.exists(tenant, sha256) for sha256 in hashes):
        raise Unavailable(
            "blob_deleted_meanwhile", "The same content was deleted in this moment.", fix="Send it again."
        )


def _is_named(platform: Platform, unit: UnitOfWork, tenant: Tenant, sha256: str) -> bool:
    return any(
        unit.find(tenant, collection, Query(where=[(name, "=", sha256)], limit=1))
        for collection, name in platform.blob_fields
    )
