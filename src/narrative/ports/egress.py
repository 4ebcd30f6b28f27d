"""The egress port: the only way out to addresses that people name. It never reaches what lies inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Download:
    """A file that is being fetched. ``pieces`` is read once; ``filename`` is for people and never a path."""

    filename: str
    media_type: str
    pieces: Iterator[bytes]


@dataclass(frozen=True)
class Answer:
    """What a server answers, whatever it says. Names of headers are in small letters; ``pieces`` is read once."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


class Egress(Protocol):
    """Names are resolved once per connection and the address is checked, so that what was checked is what is reached.

    Refused are all addresses that are not public, unless the operator allows them, and addresses with credentials.
    """

    def fetch(self, url: str, *, max_bytes: int) -> AbstractContextManager[Download]:
        """GET a file over http or https.

        Raises:
            InvalidInput: ``url_invalid``, ``address_not_allowed``, ``source_refused`` (the answer is not a file).
            LimitExceeded: ``source_too_large``, also while the pieces are read.
            Unavailable: ``source_unreachable``, ``source_too_slow``, also while the pieces are read.
        """

    def ask(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> AbstractContextManager[Answer]:
        """One GET with headers of the caller. Nothing is followed and no status is a failure by itself.

        Raises as :meth:`fetch` except ``source_refused``.
        """

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection for another protocol. Raises ``address_not_allowed`` or ``source_unreachable``."""
