"""The objects port: one object of a store such as Amazon S3, read as a file."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from narrative.ports.egress import Download


@dataclass(frozen=True)
class StoreAccess:
    """Where a store is and who asks. Without ``key_id`` the request is not signed, as for public objects.

    ``endpoint`` is a scheme, a host and perhaps a port; empty means Amazon's own for the region.
    """

    endpoint: str = ""
    region: str = ""
    key_id: str = ""
    secret: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)


class ObjectStores(Protocol):
    """Reads objects. Credentials are used and forgotten: they stand in no message, no log and no document."""

    def fetch(self, address: str, access: StoreAccess, *, max_bytes: int) -> AbstractContextManager[Download]:
        """The object of an address such as ``s3://bucket/folder/table.csv``; a cut transfer goes on where it was.

        Raises:
            InvalidInput: ``object_address_invalid``, ``address_not_allowed``, ``object_not_found``,
                ``object_access_denied``, ``object_region_wrong``, ``object_changed`` (also while the pieces are read),
                ``source_refused``.
            LimitExceeded: ``source_too_large``, also while the pieces are read.
            Unavailable: ``source_unreachable``, ``source_too_slow``, also while the pieces are read.
        """
