"""Objects arrive whole or not at all, and what a store refuses is said in its own terms."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from narrative.adapters.objects.s3 import S3Objects
from narrative.core.clock import SystemClock
from narrative.core.errors import NarrativeError
from narrative.ports.objects import StoreAccess
from tests.adapters.egress.test_guarded import Web, send, serving
from tests.fixtures.object_store import WEED, ObjectStore, object_store

TABLE = b"city,people\n" + b"Oslo,709000\n" * 5_000


class Hurried(SystemClock):
    """Waits between tries are over at once."""

    def sleep(self, seconds: float) -> None:
        del seconds


def read(web: Web, address: str = "s3://sales/2026/orders.csv", max_bytes: int = 10**6, **access: str) -> bytes:
    objects = S3Objects(web.egress("127.0.0.1"), seconds=20.0, clock=Hurried())
    there = {"endpoint": f"http://127.0.0.1:{web.port}", "key_id": "AK", "secret": "hunter2"} | access
    with objects.fetch(address, StoreAccess(**there), max_bytes=max_bytes) as download:
        return b"".join(download.pieces)


def refused(
    web: Web, address: str = "s3://sales/2026/orders.csv", max_bytes: int = 10**6, **given: str
) -> NarrativeError:
    with pytest.raises(NarrativeError) as caught:
        read(web, address, max_bytes, **given)
    assert "hunter2" not in str(caught.value.to_dict())
    return caught.value


class Cutting:
    """Gives ``cut`` bytes of what is asked for, the first ``times`` times; then the rest."""

    def __init__(self, times: int, cut: int = 17_000, etag: str = '"one"') -> None:
        self.times, self.cut, self.etag = times, cut, etag
        self.asked: list[str | None] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if wanted and handler.headers.get("If-Match") != self.etag:
            send(handler, 412)
            return
        handler.send_response(206 if wanted else 200)
        handler.send_header("ETag", '"one"')
        handler.send_header("Content-Length", str(len(TABLE) - start))
        if wanted:
            handler.send_header("Content-Range", f"bytes {start}-{len(TABLE) - 1}/{len(TABLE)}")
        handler.end_headers()
        whole = len(self.asked) > self.times
        handler.wfile.write(TABLE[start:] if whole else TABLE[start : start + self.cut])
        handler.close_connection = True


def test_a_transfer_that_is_cut_goes_on_at_its_byte() -> None:
    store = Cutting(times=2)
    with serving(store) as web:
        assert read(web) == TABLE
    assert store.asked == [None, "bytes=17000-", "bytes=34000-"]


def test_one_that_is_always_cut_ends() -> None:
    with serving(Cutting(times=99, cut=0)) as web:
        assert refused(web).code == "source_unreachable"


def test_an_object_that_changed_meanwhile_is_not_glued_together() -> None:
    store = Cutting(times=1, etag='"two"')
    with serving(store) as web:
        assert refused(web).code == "object_changed"


def test_no_more_arrives_than_the_limit() -> None:
    with serving(Cutting(times=0)) as web:
        assert refused(web, max_bytes=1_000).code == "source_too_large"


@pytest.mark.parametrize(
    ("status", "body", "headers", "code", "said"),
    [
        (404, b"<Error><Code>NoSuchBucket</Code></Error>", {}, "object_not_found", "no bucket 'sales'"),
        (404, b"<Error><Code>NoSuchKey</Code></Error>", {}, "object_not_found", "no object '2026/orders.csv'"),
        (403, b"<Code>SignatureDoesNotMatch</Code>", {}, "object_access_denied", "SignatureDoesNotMatch"),
        (403, b"", {}, "object_access_denied", "does not let this key"),
        (301, b"", {"x-amz-bucket-region": "eu-north-1"}, "object_region_wrong", "eu-north-1"),
        (400, b"<Region>eu-north-1</Region>", {}, "object_region_wrong", "eu-north-1"),
        (302, b"", {"Location": "http://169.254.169.254/"}, "source_refused", "302"),
        (503, b"<Code>SlowDown</Code>", {}, "source_unreachable", "503"),
        (400, b"<!DOCTYPE x [<!ENTITY a 'b'>]><Code>&a;</Code>", {}, "source_refused", "400"),
    ],
)
def test_what_a_store_refuses_is_said(status: int, body: bytes, headers: dict[str, str], code: str, said: str) -> None:
    with serving(lambda handler: send(handler, status, body, **headers)) as web:
        error = refused(web)
    assert error.code == code
    assert said in error.message


@pytest.mark.parametrize(
    ("address", "access"),
    [
        ("file:///etc/passwd", {}),
        ("s3://sales", {}),
        ("s3://sales/", {}),
        ("s3:///orders.csv", {}),
        ("s3://a..b/orders.csv", {}),
        ("s3://sales/../other/orders.csv", {}),
        ("s3://sales/a\nb.csv", {}),
        ("s3://sales/" + "x" * 1_025, {}),
        ("s3://sales/orders.csv", {"endpoint": "ftp://127.0.0.1"}),
        ("s3://sales/orders.csv", {"endpoint": "http://127.0.0.1/folder"}),
        ("s3://sales/orders.csv", {"endpoint": "http://ann:hunter2@127.0.0.1"}),
        ("s3://sales/orders.csv", {"endpoint": "http://127.0.0.1:port"}),
        ("s3://sales/orders.csv", {"region": "x/y"}),
        ("s3://sales/orders.csv", {"secret": ""}),
        ("s3://sales/orders.csv", {"session_token": "a\r\nHost: b"}),
    ],
)
def test_what_names_no_object_is_refused_before_anything_is_connected(address: str, access: dict[str, str]) -> None:
    with serving() as web:
        assert refused(web, address, 10**6, **access).code == "object_address_invalid"
        assert web.dialled == []


def test_a_store_inside_is_not_reached_unless_the_operator_says_so() -> None:
    with serving() as web:
        objects = S3Objects(web.egress())
        access = StoreAccess(endpoint="http://169.254.169.254")
        with pytest.raises(NarrativeError) as caught, objects.fetch("s3://sales/x", access, max_bytes=9):
            pass
        assert caught.value.code == "address_not_allowed"
        assert web.dialled == []


def test_without_a_key_nothing_is_signed_and_the_store_of_amazon_is_meant() -> None:
    seen: list[tuple[str | None, str | None, str]] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.headers["Host"], handler.headers["Authorization"], handler.path))
        send(handler, 200, b"a\n1\n")

    with serving(note) as web:
        assert read(web, "s3://sales/a b+ø.csv", key_id="", secret="") == b"a\n1\n"
    assert seen == [(f"127.0.0.1:{web.port}", None, "/sales/a%20b%2B%C3%B8.csv")]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("weed")) as store:
        yield store


@pytest.mark.slow
@pytest.mark.skipif(WEED is None, reason="the S3 server of the development tools is not installed")
def test_a_real_store_gives_objects_and_knows_a_wrong_key(real: ObjectStore, tmp_path: Path) -> None:
    real.put("sales/2026/orders%20and%20more.csv", TABLE)
    with serving() as web:
        port = int(real.endpoint.rpartition(":")[2])
        web.port = port
        place = {"endpoint": real.endpoint, "key_id": real.access.key_id, "secret": real.access.secret}
        assert read(web, "s3://sales/2026/orders and more.csv", 10**6, **place) == TABLE
        for changed, code in (
            ({"secret": "hunter2"}, "object_access_denied"),
            ({"key_id": "AKNOBODY"}, "object_access_denied"),
        ):
            assert refused(web, "s3://sales/2026/orders and more.csv", 10**6, **{**place, **changed}).code == code
        for address in ("s3://sales/missing.csv", "s3://nobody/orders.csv"):
            assert refused(web, address, 10**6, **place).code == "object_not_found"
