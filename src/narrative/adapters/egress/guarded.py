"""The one client for addresses that people name: resolve, check the address, connect to that very address.

A name is resolved once per connection and the connection goes to the address that was checked, so a name that changes
its mind (DNS rebinding) gains nothing. Redirects are followed a few times, each checked like the first address. The
name stays in TLS and in the Host header. No proxy of the environment is used: it would resolve names by itself.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from narrative.adapters.deadline import Deadline
from narrative.adapters.egress.addresses import Allowed, may_reach
from narrative.core.errors import InvalidInput, LimitExceeded, Unavailable
from narrative.core.version import program_version
from narrative.ports.egress import Answer, Download

Resolve = Callable[[str, int], list[str]]
Dial = Callable[[tuple[str, int], float], socket.socket]

CONNECT_SECONDS: Final = 10.0
SILENCE_SECONDS: Final = 60.0
MOST_TRIED: Final = 4
"""Addresses of one name; a name with hundreds that do not answer would take an hour."""
MAX_REDIRECTS: Final = 5
MAX_URL_CHARACTERS: Final = 4_000
WEB_PORTS: Final = (80, 443)
_DATABASE_PORTS: Final = (3306, 5432)
_PIECE_BYTES: Final = 256 * 1024
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")
_FILENAME: Final = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system sees them; also what it makes of odd spellings such as ``127.1``."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class GuardedEgress:
    """See :class:`narrative.ports.egress.Egress`.

    Args:
        allowed: what the operator lets through beyond public addresses at the usual ports.
        seconds: how long one file may take in all.
        resolve, dial: the network; tests pass their own.
    """

    def __init__(
        self,
        allowed: Sequence[Allowed] = (),
        *,
        seconds: float = 300.0,
        resolve: Resolve = resolve,
        dial: Dial = socket.create_connection,
    ) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._resolve = resolve
        self._dial = dial

    def connect(self, host: str, port: int) -> socket.socket:
        return self._connected(_ascii(host), port, _DATABASE_PORTS)

    @contextlib.contextmanager
    def fetch(self, url: str, *, max_bytes: int) -> Iterator[Download]:
        with Deadline(self._seconds, _too_slow) as deadline:
            parts = _checked(url)
            for _ in range(MAX_REDIRECTS + 1):
                with contextlib.ExitStack() as held:
                    connection = held.enter_context(contextlib.closing(self._opened(parts, deadline)))
                    answer = held.enter_context(contextlib.closing(self._asked(connection, parts, deadline)))
                    target = answer.getheader("Location")
                    if answer.status in _REDIRECTS and target:
                        parts = _followed(parts, target)
                        continue
                    yield _download(answer, parts, max_bytes, deadline)
                    return
            raise InvalidInput("source_refused", "The address leads on and on.", fix="Give the address it ends at.")

    @contextlib.contextmanager
    def ask(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> Iterator[Answer]:
        with Deadline(self._seconds, _too_slow) as deadline, contextlib.ExitStack() as held:
            parts = _checked(url)
            connection = held.enter_context(contextlib.closing(self._opened(parts, deadline)))
            answer = held.enter_context(contextlib.closing(self._asked(connection, parts, deadline, headers)))
            _check_declared(answer, max_bytes)
            said = {name.lower(): value for name, value in answer.getheaders()}
            yield Answer(answer.status, said, _pieces(answer, _place(parts)[0], max_bytes, deadline))

    def _opened(self, parts: SplitResult, deadline: Deadline) -> http.client.HTTPConnection:
        host, port = _place(parts)
        plain = self._connected(host, port, WEB_PORTS)
        deadline.watch(plain)
        connection = http.client.HTTPConnection(host, port)
        connection.auto_open = 0  # never by itself: that would be a connection nobody checked
        connection.default_port = 443 if parts.scheme == "https" else 80  # which the Host header leaves out
        connection.sock = plain
        if parts.scheme == "https":
            try:
                connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
            except OSError as error:
                plain.close()
                raise deadline.failure(_unreachable(host)) from error
        return connection

    def _asked(
        self,
        connection: http.client.HTTPConnection,
        parts: SplitResult,
        deadline: Deadline,
        further: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        path = quote(parts.path or "/", safe="%/:=&~+!$,;'@()*") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": f"narrative/{program_version()}", "Accept": "*/*", "Accept-Encoding": "identity"}
        try:
            safe = "%/:=&~+!$,;'@()*?[]|{}^<>`\""
            connection.request("GET", quote(path, safe=safe), headers={**headers, **(further or {})})
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise deadline.failure(_unreachable(_place(parts)[0])) from error

    def _connected(self, host: str, port: int, usual_ports: Sequence[int]) -> socket.socket:
        """A connection to an address that was checked."""
        try:
            addresses = [ipaddress.ip_address(text) for text in self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise _unreachable(host) from error
        if not addresses or not all(
            may_reach(host, address, port, usual_ports=usual_ports, allowed=self._allowed) for address in addresses
        ):
            raise InvalidInput(
                "address_not_allowed",
                f"'{host[:80]}' at port {port} is not in the public network, or at a port that is not open for this.",
                fix="An operator can allow it with NARRATIVE_EGRESS_ALLOW.",
            )
        failure: OSError | None = None
        for address in addresses[:MOST_TRIED]:
            try:
                connection = self._dial((str(address), port), CONNECT_SECONDS)
            except OSError as error:
                failure = error
            else:
                connection.settimeout(SILENCE_SECONDS)
                return connection
        raise _unreachable(host) from failure


def _checked(url: str) -> SplitResult:
    """The parts of an address that may be tried. Raises ``InvalidInput('url_invalid')``."""
    reason = ""
    try:
        parts = urlsplit(url.strip())
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise _invalid("it cannot be read") from None
    if len(url) > MAX_URL_CHARACTERS or _UNSAFE.search(url.strip()):
        reason = "it holds spaces or signs that no address holds, or is too long"
    elif parts.scheme not in ("http", "https"):
        reason = "it does not begin with https:// or http://"
    elif parts.username is not None or parts.password is not None:
        reason = "it holds a name or password; they would travel and be kept in clear"
    elif not parts.hostname or not port_is_fine:
        reason = "it names no host"
    if reason:
        raise _invalid(reason)
    return parts


def _followed(parts: SplitResult, target: str) -> SplitResult:
    """Where a redirect leads, checked like any other address."""
    following = _checked(urljoin(parts.geturl(), target))
    if parts.scheme == "https" and following.scheme == "http":
        raise InvalidInput(
            "source_refused", "The address leads from https to http, where anybody could change the file.",
            fix="Give an address that stays with https.",
        )  # fmt: skip
    return following


def _place(parts: SplitResult) -> tuple[str, int]:
    return _ascii(parts.hostname or ""), parts.port or (443 if parts.scheme == "https" else 80)


def _ascii(host: str) -> str:
    """A host name as it travels. Raises ``InvalidInput('url_invalid')``."""
    try:
        name = (
            host.rstrip(".").lower().encode("idna").decode("ascii") if not host.isascii() else host.rstrip(".").lower()
        )
    except UnicodeError:
        raise _invalid("its host name cannot be read") from None
    if not re.fullmatch(r"[a-z0-9._:%-]{1,253}", name):
        raise _invalid("its host name cannot be read")
    return name


def _download(answer: http.client.HTTPResponse, parts: SplitResult, max_bytes: int, deadline: Deadline) -> Download:
    """What arrives, as far as it is a file. Raises ``source_refused`` and ``source_too_large``."""
    media_type = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if answer.status != 200:
        raise InvalidInput(
            "source_refused", f"The address answers with status {answer.status} instead of a file.",
            fix="Open the address in a browser; it may need a login, or be mistyped.",
        )  # fmt: skip
    if media_type == "text/html":
        raise InvalidInput(
            "source_refused",
            "The address gives a web page, not a file.",
            fix="Give the address of the download itself.",
        )
    _check_declared(answer, max_bytes)
    named = _FILENAME.search(answer.getheader("Content-Disposition") or "")
    filename = unquote(named[1]) if named else unquote(parts.path.rstrip("/").rpartition("/")[2]) or _place(parts)[0]
    return Download(filename, media_type, _pieces(answer, _place(parts)[0], max_bytes, deadline))


def _check_declared(answer: http.client.HTTPResponse, max_bytes: int) -> None:
    if answer.length is not None and answer.length > max_bytes:
        raise _too_large(max_bytes, answer.length)


def _pieces(answer: http.client.HTTPResponse, host: str, max_bytes: int, deadline: Deadline) -> Iterator[bytes]:
    size, declared = 0, answer.length
    while True:
        try:
            piece = answer.read(_PIECE_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise deadline.failure(_unreachable(host)) from error
        size += len(piece)
        if size > max_bytes:
            raise _too_large(max_bytes, size)
        if not piece:
            break
        yield piece
    deadline.check()
    if declared is not None and size < declared:
        raise Unavailable(
            "source_unreachable", f"'{host}' sent {size:,} of {declared:,} bytes and stopped.", fix="Try again."
        )


def _invalid(reason: str) -> InvalidInput:
    return InvalidInput(
        "url_invalid", f"This address cannot be used: {reason}.", fix="Write it like https://example.org/table.csv."
    )


def _unreachable(host: str) -> Unavailable:
    return Unavailable(
        "source_unreachable", f"'{host[:80]}' does not answer.", fix="Check the address, then try again."
    )


def _too_slow(seconds: float) -> Unavailable:
    return Unavailable(
        "source_too_slow",
        f"The file did not arrive within {seconds:g} seconds.",
        fix="Download it yourself and load it from your computer.",
    )


def _too_large(limit: int, size: int) -> LimitExceeded:
    return LimitExceeded(
        "source_too_large",
        f"What arrives is larger than {limit:,} bytes, which is the limit here.",
        fix="Load a part of it.",
        limit=limit,
        value=size,
        unit="bytes",
    )
