"""How tables come in from elsewhere: the bytes are stored as they came, and read like those of any file.

What a person types in to get there, a password or a key, is used while the request waits and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.http.files import label_of
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.blobs import BlobRef
from narrative.ports.metadata import Tenant, UnitOfWork
from narrative.studio.datasets.entities import Dataset
from narrative.studio.datasets.service import DatasetService, Recorded
from narrative.studio.platform import Platform
from narrative.studio.slots import Slots
from narrative.studio.sources.entities import Place, Source
from narrative.studio.sources.fetching import QUERIED, Fetcher, Secrets
from narrative.studio.sources.repository import SourceRepository, source_id

FETCHES_PER_WORKSPACE: Final = 2
FETCHES_PER_PROCESS: Final = 8
PASTED: Final = "pasted table"


class SourceService:
    """Use cases of sources."""

    def __init__(self, platform: Platform, datasets: DatasetService, fetcher: Fetcher) -> None:
        self._platform = platform
        self._datasets = datasets
        self._fetcher = fetcher
        self._sources = SourceRepository(platform.store)
        datasets.when_deleted(self._forget)
        self._slots = Slots(FETCHES_PER_WORKSPACE, FETCHES_PER_PROCESS, too_many_fetches)

    def load_text(self, who: Identity, ids: Ids, text: str, *, name: str | None, project_id: str | None) -> Recorded:
        """A pasted table becomes a file.

        Raises:
            InvalidInput: ``empty_file``.
        """
        if not text.strip():
            raise InvalidInput(
                "empty_file", "There is nothing in the text.", fix="Copy a table with a header and rows."
            )
        self._datasets.begin_upload(who, project_id)
        raw = self._platform.blobs.put(who.tenant, [text.encode()])
        title = name or PASTED.capitalize()
        return self._datasets.record_file(
            who.tenant, ids, raw, f"{PASTED}.txt", name=title, project_id=project_id, user_id=who.user_id
        )

    def load(
        self, who: Identity, ids: Ids, place: Place, secrets: Secrets, *, name: str | None, project_id: str | None
    ) -> Recorded:
        """A file on the web, the rows of a query or an object becomes a dataset that can be fetched again.

        Raises as :meth:`Fetcher.open`, and ``LimitExceeded('too_many_fetches')``.
        """
        self._datasets.begin_upload(who, project_id)
        raw, filename = self.fetch(who.tenant, place, secrets)
        title = name or (QUERIED.capitalize() if place.kind == "query" else None)

        def note(unit: UnitOfWork, dataset: Dataset) -> None:
            now = self._platform.now()
            source = Source(
                id=source_id(dataset.id),
                created_at=now,
                dataset_id=dataset.id,
                place=place.kept(),
                fetched=raw.sha256,
                looked_at=now,
            )
            self._sources.insert_once(unit, who.tenant, source)

        return self._datasets.record_file(
            who.tenant, ids, raw, filename, name=title, project_id=project_id, user_id=who.user_id, also=note
        )

    def fetch(
        self, tenant: Tenant, place: Place, secrets: Secrets, *, check: Callable[[], object] = lambda: None
    ) -> tuple[BlobRef, str]:
        """Store what a place names; the bytes and a name for people. Raises as :meth:`load`.

        Args:
            check: called at every piece; what it raises ends the transfer.
        """
        limit = self._platform.limits.upload_bytes
        with (
            self._slots.hold(tenant),
            self._fetcher.open(place, secrets, max_bytes=limit) as download,
        ):
            return self._platform.blobs.put(tenant, _watched(download.pieces, check)), label_of(download.filename)

    def connections(self) -> list[tuple[str, Literal["query", "object"]]]:
        """Name and kind of what the operator gave under a name."""
        return self._fetcher.names()

    def _forget(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str) -> list[str]:
        """Delete what is known of a dataset's source, in the write that deletes the dataset."""
        self._sources.delete(unit, tenant, source_id(dataset_id))
        return []


def _watched(pieces: Iterable[bytes], check: Callable[[], object]) -> Iterator[bytes]:
    for piece in pieces:
        check()
        yield piece


def too_many_fetches(limit: int, value: int) -> LimitExceeded:
    """One more than may be fetched at the same time."""
    return LimitExceeded(
        "too_many_fetches",
        f"{limit} files or queries of this workspace are on their way, which is the limit.",
        fix="Wait until one of them is done.",
        limit=limit,
        value=value,
        retry_after_seconds=5,
    )
