"""How what a source names arrives: one way for files on the web, rows of a query and objects of a store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from narrative.core.errors import InvalidInput
from narrative.ports.databases import Databases
from narrative.ports.egress import Download, Egress
from narrative.ports.objects import ObjectStores, StoreAccess
from narrative.studio.sources.connections import Connection, chosen
from narrative.studio.sources.entities import Place

QUERIED: Final = "query result"


@dataclass(frozen=True)
class Secrets:
    """What a person gives for one fetch and nobody keeps: an address, a database with its password, a key."""

    url: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)


NO_SECRETS: Final = Secrets()


class Fetcher:
    """Chooses the way in for a place."""

    def __init__(
        self, egress: Egress, databases: Databases, objects: ObjectStores, connections: Mapping[str, Connection]
    ) -> None:
        self._egress = egress
        self._databases = databases
        self._objects = objects
        self._connections = connections

    def names(self) -> list[tuple[str, Literal["query", "object"]]]:
        """Name and kind of every connection there is, in the order of names."""
        return sorted((name, item.kind) for name, item in self._connections.items())

    @contextlib.contextmanager
    def open(self, place: Place, secrets: Secrets, *, max_bytes: int) -> Iterator[Download]:
        """What a place names, while it arrives.

        Raises as :class:`Egress`, :class:`Databases` and :class:`ObjectStores`, and ``InvalidInput`` with
        ``connection_unknown`` or, when something is not kept and was not given, ``source_needs_secret``.
        """
        with contextlib.ExitStack() as held:
            if place.kind == "url":
                address = secrets.url or place.address
                self._check(address, "Give the address of the file again: it holds a secret, so it was not kept.")
                yield held.enter_context(self._egress.fetch(address, max_bytes=max_bytes))
            elif place.kind == "query":
                address = self._named(place).database_url if place.connection else secrets.database_url
                self._check(address, "Give the address of the database with its password again.")
                pieces = held.enter_context(self._databases.query(address, place.query))
                yield Download(f"{QUERIED}.csv", "text/csv", pieces)
            else:
                access = self._access(place, secrets)
                yield held.enter_context(self._objects.fetch(place.address, access, max_bytes=max_bytes))

    def _access(self, place: Place, secrets: Secrets) -> StoreAccess:
        if place.connection:
            known = self._named(place).access
            # A key that the operator gave goes to the operator's store and nowhere else.
            return replace(known, region=known.region or place.region)
        if place.is_signed:
            self._check(secrets.key_id, "Give the key of the store and its secret again.")
        return StoreAccess(place.endpoint, place.region, secrets.key_id, secrets.secret, secrets.session_token)

    def _named(self, place: Place) -> Connection:
        return chosen(self._connections, place.connection, place.kind)

    def _check(self, given: str, fix: str) -> None:
        if not given:
            raise InvalidInput(
                "source_needs_secret", "This source cannot be reached with what was kept of it.", fix=fix
            )
