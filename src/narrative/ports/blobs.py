"""The blob port: immutable objects under the hash of their content, kept apart by tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from narrative.ports.metadata import Tenant


@dataclass(frozen=True)
class BlobRef:
    """Names a stored object: SHA-256 of its content (64 hexadecimal characters) and its size."""

    sha256: str
    size_bytes: int


class BlobWriter(Protocol):
    """An object that is being written piece by piece, e.g. from an upload. Left without ``commit``, it is discarded.

    Used as ``with store.writer(tenant) as writer: …; ref = writer.commit()``; pieces may come from different threads,
    one after the other.
    """

    def write(self, piece: bytes) -> None:
        """Append. Raises ``Unavailable('storage_full')``."""

    def commit(self) -> BlobRef:
        """Make it durable under the hash of its content."""

    def __enter__(self) -> BlobWriter: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...


class BlobStore(Protocol):
    """Immutable objects. What ``put`` returned is durable, and its bytes match its name.

    Names are made by the store from content; no caller ever passes a path.
    """

    def put(self, tenant: Tenant, content: Iterable[bytes]) -> BlobRef:
        """Store; equal content is stored once. Raises ``Unavailable('storage_full')`` when there is no room,
        and then nothing is left behind."""

    def put_file(self, tenant: Tenant, path: Path) -> BlobRef:
        """Store a copy of a local file."""

    def writer(self, tenant: Tenant) -> BlobWriter:
        """Begin an object whose pieces arrive over time."""

    def place(self, tenant: Tenant, name: str, offset: int, piece: bytes) -> None:
        """Write a piece of an object that arrives in any order, perhaps over hours; durable when it returns.

        ``name`` is an id made by the server. Safe to call from several threads and processes; a piece placed twice
        counts once. Raises ``Unavailable('storage_full')``, ``Conflict('assembly_closed')`` once it was assembled."""

    def placed(self, tenant: Tenant, name: str, *, start: int, length: int) -> Iterator[bytes]:
        """A part of what was placed; what was never placed reads as zeros or is missing at the end."""

    def assemble(self, tenant: Tenant, name: str, size_bytes: int, accept: Callable[[BlobRef], object]) -> BlobRef:
        """Give what was placed the name of its content; bytes are read once and, on a disk, not copied.

        ``accept`` is called with that name before it exists, so that the caller can note it or refuse by raising.
        Afterwards ``name`` means nothing any more. Raises ``NotFound('blob_not_found')`` when nothing was placed, or
        it was assembled before; ``Conflict('assembly_incomplete')`` when the size differs."""

    def discard(self, tenant: Tenant, name: str) -> bool:
        """Forget what was placed; whether there was anything."""

    def open(self, tenant: Tenant, sha256: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Content in pieces.

        Raises ``NotFound('blob_not_found')`` at once, and ``Conflict('artifact_integrity')`` after the last piece of a
        whole read whose bytes do not match the name; a range alone cannot be verified."""

    def local_path(self, tenant: Tenant, sha256: str) -> Path:
        """A verified read-only local file with the content (a cache for remote stores).

        Raises ``NotFound``, or ``Conflict('artifact_integrity')`` when the bytes do not match the name.
        """

    def exists(self, tenant: Tenant, sha256: str) -> bool: ...
    def delete(self, tenant: Tenant, sha256: str) -> bool: ...
    def list(self, tenant: Tenant, *, older_than_seconds: float | None = None) -> Iterator[BlobRef]:
        """Every object, or those that were last stored at least so long ago."""

    def ping(self) -> Mapping[str, Any]:
        """Facts for the health page; raises ``Unavailable``."""

    def sweep(self, *, older_than_seconds: float = 86_400.0) -> int:
        """Remove what unfinished writes left behind, once it is that old; returns how many were removed."""
