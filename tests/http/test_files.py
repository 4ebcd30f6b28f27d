"""Parts of files over HTTP: bounded in size and time, and gone without a trace when their sender leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request

from narrative.core.errors import Canceled, InvalidInput, LimitExceeded, Unavailable
from narrative.http.files import digest_of, read_piece

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
IN_BASE64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def request_of(receive: Callable[[], Awaitable[Any]]) -> Request:
    return Request({"type": "http", "method": "PUT", "path": "/", "query_string": b"", "headers": []}, receive)


def sending(*pieces: bytes, then_leaves: bool = False) -> Request:
    messages: list[Any] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.disconnect"} if then_leaves else {"type": "http.request", "body": b""})

    async def receive() -> Any:
        return messages.pop(0)

    return request_of(receive)


def test_a_part_is_read_whole_up_to_its_limit() -> None:
    assert asyncio.run(read_piece(sending(b"ab", b"c"), 3)) == b"abc"
    with pytest.raises(LimitExceeded):
        asyncio.run(read_piece(sending(b"ab", b"cd"), 3))


def test_a_sender_who_leaves_or_dawdles_is_a_plain_failure() -> None:
    with pytest.raises(Canceled) as left:
        asyncio.run(read_piece(sending(b"ab", then_leaves=True), 3))
    assert left.value.code == "upload_interrupted"

    async def never() -> Any:
        await asyncio.sleep(60)

    with pytest.raises(Unavailable) as slow:
        asyncio.run(read_piece(request_of(never), 3, seconds=0.01))
    assert slow.value.code == "upload_too_slow"


@pytest.mark.parametrize(
    "header", [f"sha-256=:{IN_BASE64}:", f"md5=:AAAA:, sha-256=:{IN_BASE64}:", f"md5=:AAAA:,sha-256=:{IN_BASE64}:"]
)
def test_the_digest_of_a_header_is_read(header: str) -> None:
    assert digest_of(header) == EMPTY
    assert digest_of(None) is None


@pytest.mark.parametrize("header", ["", "sha-256", f"sha-256={IN_BASE64}", "sha-256=:AAAA:", "sha-256=:====:", "x"])
def test_a_digest_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(InvalidInput):
        digest_of(header)
