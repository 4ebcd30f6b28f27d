"""An upload that arrives in chunks, and the chunks that are safe."""

from __future__ import annotations

from typing import Literal

from narrative.core.errors import InvalidInput
from narrative.studio.documents import Entity


class Upload(Entity):
    """A file on its way. ``raw_sha256`` stands while its bytes have their final name and no dataset names them yet."""

    user_id: str
    filename: str
    size_bytes: int
    chunk_bytes: int
    expected_hash: str | None
    """What the client says the SHA-256 of the whole file is."""
    project_id: str | None
    expires_at: str
    state: Literal["open", "completed"] = "open"
    raw_sha256: str | None = None
    dataset_id: str | None = None

    @property
    def n_chunks(self) -> int:
        """How many chunks the file has; all but the last are ``chunk_bytes`` long."""
        return -(-self.size_bytes // self.chunk_bytes)

    def length_of(self, number: int) -> int:
        """Bytes of a chunk, counted from 0. Raises ``InvalidInput('chunk_unknown')``."""
        if not 0 <= number < self.n_chunks:
            raise InvalidInput(
                "chunk_unknown",
                f"This upload has chunks 0 to {self.n_chunks - 1}; there is no chunk {number}.",
                fix="Ask which chunks are missing.",
            )
        return min(self.chunk_bytes, self.size_bytes - number * self.chunk_bytes)


class UploadChunk(Entity):
    """A chunk that is on the disk."""

    upload_id: str
    number: int
    size_bytes: int
    hash: str
    """SHA-256 of its bytes."""
    expires_at: str
