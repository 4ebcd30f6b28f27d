"""The database that an address names by how it begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from narrative.adapters.databases import mysql, postgresql
from narrative.adapters.databases._shared import Connect, place_of
from narrative.adapters.databases.mysql import MySQL
from narrative.adapters.databases.postgresql import PostgreSQL
from narrative.ports.databases import Databases


class DatabasesByScheme:
    """See :class:`narrative.ports.databases.Databases`; the arguments are those of each database."""

    def __init__(self, connect: Connect, *, seconds: float, max_rows: int) -> None:
        self._known: dict[str, Databases] = {}
        for kind, schemes in ((PostgreSQL, postgresql.SCHEMES), (MySQL, mysql.SCHEMES)):
            self._known |= dict.fromkeys(schemes, kind(connect, seconds=seconds, max_rows=max_rows))

    def query(self, url: str, query: str) -> AbstractContextManager[Iterator[bytes]]:
        return self._known[place_of(url).scheme].query(url, query)
