"""The databases port: one read-only query over a database that people name, as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class Databases(Protocol):
    """Runs queries. Credentials are used and forgotten: they stand in no message, no log and no document."""

    def query(self, url: str, query: str) -> AbstractContextManager[Iterator[bytes]]:
        """The rows of one statement as CSV in UTF-8 with a header; missing is empty, empty text is ``""``.

        Raises:
            InvalidInput: ``database_url_invalid``, ``address_not_allowed``, ``query_failed``.
            LimitExceeded: ``query_too_large``, also while the rows are read.
            Unavailable: ``database_unreachable``, also while the rows are read.
        """
