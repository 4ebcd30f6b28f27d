"""The page: hashed assets, cached for ever, and one index.html for every address of the page."""

from __future__ import annotations

import functools
import gzip
import mimetypes
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from narrative.core.errors import NotFound
from narrative.http.packing import takes_gzip
from narrative.http.problems import problem_response
from narrative.http.versions import API_ROOT

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
_ROOTS: Final = ("/health", "/sign-in", "/openapi.json", "/metrics", "/docs")
_MISSING_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Narrative</title>
<body><h1>The page is not built yet</h1><p>The server runs and its API answers at <code>/api/v1</code>, but this
installation holds no built page.</p><p>Build it with <code>make web</code> and reload.</p></body></html>"""

_PACKED: Final = frozenset({".js", ".css", ".svg", ".json"})
_REMEMBERED: Final = 300
"""Packed files kept in memory: a build has fewer, about a megabyte in all."""

# The standard library asks the system for types, and systems disagree about these.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


class Page:
    """ASGI application for every address that no route answers: files of the page, else its index, else a problem."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        if request.method not in ("GET", "HEAD") or path.startswith((API_ROOT, *_ROOTS)) or path == "/api":
            return _nothing(request)
        file = self._file(path)
        if file is not None:
            hashed = path.startswith("/assets/")
            caching = "public, max-age=31536000, immutable" if hashed else "no-cache"
            return _sent(request, file, caching)
        if "." in path.rsplit("/", 1)[-1]:
            return _nothing(request)
        index = self._folder / "index.html"
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
        if not index.is_file():
            return HTMLResponse(_MISSING_PAGE, 503, headers)
        return FileResponse(index, headers=headers, media_type="text/html")

    def _file(self, path: str) -> Path | None:
        """The file of the page at this address; resolved first, so nothing outside the folder is ever reached."""
        if "\x00" in path or path == "/":
            return None
        candidate = (self._folder / path.lstrip("/")).resolve()
        inside = candidate.is_relative_to(self._folder) and candidate.name != "index.html"
        return candidate if inside and candidate.is_file() else None


def _sent(request: Request, file: Path, caching: str) -> Response:
    """A file of the page; text is packed for a client that takes it."""
    headers = {"Cache-Control": caching}
    if file.suffix not in _PACKED:
        return FileResponse(file, headers=headers)
    headers["Vary"] = "Accept-Encoding"
    if not takes_gzip(request):
        return FileResponse(file, headers=headers)
    media_type = mimetypes.guess_type(file.name)[0]
    headers["Content-Encoding"] = "gzip"
    return Response(_packed(file, file.stat().st_mtime_ns), headers=headers, media_type=media_type)


@functools.lru_cache(maxsize=_REMEMBERED)
def _packed(file: Path, changed: int) -> bytes:  # noqa: ARG001 - a changed file is packed again
    """The content of a file, packed as small as it gets: once per file, not once per visit."""
    return gzip.compress(file.read_bytes(), 9, mtime=0)


def _nothing(request: Request) -> Response:
    return problem_response(
        request,
        NotFound(
            "not_found", "There is nothing at this address.", fix="Check the address, or start at the first page."
        ),
    )
