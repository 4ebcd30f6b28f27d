"""Bodies are bounded, of the declared type, and standard JSON, before any route sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from narrative.http.body import JSON_LIMIT_BYTES
from tests.fixtures.plain_app import Calls, plain_app, signed_in
from tests.fixtures.studio_app import Client

Plain = tuple[Client, Calls]
JSON = {"Content-Type": "application/json"} | signed_in("editor")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Plain]:
    with plain_app(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": NaN}',
        b'{"name": "x", "number": Infinity}',
        b'{"name": "x", "number": -Infinity}',
        b'{"name": "x", "number": 1e999}',
        b'{"name": "x", "number": ' + b"9" * 5_000 + b"}",
        b'{"name": "\\ud800"}',
        b'{"name": "\xff\xfe"}',
        b'{"name": "x"',
        b"",
        b"[" * 100_000,
        b"null",
        b'"text"',
    ],
    ids=[
        "nan",
        "infinity",
        "minus-infinity",
        "1e999",
        "endless",
        "surrogate",
        "latin",
        "cut",
        "empty",
        "deep",
        "null",
        "text",
    ],
)
def test_json_that_is_not_standard_or_not_a_body_is_refused_in_plain_words(plain: Plain, body: bytes) -> None:
    client, calls = plain
    answer = client.post("/things", content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    assert answer.json()["fix"]
    assert calls.made == []


@pytest.mark.parametrize("name", ["\u0000", "\u202e right to left", "\U0001d54f", "x" * 100_000])
def test_odd_but_standard_text_passes_unchanged(plain: Plain, name: str) -> None:
    assert plain[0].post("/things", json={"name": name}, headers=JSON).json()["name"] == name


@pytest.mark.parametrize("number", [1e308, -0.0, 2**63, -(10**30)])
def test_large_finite_numbers_are_taken(plain: Plain, number: float) -> None:
    assert plain[0].post("/things", json={"name": "x", "number": number}, headers=JSON).status_code == 201


def test_a_body_over_the_limit_is_refused_with_the_limit(plain: Plain) -> None:
    answer = plain[0].post("/things", content=b'"' + b"x" * JSON_LIMIT_BYTES + b'"', headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["context"] == {"limit": JSON_LIMIT_BYTES, "value": JSON_LIMIT_BYTES + 2, "unit": "bytes"}


def test_an_undeclared_long_body_is_cut_off_as_well(plain: Plain) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 64 * 1024

    answer = plain[0].post("/things", content=pieces(), headers=JSON)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_json_routes_take_json_only(plain: Plain, media_type: str) -> None:
    answer = plain[0].post("/things", content=b'{"name": "x"}', headers=JSON | {"Content-Type": media_type})
    assert answer.status_code == 415


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x"])
def test_file_routes_take_raw_files_only(plain: Plain, media_type: str) -> None:
    answer = plain[0].post("/files", content=b"{}", headers=signed_in("editor") | {"Content-Type": media_type})
    assert answer.status_code == 415


def test_a_file_larger_than_the_json_limit_streams_through(plain: Plain) -> None:
    content = b"x" * (2 * JSON_LIMIT_BYTES)
    headers = signed_in("editor") | {"Content-Type": "application/octet-stream"}
    assert plain[0].post("/files", content=content, headers=headers).json()["size"] == len(content)
