"""What all databases have in common: how an address is read, what a query may be, and how rows become CSV."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from narrative.core.errors import InvalidInput, LimitExceeded, Unavailable

Connect = Callable[[str, int], socket.socket]

BATCH_ROWS: Final = 1_000
MAX_BATCH_BYTES: Final = 64 * 1024**2
MAX_QUERY_CHARACTERS: Final = 20_000
PORTS: Final = {"postgresql": 5432, "postgres": 5432, "mysql": 3306, "mariadb": 3306}
_MODES: Final = ("disable", "require", "verify-full")
_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]|^\s|\s$|^$')


@dataclass(frozen=True)
class DatabasePlace:
    """What a database URL names. ``mode`` is how the connection is encrypted."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    mode: str


def place_of(url: str, schemes: Collection[str] = PORTS) -> DatabasePlace:
    """What a database URL names. Its text is never repeated: it may hold a password.

    Args:
        schemes: how it may begin.

    Raises:
        InvalidInput: ``database_url_invalid``.
    """
    reason = ""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or PORTS.get(parts.scheme, 0)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise invalid_url("it cannot be read") from None
    mode = options.pop("sslmode", "require")
    if parts.scheme not in schemes:
        reason = "it begins with none of postgresql://, mysql:// and mariadb://; load other databases as files"
    elif not parts.hostname or not parts.username or not parts.path.strip("/"):
        reason = "it names no host, user or database"
    elif options or mode not in _MODES:
        reason = f"the only option is sslmode, which is one of {', '.join(_MODES)}"
    if reason:
        raise invalid_url(reason)
    return DatabasePlace(
        scheme=parts.scheme,
        host=str(parts.hostname),
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.strip("/")),
        mode=mode,
    )


def statement_of(query: str) -> str:
    """The one statement of a query, without its last semicolon. Raises ``InvalidInput('query_failed')``."""
    statement = query.strip().removesuffix(";").rstrip()
    if not statement or len(query) > MAX_QUERY_CHARACTERS or "\0" in query:
        raise InvalidInput(
            "query_failed", f"A query has 1 to {MAX_QUERY_CHARACTERS:,} characters.", fix="Write one SELECT."
        )
    return statement


def tls(mode: str) -> ssl.SSLContext:
    """How a connection is encrypted: ``require`` trusts any certificate, ``verify-full`` one of this host."""
    context = ssl.create_default_context()
    if mode != "verify-full":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def line(values: Sequence[str | None]) -> str:
    """One row of CSV.

    >>> line(["a", None, "", "x, y"]).strip()
    'a,,"","x, y"'
    """
    if len(values) == 1:
        return _cell(values[0] or "") + "\n"  # an empty line would be no row at all
    return ",".join("" if value is None else _cell(value) for value in values) + "\n"


def lines(rows: Iterable[Sequence[str | None]]) -> bytes:
    """Rows of CSV in UTF-8."""
    return "".join(map(line, rows)).encode()


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value


def invalid_url(reason: str) -> InvalidInput:
    """An address that names no database we can ask."""
    return InvalidInput(
        "database_url_invalid",
        f"This database address cannot be used: {reason}.",
        fix="Write it like postgresql://user:password@host:5432/database.",
    )


def not_encrypted() -> InvalidInput:
    """A server that does not speak TLS."""
    return InvalidInput(
        "database_url_invalid",
        "This database does not encrypt connections.",
        fix="Add ?sslmode=disable to the URL if you trust the network between.",
    )


def answered(text: str, **context: Any) -> InvalidInput:
    """What a database says of a query or a sign-in that it refuses."""
    return InvalidInput(
        "query_failed",
        f"The database answers: {text[:300].rstrip('.')}.",
        fix="Correct the query, or the user and password.",
        **context,
    )


def broken(host: str) -> Unavailable:
    """A connection that was cut, or that stayed silent for too long."""
    return Unavailable(
        "database_unreachable",
        f"The connection to the database at '{host[:80]}' broke, or nothing came for too long.",
        fix="Try again; check host, port and sslmode when it stays so.",
    )


def not_understood(host: str, product: str) -> Unavailable:
    """A server that talks otherwise than it should."""
    return Unavailable(
        "database_unreachable",
        f"The database at '{host[:80]}' does not answer as a {product} server does.",
        fix="Check host, port and sslmode, then try again.",
    )


def too_many_rows(limit: int) -> LimitExceeded:
    """More rows than one query may give."""
    return too_large(f"The query gives more than {limit:,} rows.", limit, "rows")


def too_slow(seconds: float) -> LimitExceeded:
    """A query that took all the time there is."""
    return too_large(f"The query took longer than {seconds:g} seconds.", seconds, "seconds")


def too_much_at_once() -> LimitExceeded:
    """A message, or a batch of rows, that is not read into memory."""
    message = f"The database sends more than {MAX_BATCH_BYTES // 1024**2} MB at once."
    return too_large(message, MAX_BATCH_BYTES, "bytes")


def too_large(message: str, limit: float, unit: str) -> LimitExceeded:
    """A query that gives too much."""
    return LimitExceeded(
        "query_too_large",
        message,
        fix="Ask for fewer rows or columns, or aggregate in the query.",
        limit=limit,
        unit=unit,
    )
