"""What every service stands on: stores, the job queue, the clock, limits. Chosen by bootstrap, never by a slice."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from narrative.background.queue import Queue
from narrative.core.clock import Clock
from narrative.ports.blobs import BlobStore
from narrative.ports.metadata import MetadataStore

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """Bounds of one deployment of the product.

    ``uploads_per_minute`` counts per person, ``key_calls_per_hour`` per API key and UTC hour; ``open_uploads`` and
    ``open_upload_bytes`` bound what a workspace has under way in chunks of ``chunk_bytes``. ``child_memory_bytes``
    bounds each child process; ``threads`` the native threads of one child.
    """

    upload_bytes: int = 5 * 1024**3
    uploads_per_minute: int = 60
    key_calls_per_hour: int = 1_000
    open_uploads: int = 20
    open_upload_bytes: int = 20 * 1024**3
    chunk_bytes: int = 5 * 1024**2
    child_memory_bytes: int = 4 * 1024**3
    threads: int = 2


@dataclass(frozen=True)
class Platform:
    """Handed to every service. ``work_folder`` is where jobs put temporary files, on the disk of the blobs."""

    store: MetadataStore
    blobs: BlobStore
    queue: Queue
    clock: Clock
    work_folder: Path
    limits: Limits = Limits()
    blob_fields: list[tuple[str, str]] = field(default_factory=list)
    """Collection and field of every place that names a blob; slices declare theirs (``kept_blobs.py``)."""

    def now(self) -> str:
        """The time as it stands in documents: UTC, ISO 8601, microseconds, so that text order is time order."""
        return self.clock.now().isoformat(timespec="microseconds")


class Services(dict[type[Any], Any]):
    """All services by type; what routes and job handlers are given."""

    def of(self, kind: type[T]) -> T:
        """The one service of this type."""
        return cast("T", self[kind])
