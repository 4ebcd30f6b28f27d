"""How tables come in from elsewhere: the bytes are stored as they came, and read like those of any file.

A file is fetched and a query is run while the request waits, so that no address with a secret in it is ever stored.
"""

from __future__ import annotations

from typing import Final

from narrative.core.errors import InvalidInput, LimitExceeded
from narrative.http.files import label_of
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.ports.blobs import BlobRef
from narrative.ports.databases import Databases
from narrative.ports.egress import Egress
from narrative.studio.datasets.service import DatasetService, Recorded
from narrative.studio.platform import Platform
from narrative.studio.slots import Slots

FETCHES_PER_WORKSPACE: Final = 2
FETCHES_PER_PROCESS: Final = 8
PASTED: Final = "pasted table"
QUERIED: Final = "query result"


class SourceService:
    """Use cases of sources."""

    def __init__(self, platform: Platform, datasets: DatasetService, egress: Egress, databases: Databases) -> None:
        self._platform = platform
        self._datasets = datasets
        self._egress = egress
        self._databases = databases
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
        return self._record(who, ids, raw, f"{PASTED}.txt", name=title, project_id=project_id)

    def load_url(self, who: Identity, ids: Ids, url: str, *, name: str | None, project_id: str | None) -> Recorded:
        """A file on the web, fetched through the guarded client. Raises as :meth:`narrative.ports.egress.Egress.fetch`,
        and ``LimitExceeded('too_many_fetches')``."""
        self._datasets.begin_upload(who, project_id)
        limit = self._platform.limits.upload_bytes
        with self._slots.hold(who.tenant), self._egress.fetch(url, max_bytes=limit) as download:
            raw = self._platform.blobs.put(who.tenant, download.pieces)
        return self._record(who, ids, raw, label_of(download.filename), name=name, project_id=project_id)

    def load_query(
        self, who: Identity, ids: Ids, database_url: str, query: str, *, name: str | None, project_id: str | None
    ) -> Recorded:
        """The rows of a query.

        Raises as :meth:`narrative.ports.databases.Databases.query`, and ``LimitExceeded('too_many_fetches')``.
        """
        self._datasets.begin_upload(who, project_id)
        with self._slots.hold(who.tenant), self._databases.query(database_url, query) as pieces:
            raw = self._platform.blobs.put(who.tenant, pieces)
        title = name or QUERIED.capitalize()
        return self._record(who, ids, raw, f"{QUERIED}.csv", name=title, project_id=project_id)

    def _record(
        self, who: Identity, ids: Ids, raw: BlobRef, filename: str, *, name: str | None, project_id: str | None
    ) -> Recorded:
        return self._datasets.record_file(
            who.tenant, ids, raw, filename, name=name, project_id=project_id, user_id=who.user_id
        )


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
