"""What lies inside is never reached, whatever the address looks like; what is outside arrives within limits."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from narrative.adapters.egress.addresses import Allowed, is_public
from narrative.adapters.egress.guarded import MOST_TRIED, GuardedEgress, resolve
from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError, Unavailable
from narrative.ports.egress import Download
from tests.fixtures.lying_database import dripping

PUBLIC = "93.184.216.34"
TABLE = b"a,b\n1,2\n"
INSIDE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.88.99.1", "198.18.0.1", "192.0.2.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:5db8:d822::", "2001:0:5ef5:79fb::1", "fe80::1",
    "fe80::1%1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1",
]  # fmt: skip
SPELLINGS = [
    "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001", "[::1]", "[::ffff:7f00:1]",
    "[::ffff:127.0.0.1]", "0", "[::]", "localhost", "LOCALHOST", "localhost.", "①②⑦.⓪.⓪.①", "127。0。0。1",
]  # fmt: skip


class Web:
    """A web server on loopback, reached through a made-up network in which it has a public address."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.dialled: list[tuple[str, int]] = []
        self.names: dict[str, list[list[str]]] = {"data.example": [[PUBLIC]]}
        """Name → what each question about it is answered with; the last answer stays."""

    def resolve(self, host: str, port: int) -> list[str]:
        if host not in self.names:
            return resolve(host, port)
        answers = self.names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def dial(self, place: tuple[str, int], seconds: float) -> socket.socket:
        self.dialled.append(place)
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def egress(self, *allowed: str, seconds: float = 20.0) -> GuardedEgress:
        return GuardedEgress(
            [Allowed.of(text) for text in allowed], seconds=seconds, resolve=self.resolve, dial=self.dial
        )


def table(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, TABLE, **{"Content-Type": "text/csv"})


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None] = table) -> Iterator[Web]:
    web = Web(answer)
    try:
        yield web
    finally:
        web.server.shutdown()
        web.server.server_close()


def fetched(egress: GuardedEgress, url: str, max_bytes: int = 1_000) -> tuple[Download, bytes]:
    with egress.fetch(url, max_bytes=max_bytes) as download:
        return download, b"".join(download.pieces)


def refused(egress: GuardedEgress, url: str, max_bytes: int = 1_000) -> NarrativeError:
    with pytest.raises(NarrativeError) as caught:
        fetched(egress, url, max_bytes)
    return caught.value


def test_a_public_file_arrives_from_the_address_that_was_checked() -> None:
    with serving() as web:
        download, body = fetched(web.egress(), "http://data.example/files/my%20table.csv?x=1")
        assert (download.filename, download.media_type, body) == ("my table.csv", "text/csv", TABLE)
        assert web.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public_and_never_dialled(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with serving() as web:
        web.names["trap.example"] = [[address]]
        assert refused(web.egress(), "http://trap.example/").code == "address_not_allowed"
        assert web.dialled == []


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_loopback_is_dialled(host: str) -> None:
    with serving() as web:
        assert isinstance(refused(web.egress(), f"http://{host}/"), InvalidInput | Unavailable)
        assert web.dialled == []


def test_the_control_a_check_by_name_only_is_fooled(monkeypatch: pytest.MonkeyPatch) -> None:
    from narrative.adapters.egress import guarded

    monkeypatch.setattr(guarded, "may_reach", lambda host, *_, **__: host not in ("localhost", "127.0.0.1", "::1"))
    with serving() as web:
        fetched(web.egress(), "http://127.1/")
        assert web.dialled == [("127.0.0.1", 80)]


def test_one_bad_address_among_good_ones_closes_the_name() -> None:
    with serving() as web:
        web.names["mixed.example"] = [[PUBLIC, "10.0.0.1"]]
        assert refused(web.egress(), "http://mixed.example/").code == "address_not_allowed"
        assert web.dialled == []


def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    with serving() as web:
        web.names["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
        fetched(web.egress(), "http://rebind.example/")
        assert web.dialled == [(PUBLIC, 80)]
        assert refused(web.egress(), "http://rebind.example/").code == "address_not_allowed"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data", "http://127.1/", "file:///etc/passwd", "//inside.example/x"]
)
def test_a_redirect_inside_is_not_followed(status: int, target: str) -> None:
    with serving(lambda handler: send(handler, status, Location=target)) as web:
        web.names["inside.example"] = [["10.0.0.1"]]
        assert refused(web.egress(), "http://data.example/").code in ("address_not_allowed", "url_invalid")
        assert web.dialled == [(PUBLIC, 80)]


def test_a_redirect_to_another_public_file_is_followed_and_an_endless_one_is_not() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/table.csv":
            table(handler)
        else:
            send(handler, 302, Location="/loop" if handler.path == "/loop" else "http://other.example/table.csv")

    with serving(answer) as web:
        web.names["other.example"] = [["93.184.216.35"]]
        assert fetched(web.egress(), "http://data.example/start")[0].filename == "table.csv"
        assert web.dialled == [(PUBLIC, 80), ("93.184.216.35", 80)]
        assert refused(web.egress(), "http://data.example/loop").code == "source_refused"


@pytest.mark.parametrize(
    "url",
    [
        "", "table.csv", "ftp://data.example/", "file:///etc/passwd", "gopher://data.example/", "data:text/csv,a",
        "http://", "http:///x", "http://user@data.example/", "http://user:word@data.example/", "http://@data.example/",
        "http://data.example:0/", "http://data.example:99999/", "http://[::1/", "http://data.example/a b",
        "http://data.example/\r\nHost: x", "http://data.example\\@127.0.0.1/", "http://data.example/" + "a" * 5_000,
        "http://" + "a" * 300 + ".example/", "http://da ta.example/", "http://data.example%00.x/",
    ],
)  # fmt: skip
def test_what_is_not_a_plain_web_address_is_refused(url: str) -> None:
    with serving() as web:
        assert isinstance(refused(web.egress(), url), InvalidInput | Unavailable)
        assert web.dialled == []


def test_only_the_usual_ports_are_open() -> None:
    with serving() as web:
        assert refused(web.egress(), "http://data.example:6379/").code == "address_not_allowed"
        with pytest.raises(InvalidInput):
            web.egress().connect("data.example", 25)
        web.egress().connect("data.example", 5432).close()
        assert web.dialled == [(PUBLIC, 5432)]


@pytest.mark.parametrize(
    ("entry", "url", "is_open"),
    [
        ("inside.example", "http://inside.example/", True),
        ("inside.example", "http://inside.example:9000/", True),
        ("inside.example:9000", "http://inside.example:9000/", True),
        ("inside.example:9000", "http://inside.example/", False),
        ("10.0.0.0/8", "http://inside.example/", True),
        ("10.1.0.0/16", "http://inside.example/", False),
        ("[fd00::/8]:80", "http://six.example/", True),
        ("other.example", "http://inside.example/", False),
    ],
)
def test_an_operator_opens_what_is_inside_by_name_or_network(entry: str, url: str, is_open: bool) -> None:
    with serving() as web:
        web.names |= {"inside.example": [["10.0.0.1"]], "six.example": [["fd00::7"]]}
        if is_open:
            assert fetched(web.egress(entry), url)[1] == TABLE
        else:
            assert refused(web.egress(entry), url).code == "address_not_allowed"


@pytest.mark.parametrize("entry", ["", "http://x.example", "a b", "x.example:port", "*"])
def test_an_entry_that_means_nothing_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="host name"):
        Allowed.of(entry)


def test_what_is_too_large_is_refused_by_what_is_declared_and_by_what_arrives() -> None:
    def undeclared(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(bytes(2_000_000))

    for answer in (undeclared, lambda handler: send(handler, 200, bytes(2_000))):
        with serving(answer) as web:
            error = refused(web.egress(), "http://data.example/")
            assert isinstance(error, LimitExceeded)
            assert error.context["limit"] == 1_000


def test_a_file_that_drips_is_given_up() -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.02)

    with serving(drip) as web:
        assert refused(web.egress(seconds=0.3), "http://data.example/").code == "source_too_slow"


def test_a_handshake_that_drips_is_given_up() -> None:
    with dripping(b"\x16\x03\x03\x40\0", b"\x02") as port:
        egress = GuardedEgress(
            seconds=0.3,
            resolve=lambda *_: [PUBLIC],
            dial=lambda _, seconds: socket.create_connection(("127.0.0.1", port), seconds),
        )
        assert refused(egress, "https://data.example/").code == "source_too_slow"


def test_a_name_with_many_addresses_is_not_tried_for_ever() -> None:
    tried: list[tuple[str, int]] = []

    def fail(place: tuple[str, int], seconds: float) -> socket.socket:
        tried.append(place)
        raise TimeoutError

    egress = GuardedEgress(resolve=lambda *_: [f"93.184.216.{n}" for n in range(1, 200)], dial=fail)
    with pytest.raises(Unavailable):
        egress.connect("many.example", 5432)
    assert len(tried) == MOST_TRIED


def test_a_file_that_breaks_off_is_not_taken_for_whole() -> None:
    def break_off(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 200, b"half", **{"Content-Length": "8", "Connection": "close"})
        handler.close_connection = True

    with serving(break_off) as web:
        assert refused(web.egress(), "http://data.example/").code == "source_unreachable"


@pytest.mark.parametrize(
    ("status", "media_type"), [(404, "text/csv"), (500, "text/csv"), (200, "text/html; charset=x")]
)
def test_an_answer_that_is_not_a_file_is_refused(status: int, media_type: str) -> None:
    with serving(lambda handler: send(handler, status, b"x", **{"Content-Type": media_type})) as web:
        assert refused(web.egress(), "http://data.example/").code == "source_refused"


def test_nobody_there_is_said_plainly() -> None:
    with serving() as web:
        web.names["gone.example"] = [[]]
        assert refused(web.egress(), "http://gone.example/").code == "address_not_allowed"

        def fail(*_: Any) -> socket.socket:
            raise ConnectionRefusedError

        egress = GuardedEgress(resolve=web.resolve, dial=fail)
        assert refused(egress, "http://data.example/").code == "source_unreachable"
