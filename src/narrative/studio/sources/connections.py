"""Databases and stores that the operator gives under a name, with their secrets: read once, stored nowhere else."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from narrative.core.errors import InvalidInput
from narrative.ports.objects import StoreAccess

_NAME: Final = re.compile(r"^[A-Za-z0-9_-]{1,60}$")
_STORE: Final = ("endpoint", "region", "access_key_id", "secret_access_key", "session_token")
FIX: Final = 'Write [name] and below it database_url = "…", or endpoint, region, access_key_id and secret_access_key.'


@dataclass(frozen=True)
class Connection:
    """One named database or store."""

    kind: Literal["query", "object"]
    database_url: str = field(default="", repr=False)
    access: StoreAccess = field(default_factory=StoreAccess)


def read_connections(path: Path) -> dict[str, Connection]:
    """The connections of a TOML file. Nothing of their content stands in a message.

    Raises:
        InvalidInput: ``connections_unreadable``, ``connections_open`` when others may read the file.
    """
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InvalidInput("connections_open", f"Other users may read {path}.", fix=f"Run: chmod 600 {path}")
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput("connections_unreadable", f"{path} cannot be read ({error.strerror}).", fix=FIX) from None
    except (ValueError, UnicodeDecodeError):
        raise InvalidInput("connections_unreadable", f"{path} is not TOML.", fix=FIX) from None
    return {name: _connection(path, name, values) for name, values in found.items()}


def chosen(connections: Mapping[str, Connection], name: str, kind: str) -> Connection:
    """The connection of a name. Raises ``InvalidInput('connection_unknown')`` with the names there are."""
    found = connections.get(name)
    if found is None or found.kind != kind:
        names = ", ".join(sorted(known for known, item in connections.items() if item.kind == kind)) or "none yet"
        raise InvalidInput(
            "connection_unknown", f"There is no connection named {name[:60]!r} for this.", fix=f"There are: {names}."
        )
    return found


def _connection(path: Path, name: str, values: Any) -> Connection:
    given = values if isinstance(values, dict) else {}
    is_text = given and all(isinstance(value, str) for value in given.values())
    if _NAME.match(name) and is_text and set(given) == {"database_url"}:
        return Connection("query", database_url=given["database_url"])
    if _NAME.match(name) and is_text and set(given) <= set(_STORE):
        return Connection("object", access=StoreAccess(*(given.get(key, "") for key in _STORE)))
    raise InvalidInput("connections_unreadable", f"{path} describes {name[:60]!r} in a way that is not known.", fix=FIX)
