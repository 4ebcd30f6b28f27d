"""Queries over PostgreSQL: one statement, read only, with limits on time, rows and what the server may send at once.

The statement becomes the body of a cursor, so that it can only read, and travels as one prepared statement, which the
server refuses to be more than one. The whole session is read only besides. The server is not trusted either: no
message and no batch of rows may be larger than a bound.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError, Unavailable

Connect = Callable[[str, int], socket.socket]

BATCH_ROWS: Final = 1_000
MAX_BATCH_BYTES: Final = 64 * 1024**2
MAX_QUERY_CHARACTERS: Final = 20_000
_BOOLEAN: Final = 16
_TLS_REQUEST: Final = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
_MODES: Final = ("disable", "require", "verify-full")
_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]|^\s|\s$|^$')
_SCHEME: Final = re.compile(r"^(?:postgres|postgresql)$")


class PostgreSQL:
    """See :class:`narrative.ports.databases.Databases`.

    Args:
        connect: gives a connection to a host that may be reached; the egress client.
        seconds: how long one query may take in all.
        max_rows: how many rows one query may give.
    """

    def __init__(
        self, connect: Connect, *, seconds: float = 300.0, max_rows: int = 5_000_000, clock: Clock | None = None
    ) -> None:
        self._connect = connect
        self._seconds = seconds
        self._max_rows = max_rows
        self._clock = clock or SystemClock()

    @contextlib.contextmanager
    def query(self, url: str, query: str) -> Iterator[Iterator[bytes]]:
        place = _place(url)
        statement = query.strip().removesuffix(";").rstrip()
        if not statement or len(query) > MAX_QUERY_CHARACTERS or "\0" in query:
            raise InvalidInput(
                "query_failed", f"A query has 1 to {MAX_QUERY_CHARACTERS:,} characters.", fix="Write one SELECT."
            )
        with contextlib.ExitStack() as held:
            with _meaning(place["host"]):
                plain = held.enter_context(contextlib.closing(self._connect(place["host"], place["port"])))
                plain.settimeout(self._seconds)
                bounded = _Bounded(held.enter_context(contextlib.closing(_secured(plain, place))))
                held.callback(bounded.close)
                session = self._session(bounded, place)
                self._ask(session, "START TRANSACTION READ ONLY")
                self._ask(session, f"DECLARE narrative_rows NO SCROLL CURSOR FOR {statement}")
            yield self._rows(session, bounded, place["host"])

    def _session(self, bounded: _Bounded, place: dict[str, Any]) -> Any:
        from pg8000.core import CoreConnection

        session = CoreConnection(
            place["user"],
            database=place["database"],
            password=place["password"],
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

    def _rows(self, session: Any, bounded: _Bounded, host: str) -> Iterator[bytes]:
        """The header, then a piece per batch."""
        until, n_rows = self._clock.monotonic() + self._seconds, 0
        with _meaning(host):
            while True:
                bounded.start_batch()
                batch = self._ask(session, f"FETCH FORWARD {BATCH_ROWS} FROM narrative_rows")
                if n_rows == 0:
                    yield _line([str(column["name"]) for column in batch.columns]).encode()
                n_rows += len(batch.rows)
                if n_rows > self._max_rows:
                    raise _too_large(f"The query gives more than {self._max_rows:,} rows.", self._max_rows, "rows")
                if self._clock.monotonic() > until:
                    raise _too_large(f"The query took longer than {self._seconds:g} seconds.", self._seconds, "seconds")
                if batch.rows:
                    yield "".join(map(_line, batch.rows)).encode()
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
            raise _too_large(
                f"The database sends more than {MAX_BATCH_BYTES // 1024**2} MB at once.", MAX_BATCH_BYTES, "bytes"
            )
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


def _place(url: str) -> dict[str, Any]:
    """What a database URL names. Its text is never repeated: it may hold a password."""
    reason = ""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or 5432
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _invalid("it cannot be read") from None
    mode = options.pop("sslmode", "require")
    if not _SCHEME.match(parts.scheme):
        reason = "only databases that begin with postgresql:// can be queried here; load others as files"
    elif not parts.hostname or not parts.username or not parts.path.strip("/"):
        reason = "it names no host, user or database"
    elif options or mode not in _MODES:
        reason = f"the only option is sslmode, which is one of {', '.join(_MODES)}"
    if reason:
        raise _invalid(reason)
    return {
        "host": str(parts.hostname),
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.strip("/")),
        "mode": mode,
    }


def _secured(plain: socket.socket, place: dict[str, Any]) -> socket.socket:
    """The connection inside TLS, as the URL asks. Source: PostgreSQL documentation, "SSL Session Encryption"."""
    if place["mode"] == "disable":
        return plain
    plain.sendall(_TLS_REQUEST)
    if plain.recv(1) != b"S":
        raise InvalidInput(
            "database_url_invalid",
            "This database does not encrypt connections.",
            fix="Add ?sslmode=disable to the URL if you trust the network between.",
        )
    context = ssl.create_default_context()
    if place["mode"] != "verify-full":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=place["host"])


@contextlib.contextmanager
def _meaning(host: str) -> Iterator[None]:
    """Failures of the database and of the driver, which a server that talks nonsense can make fail anywhere."""
    try:
        yield
    except NarrativeError:
        raise
    except Exception as error:  # noqa: BLE001 - what a lying server makes the driver raise has no end
        said = error.args[0] if error.args and isinstance(error.args[0], dict) else None
        if said is None:
            raise Unavailable(
                "database_unreachable",
                f"The database at '{host[:80]}' does not answer as a PostgreSQL server does.",
                fix="Check host, port and sslmode, then try again.",
            ) from None
        raise InvalidInput(
            "query_failed",
            f"The database answers: {str(said.get('M', 'it failed'))[:300].rstrip('.')}.",
            fix="Correct the query, or the user and password.",
            sqlstate=str(said.get("C", ""))[:5],
        ) from None  # the driver's error may hold parts of the URL


def _line(values: list[str | None]) -> str:
    """One row of CSV.

    >>> _line(["a", None, "", "x, y"]).strip()
    'a,,"","x, y"'
    """
    if len(values) == 1:
        return _cell(values[0] or "") + "\n"  # an empty line would be no row at all
    return ",".join("" if value is None else _cell(value) for value in values) + "\n"


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value


def _invalid(reason: str) -> InvalidInput:
    return InvalidInput(
        "database_url_invalid",
        f"This database address cannot be used: {reason}.",
        fix="Write it like postgresql://user:password@host:5432/database.",
    )


def _too_large(message: str, limit: float, unit: str) -> LimitExceeded:
    return LimitExceeded(
        "query_too_large", message, fix="Ask for fewer rows or columns, or aggregate in the query.",
        limit=limit, unit=unit,
    )  # fmt: skip
