"""Adapters by URL: ``sqlite:///…`` loads ``adapters/metadata/sqlite.py``, and only then."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import InvalidInput
from narrative.ports.blobs import BlobStore
from narrative.ports.metadata import MetadataStore

_SCHEME: Final = re.compile(r"^[a-z][a-z0-9_]*$")


def open_metadata(url: str, clock: Clock | None = None) -> MetadataStore:
    """The metadata store a URL names, e.g. ``sqlite:///srv/narrative/metadata.db``.

    Raises:
        InvalidInput: ``storage_unknown`` when no adapter has that scheme, ``storage_url`` when the rest is wrong.
        Unavailable: the store is there and cannot be used (damaged, not writable, full).
    """
    return cast("MetadataStore", _adapter("metadata", url).from_url(url, clock or SystemClock()))


def open_blobs(url: str, clock: Clock | None = None) -> BlobStore:
    """The blob store a URL names, e.g. ``file:///srv/narrative/blobs``. Raises as :func:`open_metadata`."""
    return cast("BlobStore", _adapter("blobs", url).from_url(url, clock or SystemClock()))


def schemes(port: str) -> list[str]:
    """The technologies there are for a port."""
    folder = importlib.import_module(f"narrative.adapters.{port}")
    return sorted(info.name for info in pkgutil.iter_modules(folder.__path__) if not info.name.startswith("_"))


def path_of(url: str) -> Path:
    """The absolute path of a URL such as ``file:///srv/data``; a fourth slash (``sqlite:////srv/…``) does no harm."""
    parts = urlsplit(url)
    path = Path("/" + unquote(parts.path).lstrip("/"))
    is_absolute = url.startswith(f"{parts.scheme}:///")
    if not is_absolute or not parts.path.strip("/") or parts.query or parts.fragment or "\0" in str(path):
        raise InvalidInput(
            "storage_url",
            f"'{url}' does not name a place on this machine.",
            fix=f"Write it with an absolute path: {parts.scheme}:///srv/narrative/…",
        )
    return path


def _adapter(port: str, url: str) -> Any:
    scheme = urlsplit(url).scheme
    known = schemes(port)
    if not _SCHEME.fullmatch(scheme) or scheme not in known:
        raise InvalidInput(
            "storage_unknown",
            f"There is no {port} storage of the kind '{scheme}'.",
            fix=f"Use one of: {', '.join(f'{name}://…' for name in known)}.",
        )
    module = importlib.import_module(f"narrative.adapters.{port}.{scheme}")
    own = [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if hasattr(member, "from_url") and member.__module__ == module.__name__
    ]
    if len(own) != 1:
        raise RuntimeError(f"{module.__name__} must hold exactly one class with `from_url`, it holds {len(own)}.")
    return own[0]
