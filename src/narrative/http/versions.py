"""Which version of the API a client gets: by ``Accept``, as ``product.md`` C2 says."""

from __future__ import annotations

import re
from typing import Final

from narrative.core.errors import InvalidInput

API_ROOT: Final = "/api/"
PREFIX: Final = "/api/v1"
VERSION: Final = "1"
VENDOR_TYPE: Final = "application/vnd.narrativeml.v1+json"
_VENDOR: Final = "application/vnd.narrativeml"
_PATH_VERSION: Final = re.compile(r"^/api/v(\d+)(?:/|$)")


def negotiate(path: str, accept: str) -> bool:
    """Whether the client asked for our vendor type by name; a plain or absent ``Accept`` gets version 1, too.

    Raises:
        InvalidInput: ``version_not_supported``, listing what is.

    >>> negotiate("/api/v1/projects", "application/vnd.narrativeml.v1+json")
    True
    >>> negotiate("/api/v1/projects", "application/vnd.narrativeml.v9+json, */*;q=0.1")
    False
    """
    in_path = _PATH_VERSION.match(path)
    if in_path and in_path.group(1) != VERSION:
        raise _unsupported(f"version {in_path.group(1)} in the address")
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    wanted = [name for name, quality in ranges if quality > 0]
    if VENDOR_TYPE in wanted:
        return True
    vendors = [name for name in wanted if name.startswith(_VENDOR)]
    if vendors and len(vendors) == len(wanted):
        raise _unsupported(vendors[0])
    return False


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 1.0
    return name.lower(), quality


def _unsupported(what: str) -> InvalidInput:
    return InvalidInput(
        "version_not_supported",
        f"The API does not speak {what[:80]}.",
        fix=f"Ask for {VENDOR_TYPE} or application/json at {PREFIX}.",
        supported=[VENDOR_TYPE],
    )
