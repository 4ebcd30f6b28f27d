"""Sources in the metadata store."""

from __future__ import annotations

import hashlib

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.sources.entities import Source


class SourceRepository(Repository[Source]):
    """Where datasets came from, one document per dataset that can be fetched again."""

    spec = CollectionSpec("sources", indexes=("dataset_id",))
    prefix = "src"
    noun = "source"
    entity = Source

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound(
            "source_not_found",
            "This table did not come from an address, a query or an object store.",
            fix="Replace its file instead.",
        )


def source_id(dataset_id: str) -> str:
    """The one place of a dataset's source."""
    seed = hashlib.sha256(f"source\x1f{dataset_id}".encode()).digest()
    return new_id("src", lambda n: seed[:n])
