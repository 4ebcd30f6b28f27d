"""Files over HTTP: raw uploads streamed into a store, blobs streamed out as downloads."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

import anyio.from_thread
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse

from narrative.core.errors import Canceled, InvalidInput, Unavailable
from narrative.http.body import pieces_of_file, read_bounded

T = TypeVar("T")
PIECE_BYTES: Final = 1024**2
LABEL_CHARACTERS: Final = 200
PIECE_SECONDS: Final = 120.0
CONTENT_DIGEST: Final = "Content-Digest"
_SHA256_DIGEST: Final = re.compile(r"(?:^|[,\s])sha-256=:([A-Za-z0-9+/=]+):")


async def store_upload(request: Request, store: Callable[[Iterable[bytes]], T], *, limit: int) -> T:
    """Hand the body to ``store`` in pieces of a megabyte as it arrives; nothing is ever held whole.

    The store runs in a thread and pulls, so a slow disk slows the sender instead of filling memory.

    Raises:
        LimitExceeded: ``upload_too_large``, before anything is read when the declared size tells.
        Canceled: the client left; the store's iterator raises, so it keeps nothing.
    """
    pieces = _coalesced(pieces_of_file(request, limit))

    async def following() -> bytes:
        return await anext(pieces, b"")

    def pull() -> Iterator[bytes]:
        while piece := anyio.from_thread.run(following):
            yield piece

    try:
        return await anyio.to_thread.run_sync(lambda: store(pull()))
    except ClientDisconnect:
        raise Canceled("upload_interrupted", "The upload ended before the file was complete.") from None


async def _coalesced(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) >= PIECE_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


async def read_piece(request: Request, limit: int, *, seconds: float = PIECE_SECONDS) -> bytes:
    """A small part of a file, whole: no more than ``limit`` bytes, and not for longer than ``seconds``.

    Raises:
        LimitExceeded: ``body_too_large``.
        Canceled: ``upload_interrupted``, the client left.
        Unavailable: ``upload_too_slow``.
    """
    try:
        async with asyncio.timeout(seconds):
            return await read_bounded(request, limit)
    except ClientDisconnect:
        raise Canceled("upload_interrupted", "The upload ended before the file was complete.") from None
    except TimeoutError:
        raise Unavailable(
            "upload_too_slow",
            f"A part of the file took longer than {seconds:g} seconds to arrive.",
            fix="Send it again over a faster connection.",
        ) from None


def digest_of(content_digest: str | None) -> str | None:
    """The SHA-256 that a ``Content-Digest`` header announces, as 64 hexadecimal characters.

    Source: RFC 9530, Digest Fields.

    Raises:
        InvalidInput: ``content_digest_unreadable`` when there is a header without a SHA-256 that can be read.

    >>> digest_of("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")[:8]
    'e3b0c442'
    """
    if content_digest is None:
        return None
    found = _SHA256_DIGEST.search(content_digest)
    try:
        digest = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if len(digest) != hashlib.sha256().digest_size:
        raise InvalidInput(
            "content_digest_unreadable",
            f"The header {CONTENT_DIGEST} holds no SHA-256 that can be read.",
            fix="Write it as sha-256=:…: with the digest in base64, or leave it out.",
        )
    return digest.hex()


def label_of(filename: str) -> str:
    """A file name as people may see it again: the last part, without control characters. Never used as a path.

    >>> label_of("C:\\\\data\\\\../../sales 2024.csv")
    'sales 2024.csv'
    """
    last = re.split(r"[\\/]", filename)[-1]
    clean = "".join(letter for letter in last if letter.isprintable()).strip()
    return clean[:LABEL_CHARACTERS] or "table"


def download(path: Path, filename: str, media_type: str, **headers: str) -> FileResponse:
    """A local file as a download; supports range requests."""
    ascii_name = re.sub(r"[^A-Za-z0-9._ -]", "_", filename)
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename, safe='')}"
    return FileResponse(path, media_type=media_type, headers={"Content-Disposition": disposition, **headers})
