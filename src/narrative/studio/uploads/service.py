"""What can be done with uploads.

A chunk is acknowledged once its bytes and the document that names it are on the disk. A killed server therefore loses
nothing that it acknowledged, and every step may be repeated: the same chunk, and the completion, have one effect.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from narrative.core.errors import Conflict, InvalidInput, NarrativeError, NotFound
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Query, Tenant, UnitOfWork
from narrative.studio.datasets.service import DatasetService, Recorded
from narrative.studio.kept_blobs import declare_blobs, release_blobs
from narrative.studio.platform import Platform
from narrative.studio.rates import UploadRate
from narrative.studio.slots import Slots
from narrative.studio.uploads.entities import Upload, UploadChunk
from narrative.studio.uploads.limits import (
    CHUNKS_PER_PROCESS,
    CHUNKS_PER_WORKSPACE,
    check_quota,
    check_size,
    too_many_chunks,
)
from narrative.studio.uploads.repository import ChunkRepository, UploadRepository, chunk_id

LIFE: Final = timedelta(hours=24)
SWEPT_AT_ONCE: Final = 500
NAMED_CHUNKS: Final = 5
_OVER: Final = ("blob_not_found", "assembly_closed", "assembly_incomplete")
"""What the store says when an earlier call, or one at the same time, gave the file its final name."""


class UploadService:
    """Use cases of uploads in chunks."""

    def __init__(self, platform: Platform, datasets: DatasetService, rate: UploadRate) -> None:
        self._platform = platform
        self._datasets = datasets
        self._rate = rate
        self._uploads = UploadRepository(platform.store)
        self._chunks = ChunkRepository(platform.store)
        self.slots = Slots(CHUNKS_PER_WORKSPACE, CHUNKS_PER_PROCESS, too_many_chunks)
        declare_blobs(platform, self._uploads.spec.name, Upload)

    def open(
        self,
        who: Identity,
        ids: Ids,
        filename: str,
        size_bytes: int,
        *,
        expected_hash: str | None,
        project_id: str | None,
    ) -> Upload:
        """Begin an upload; the same again for the same request.

        Raises:
            InvalidInput: ``empty_file``.
            LimitExceeded: ``upload_too_large``, ``too_many_uploads``, ``too_many_open_uploads``, ``upload_quota``.
            NotFound: ``project_not_found``.
            Unavailable: ``storage_full`` when there is no room for a file of this size.
        """
        self._datasets.check_upload(who.tenant, project_id)
        check_size(self._platform, size_bytes)
        new = Upload(
            id=ids(UploadRepository.prefix),
            created_at=self._platform.now(),
            user_id=who.user_id,
            filename=filename,
            size_bytes=size_bytes,
            chunk_bytes=self._platform.limits.chunk_bytes,
            expected_hash=expected_hash,
            project_id=project_id,
            expires_at=(self._platform.clock.now() + LIFE).isoformat(timespec="microseconds"),
        )

        def record(unit: UnitOfWork) -> Upload:
            known = self._uploads.find(who.tenant, new.id, unit)
            if known is not None:
                return known
            self._rate.take(who.tenant, who.user_id, unit)
            check_quota(self._platform, self._uploads, unit, who.tenant, new.size_bytes)
            return self._uploads.insert(unit, who.tenant, new)

        return self._platform.store.atomic(record)

    def get(self, tenant: Tenant, upload_id: str, unit: UnitOfWork | None = None) -> Upload:
        """Raises ``NotFound('upload_not_found')``, also when it expired."""
        upload = self._uploads.get(tenant, upload_id, unit)
        if upload.expires_at <= self._platform.now():
            raise self._uploads.missing()
        return upload

    def chunks(self, tenant: Tenant, upload: Upload) -> list[UploadChunk]:
        """The chunks that are safe, in their order."""
        return self._chunks.of(tenant, upload)

    def length_of(self, tenant: Tenant, upload_id: str, number: int) -> int:
        """How long a chunk is, before its first byte is read. Raises as :meth:`receive`."""
        return self._still_open(tenant, upload_id).length_of(number)

    def receive(self, tenant: Tenant, upload_id: str, number: int, body: bytes, sha256: str | None) -> UploadChunk:
        """Make a chunk safe; sending it again changes nothing.

        Raises:
            NotFound: ``upload_not_found``.
            InvalidInput: ``chunk_unknown``, ``chunk_size_wrong``, ``chunk_checksum``.
            Conflict: ``chunk_differs`` when it was sent before with other content, ``upload_completed``.
            Unavailable: ``storage_full`` and its kin.
        """
        upload = self._still_open(tenant, upload_id)
        new = self._checked(upload, number, body, sha256)
        known = self._chunks.find(tenant, new.id)
        if known is not None:
            return _same(known, new)
        self._platform.blobs.place(tenant, upload.id, number * upload.chunk_bytes, body)

        def record(unit: UnitOfWork) -> UploadChunk:
            self._still_open(tenant, upload_id, unit)
            return _same(self._chunks.insert_once(unit, tenant, new)[0], new)

        return self._platform.store.atomic(record)

    def complete(self, tenant: Tenant, upload_id: str) -> Recorded:
        """Make a dataset of the file and begin to read it; the same again when repeated.

        Raises:
            NotFound: ``upload_not_found``.
            Conflict: ``upload_incomplete``, ``upload_damaged`` (some chunks must be sent again).
            InvalidInput: ``upload_checksum``, the file is not the one that was announced.
        """
        upload = self.get(tenant, upload_id)
        if upload.dataset_id is not None:
            self._datasets.get(tenant, upload.dataset_id)  # deleted since: there is nothing to make again
        ref = self._assembled(tenant, upload)
        recorded = self._datasets.record_file(
            tenant, Ids(upload.id), ref, upload.filename, project_id=upload.project_id, user_id=upload.user_id
        )
        dataset_id = recorded[0].id

        def finish(unit: UnitOfWork) -> None:
            self._uploads.change(
                unit,
                tenant,
                upload.id,
                lambda known: known.with_(state="completed", raw_sha256=None, dataset_id=dataset_id),
            )

        self._platform.store.atomic(finish)
        self._forget_chunks(tenant, upload.id)
        return recorded

    def abort(self, tenant: Tenant, upload_id: str) -> None:
        """Give an upload up; what it became, if anything, stays. Raises ``NotFound('upload_not_found')``."""
        self._remove(tenant, self.get(tenant, upload_id))

    def sweep(self) -> int:
        """Remove uploads that expired, with their bytes, in all workspaces; returns how many."""
        query = Query(where=[("expires_at", "<=", self._platform.now())], limit=SWEPT_AT_ONCE)
        store, n_removed = self._platform.store, 0
        while expired := store.find_everywhere(self._uploads.spec.name, query):
            for tenant, document in expired:
                self._remove(tenant, Upload.model_validate(document))
            n_removed += len(expired)
        while chunks := store.find_everywhere(self._chunks.spec.name, query):  # of removals that were cut short
            for tenant, document in chunks:
                store.delete(tenant, self._chunks.spec.name, document["id"])
        return n_removed

    # ------------------------------------------------------------------ chunks
    def _still_open(self, tenant: Tenant, upload_id: str, unit: UnitOfWork | None = None) -> Upload:
        upload = self.get(tenant, upload_id, unit)
        if upload.state != "open":
            raise Conflict("upload_completed", "This upload is complete already.", fix="See the dataset it became.")
        return upload

    def _checked(self, upload: Upload, number: int, body: bytes, sha256: str | None) -> UploadChunk:
        """The document of a chunk that has the right length and checksum."""
        length = upload.length_of(number)
        if len(body) != length:
            raise InvalidInput(
                "chunk_size_wrong",
                f"Chunk {number} has {length:,} bytes; {len(body):,} arrived.",
                fix="Send the chunk again.",
            )
        found = hashlib.sha256(body).hexdigest()
        if sha256 is not None and found != sha256:
            raise InvalidInput(
                "chunk_checksum",
                f"Chunk {number} was damaged on its way: its SHA-256 is not the one that was sent with it.",
                fix="Send the chunk again.",
            )
        return UploadChunk(
            id=chunk_id(upload.id, number),
            created_at=self._platform.now(),
            upload_id=upload.id,
            number=number,
            size_bytes=length,
            hash=found,
            expires_at=upload.expires_at,
        )

    # ------------------------------------------------------------------ completion
    def _assembled(self, tenant: Tenant, upload: Upload) -> BlobRef:
        """The bytes under their final name, also when an earlier call died right after naming them."""
        done = self._named(tenant, upload)
        if done is not None:
            return done
        n_missing = upload.n_chunks - self._chunks.count(tenant, upload.id)
        if n_missing:
            raise Conflict(
                "upload_incomplete",
                f"{n_missing:,} of {upload.n_chunks:,} chunks are missing.",
                fix="Ask which chunks are missing and send them.",
                missing=n_missing,
            )
        if upload.expected_hash is None:
            self._check_chunks(tenant, upload)
        try:
            return self._platform.blobs.assemble(
                tenant, upload.id, upload.size_bytes, lambda ref: self._accept(tenant, upload, ref)
            )
        except NarrativeError as error:
            if error.code not in _OVER:
                raise
            done = self._named(tenant, self.get(tenant, upload.id))
            if done is None:
                self._check_chunks(tenant, upload)
                raise
            return done

    def _named(self, tenant: Tenant, upload: Upload) -> BlobRef | None:
        sha256 = upload.raw_sha256
        if sha256 is None and upload.dataset_id is not None:
            sha256 = self._datasets.get(tenant, upload.dataset_id).raw_sha256
        if sha256 is None or not self._platform.blobs.exists(tenant, sha256):
            return None
        return BlobRef(sha256, upload.size_bytes)

    def _accept(self, tenant: Tenant, upload: Upload, ref: BlobRef) -> None:
        """Before the bytes get their name: they are those that were announced, and the name is noted."""
        if upload.expected_hash is not None and ref.sha256 != upload.expected_hash:
            self._check_chunks(tenant, upload)
            raise InvalidInput(
                "upload_checksum",
                "The file that arrived is not the one that was announced: its SHA-256 differs.",
                fix="Choose the file again; it may have changed while it was sent.",
            )

        def note(unit: UnitOfWork) -> None:
            self._uploads.change(unit, tenant, upload.id, lambda known: known.with_(raw_sha256=ref.sha256))

        self._platform.store.atomic(note)

    def _check_chunks(self, tenant: Tenant, upload: Upload) -> None:
        """Compare what lies on the disk with what was acknowledged, chunk by chunk.

        Raises:
            Conflict: ``upload_damaged``; the damaged chunks count as missing from now on.
        """
        damaged = [chunk for chunk in self.chunks(tenant, upload) if self._is_damaged(tenant, upload, chunk)]
        if not damaged:
            return
        for chunk in damaged:
            self._platform.store.delete(tenant, self._chunks.spec.name, chunk.id)
        names = ", ".join(str(chunk.number) for chunk in damaged[:NAMED_CHUNKS])
        rest = f" and {len(damaged) - NAMED_CHUNKS:,} more" if len(damaged) > NAMED_CHUNKS else ""
        noun = "chunk" if len(damaged) == 1 else "chunks"
        raise Conflict(
            "upload_damaged",
            f"What lies on the disk is not what arrived, in {noun} {names}{rest}.",
            fix="Ask which chunks are missing and send them.",
            missing=len(damaged),
        )

    def _is_damaged(self, tenant: Tenant, upload: Upload, chunk: UploadChunk) -> bool:
        digest = hashlib.sha256()
        start = chunk.number * upload.chunk_bytes
        try:
            for piece in self._platform.blobs.placed(tenant, upload.id, start=start, length=chunk.size_bytes):
                digest.update(piece)
        except NotFound:
            return True
        return digest.hexdigest() != chunk.hash

    # ------------------------------------------------------------------ the end
    def _remove(self, tenant: Tenant, upload: Upload) -> None:
        self._platform.store.delete(tenant, self._uploads.spec.name, upload.id)
        self._platform.blobs.discard(tenant, upload.id)
        release_blobs(self._platform, tenant, [upload.raw_sha256] if upload.raw_sha256 else [])
        self._forget_chunks(tenant, upload.id)

    def _forget_chunks(self, tenant: Tenant, upload_id: str) -> None:
        while self._platform.store.atomic(
            lambda unit: self._chunks.delete_some(unit, tenant, [("upload_id", "=", upload_id)])
        ):
            pass


def _same(known: UploadChunk, new: UploadChunk) -> UploadChunk:
    """The chunk that is safe. Raises ``Conflict('chunk_differs')`` when other bytes were sent for it."""
    if known.hash != new.hash:
        raise Conflict(
            "chunk_differs",
            f"Chunk {new.number} was sent before with other content.",
            fix="The file may have changed meanwhile: begin a new upload.",
        )
    return known
