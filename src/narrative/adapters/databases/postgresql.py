"""Queries over PostgreSQL: one statement, read only, with limits on time, rows and what the server may send at once.

The statement becomes the body of a cursor, so that it can only read, and travels as one prepared statement, which the
server refuses to be more than one. The whole session is read only besides. The server is not trusted either: no
message and no batch of rows may be larger than a bound.
"""

from __future__ import annotations

import contextlib
import socket
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, Literal

from narrative.adapters.databases._shared import (
    BATCH_ROWS,
    MAX_BATCH_BYTES,
    Connect,
    DatabasePlace,
    answered,
    broken,
    line,
    lines,
    not_encrypted,
    not_understood,
    place_of,
    statement_of,
    tls,
    too_many_rows,
    too_much_at_once,
    too_slow,
)
from narrative.adapters.deadline import Deadline
from narrative.core.errors import NarrativeError
from narrative.telemetry.logs import event_log

_BOOLEAN: Final = 16
_TLS_REQUEST: Final = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
SCHEMES: Final = ("postgresql", "postgres")
log = event_log("adapters.databases.postgresql")


class PostgreSQL:
    """See :class:`narrative.ports.databases.Databases`.

    Args:
        connect: gives a connection to a host that may be reached; the egress client.
        seconds: how long one query may take in all, from the sign-in to the last row.
        max_rows: how many rows one query may give.
    """

    def __init__(self, connect: Connect, *, seconds: float = 300.0, max_rows: int = 5_000_000) -> None:
        self._connect = connect
        self._seconds = seconds
        self._max_rows = max_rows

    @contextlib.contextmanager
    def query(self, url: str, query: str) -> Iterator[Iterator[bytes]]:
        place, statement = place_of(url, SCHEMES), statement_of(query)
        with contextlib.ExitStack() as held:
            deadline = held.enter_context(Deadline(self._seconds, too_slow))
            with deadline.blamed(), _meaning(place.host):
                plain = held.enter_context(contextlib.closing(self._connect(place.host, place.port)))
                deadline.watch(plain)
                plain.settimeout(None)  # the deadline ends silence as well
                bounded = _Bounded(held.enter_context(contextlib.closing(_secured(plain, place))))
                held.callback(bounded.close)
                session = self._session(bounded, place)
                self._ask(session, "START TRANSACTION READ ONLY")
                self._ask(session, f"DECLARE narrative_rows NO SCROLL CURSOR FOR {statement}")
            yield self._rows(session, bounded, place.host, deadline)

    def _session(self, bounded: _Bounded, place: DatabasePlace) -> Any:
        from pg8000.core import CoreConnection

        session = CoreConnection(
            place.user,
            database=place.database,
            password=place.password,
            sock=bounded,
            ssl_context=False,  # done already, on the connection that was checked
            application_name="narrative",
            startup_params={
                "default_transaction_read_only": "on",
                "statement_timeout": str(int(self._seconds * 1000)),
                "DateStyle": "ISO",
                "extra_float_digits": "3",
            },
        )
        # Values stay the text that the database writes: every digit, no rounding, no second opinion.
        session.pg_types = defaultdict(lambda: str, {_BOOLEAN: lambda text: "true" if text == "t" else "false"})
        return session

    def _ask(self, session: Any, statement: str) -> Any:
        return session.execute_unnamed(statement)

    def _rows(self, session: Any, bounded: _Bounded, host: str, deadline: Deadline) -> Iterator[bytes]:
        """The header, then a piece per batch."""
        n_rows = 0
        with deadline.blamed(), _meaning(host):
            while True:
                bounded.start_batch()
                batch = self._ask(session, f"FETCH FORWARD {BATCH_ROWS} FROM narrative_rows")
                if n_rows == 0:
                    yield line([str(column["name"]) for column in batch.columns]).encode()
                n_rows += len(batch.rows)
                if n_rows > self._max_rows:
                    raise too_many_rows(self._max_rows)
                deadline.check()
                if batch.rows:
                    yield lines(batch.rows)
                if len(batch.rows) < BATCH_ROWS:
                    return


class _Bounded:
    """A connection as the driver wants it, whose reader refuses what would not fit into memory."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream: Any = None
        self._left = MAX_BATCH_BYTES

    def start_batch(self) -> None:
        """From here on, as much again may arrive."""
        self._left = MAX_BATCH_BYTES

    def makefile(self, mode: Literal["rwb"]) -> _Bounded:
        """The stream of the connection, which is this object itself."""
        self._stream = self._connection.makefile(mode)
        return self

    def read(self, size: int) -> bytes:
        self._left -= size
        if size < 0 or self._left < 0:
            raise too_much_at_once()
        content = self._stream.read(size)
        if content == b"" and size > 0:
            raise ConnectionResetError
        return bytes(content)

    def write(self, content: bytes) -> None:
        self._stream.write(content)

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):  # what was not sent any more is a farewell
                self._stream.close()
        self._connection.close()


def _secured(plain: socket.socket, place: DatabasePlace) -> socket.socket:
    """The connection inside TLS, as the URL asks. Source: PostgreSQL documentation, "SSL Session Encryption"."""
    if place.mode == "disable":
        return plain
    plain.sendall(_TLS_REQUEST)
    if plain.recv(1) != b"S":
        raise not_encrypted()
    return tls(place.mode).wrap_socket(plain, server_hostname=place.host)


@contextlib.contextmanager
def _meaning(host: str) -> Iterator[None]:
    """Failures told apart: what the database says, a connection that broke, and nonsense.

    A server that talks nonsense can make the driver fail anywhere, and so can a fault of ours: the log notes it.
    """
    try:
        yield
    except NarrativeError:
        raise
    except OSError as error:
        log.info("databases.connection_broke", kind=type(error).__name__)
        raise broken(host) from None
    except Exception as error:  # noqa: BLE001 - what a lying server makes the driver raise has no end
        said = error.args[0] if error.args and isinstance(error.args[0], dict) else None
        if said is None:
            log.warning("databases.not_understood", error=error)
            raise not_understood(host, "PostgreSQL") from None
        text, state = str(said.get("M", "it failed")), str(said.get("C", ""))[:5]
        raise answered(text, sqlstate=state) from None  # the driver's error may hold parts of the URL
