"""Queries over MySQL and MariaDB: one statement, read only, with limits on time, rows and what may be sent at once.

These databases know no cursor that can only read, so that the statement must begin like a query, the transaction is
read only, the driver allows one statement, and the two words that write files on the server are refused anywhere. The
server is not trusted either: it may not ask for a file of ours, and nothing may be larger than a bound.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

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
from narrative.core.errors import InvalidInput, NarrativeError
from narrative.telemetry.logs import event_log

_BEGINNING: Final = re.compile(
    r"(?:\s|\(|--[ \t][^\n]*\n|#[^\n]*\n|/\*(?!!|M!).*?\*/)*+(?:select|with|values|table)\b", re.I | re.S
)
"""Possessive (``*+``): a comment ends at its first ``*/`` and is not looked at again, whatever follows it."""
_WRITES_FILES: Final = re.compile(r"outfile|dumpfile", re.I)
_BIT: Final = 16
_LOST: Final = (2003, 2006, 2013, 2055)
"""Numbers by which the driver itself says that a connection broke."""
SCHEMES: Final = ("mysql", "mariadb")
log = event_log("adapters.databases.mysql")


class MySQL:
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
        place, statement = place_of(url, SCHEMES), _reading(statement_of(query))
        with contextlib.ExitStack() as held:
            deadline = held.enter_context(Deadline(self._seconds, too_slow))
            with deadline.blamed(), _meaning(place.host):
                plain = held.enter_context(contextlib.closing(self._connect(place.host, place.port)))
                deadline.watch(plain)
                session = self._session(place)
                held.callback(session._force_close)
                session.connect(plain)
                for setting in self._settings(session):
                    session.query(setting)
                session.start_batch()
                session.query(statement, unbuffered=True)
                held.callback(_abandon, session)
            yield self._rows(session, place.host, deadline)

    def _session(self, place: DatabasePlace) -> Any:
        return _bounded_connection()(
            host=place.host,
            port=place.port,
            user=place.user,
            password=place.password,
            database=place.database,
            charset="utf8mb4",
            conv={},  # values stay the text that the database writes: every digit, no rounding
            ssl=None if place.mode == "disable" else tls(place.mode),
            ssl_disabled=place.mode == "disable",
            read_timeout=None,  # the deadline ends silence as well
            write_timeout=None,
            local_infile=False,
            autocommit=None,
            defer_connect=True,
            program_name="narrative",
        )

    def _settings(self, session: Any) -> list[str]:
        if "mariadb" in str(session.server_version).lower():
            limit = f"SET SESSION max_statement_time = {self._seconds:g}"
        else:
            limit = f"SET SESSION max_execution_time = {int(self._seconds * 1000)}"
        return [limit, "SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"]

    def _rows(self, session: Any, host: str, deadline: Deadline) -> Iterator[bytes]:
        """The header, then a piece per batch."""
        n_rows = 0
        result = session._result
        with deadline.blamed(), _meaning(host):
            if result is None or result.description is None:
                raise InvalidInput("query_failed", "The statement gives no rows.", fix="Write one SELECT.")
            kinds = [column[1] for column in result.description]
            yield line([str(column[0]) for column in result.description]).encode()
            while True:
                session.start_batch()
                rows: list[list[str | None]] = []
                while len(rows) < BATCH_ROWS and (row := result._read_rowdata_packet_unbuffered()) is not None:
                    rows.append(_texts(row, kinds))
                n_rows += len(rows)
                if n_rows > self._max_rows:
                    raise too_many_rows(self._max_rows)
                deadline.check()
                if rows:
                    yield lines(rows)
                if len(rows) < BATCH_ROWS:
                    return


def _bounded_connection() -> type[Any]:
    """The driver's connection, which refuses what would not fit into memory and a server that does not encrypt."""
    from pymysql.connections import Connection as DriverConnection
    from pymysql.constants import CLIENT

    class Bounded(DriverConnection):  # type: ignore[misc]  # the driver is not typed
        _left = MAX_BATCH_BYTES

        def start_batch(self) -> None:
            """From here on, as much again may arrive."""
            self._left = MAX_BATCH_BYTES

        def _read_bytes(self, num_bytes: int) -> bytes:
            self._left -= num_bytes
            if self._left < 0:
                raise too_much_at_once()
            return bytes(super()._read_bytes(num_bytes))

        def _get_server_information(self) -> None:
            super()._get_server_information()
            if self.ssl and not self.server_capabilities & CLIENT.SSL:
                raise not_encrypted()

    return Bounded


def _reading(statement: str) -> str:
    """The statement, when it can only read. Raises ``InvalidInput('query_failed')``."""
    if not _BEGINNING.match(statement):
        raise InvalidInput(
            "query_failed", "Only a query can be run here: it begins with SELECT or WITH.", fix="Write one SELECT."
        )
    if _WRITES_FILES.search(statement):
        raise InvalidInput(
            "query_failed",
            "The words OUTFILE and DUMPFILE write files on the server; they may stand nowhere in a query.",
            fix="Leave them out, also in names and texts.",
        )
    return statement


def _texts(row: Sequence[Any], kinds: Sequence[int]) -> list[str | None]:
    """A row as text: bits as a number, other bytes as ``\\\\x`` and hexadecimal digits, as PostgreSQL writes them."""
    return [
        value if value is None or isinstance(value, str)
        else str(int.from_bytes(value, "big")) if kind == _BIT
        else "\\x" + bytes(value).hex()
        for value, kind in zip(row, kinds, strict=True)
    ]  # fmt: skip


def _abandon(session: Any) -> None:
    """Let go of rows that nobody wants any more; the driver would read them all."""
    if session._result is not None:
        session._result.unbuffered_active = False
        session._result.connection = None


@contextlib.contextmanager
def _meaning(host: str) -> Iterator[None]:
    """Failures told apart: what the database says, a connection that broke, and nonsense, which is noted in the log."""
    try:
        yield
    except NarrativeError:
        raise
    except OSError as error:
        log.info("databases.connection_broke", kind=type(error).__name__)
        raise broken(host) from None
    except Exception as error:  # noqa: BLE001 - what a lying server makes the driver raise has no end
        number, text = (*error.args, None, None)[:2]
        if number in _LOST:
            raise broken(host) from None
        if not _is_said(error) or not isinstance(number, int) or not isinstance(text, str):
            log.warning("databases.not_understood", error=error)
            raise not_understood(host, "MySQL or MariaDB") from None
        raise answered(text, number=number) from None


def _is_said(error: Exception) -> bool:
    from pymysql.err import MySQLError

    return isinstance(error, MySQLError)
