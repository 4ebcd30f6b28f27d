"""Uploads in the metadata store: one document per upload, one per chunk, so that a chunk costs one small write."""

from __future__ import annotations

import hashlib

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec, Query, Tenant
from narrative.studio.documents import Repository
from narrative.studio.uploads.entities import Upload, UploadChunk


class UploadRepository(Repository[Upload]):
    """Uploads of a workspace."""

    spec = CollectionSpec("uploads", indexes=("state",), everywhere=(("expires_at",),))
    prefix = "upl"
    noun = "upload"
    entity = Upload

    def missing(self) -> NotFound:
        """The same for what never was, what belongs to others and what expired."""
        return NotFound(
            "upload_not_found",
            "There is no upload with this id.",
            fix="It may be older than 24 hours; start a new one.",
        )


class ChunkRepository(Repository[UploadChunk]):
    """Chunks that are safe."""

    spec = CollectionSpec("upload_chunks", indexes=("upload_id",), everywhere=(("expires_at",),))
    prefix = "chunk"
    noun = "chunk"
    entity = UploadChunk

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("chunk_not_found", "This chunk is not there.", fix="Send it.")

    def of(self, tenant: Tenant, upload: Upload) -> list[UploadChunk]:
        """All chunks of an upload that are safe, in their order."""
        query = Query(where=[("upload_id", "=", upload.id)], order=[("number", False)], limit=upload.n_chunks)
        return [self._read(document) for document in self._store.find(tenant, self.spec.name, query)]

    def count(self, tenant: Tenant, upload_id: str) -> int:
        """How many chunks of an upload are safe."""
        return self._store.count(tenant, self.spec.name, Query(where=[("upload_id", "=", upload_id)]))


def chunk_id(upload_id: str, number: int) -> str:
    """A chunk has one place, however often it is sent."""
    seed = hashlib.sha256(f"{upload_id}\x1f{number}".encode()).digest()
    return new_id(ChunkRepository.prefix, lambda n: seed[:n])
