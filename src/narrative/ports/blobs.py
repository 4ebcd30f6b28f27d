"""The blob port: immutable objects under the hash of their content, kept apart by tenant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from narrative.ports.metadata import Tenant


@dataclass(frozen=True)
class BlobRef:
    """Names a stored object: SHA-256 of its content (64 hexadecimal characters) and its size."""

    sha256: str
    size_bytes: int


class BlobStore(Protocol):
    """Immutable objects. What ``put`` returned is durable, and its bytes match its name.

    Names are made by the store from content; no caller ever passes a path.
    """

    def put(self, tenant: Tenant, content: Iterable[bytes]) -> BlobRef:
        """Store; equal content is stored once. Raises ``Unavailable('storage_full')`` when there is no room,
        and then nothing is left behind."""

    def put_file(self, tenant: Tenant, path: Path) -> BlobRef:
        """Store a copy of a local file."""

    def open(self, tenant: Tenant, sha256: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Content in pieces. Raises ``NotFound('blob_not_found')``."""

    def local_path(self, tenant: Tenant, sha256: str) -> Path:
        """A verified read-only local file with the content (a cache for remote stores).

        Raises ``NotFound``, or ``Conflict('artifact_integrity')`` when the bytes do not match the name.
        """

    def exists(self, tenant: Tenant, sha256: str) -> bool: ...
    def delete(self, tenant: Tenant, sha256: str) -> bool: ...
    def list(self, tenant: Tenant) -> Iterator[BlobRef]: ...
    def ping(self) -> Mapping[str, Any]:
        """Facts for the health page; raises ``Unavailable``."""
