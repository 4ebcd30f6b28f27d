"""Files over HTTP: raw uploads streamed into a store, blobs streamed out as downloads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

import anyio.from_thread
import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse

from narrative.core.errors import Canceled
from narrative.http.body import pieces_of_file

T = TypeVar("T")
PIECE_BYTES: Final = 1024**2
LABEL_CHARACTERS: Final = 200


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
