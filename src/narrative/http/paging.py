"""Lists: ``limit`` (50, at most 500) and an opaque ``cursor``; newest first, stable while things are added."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, Field

from narrative.core.errors import InvalidInput
from narrative.ports import metadata
from narrative.ports.metadata import Document, Operator

T = TypeVar("T")
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500
_TIES: Final = 64


class Page(BaseModel, Generic[T]):
    """Part of a list. ``next_cursor`` is None at the end."""

    items: list[T]
    next_cursor: str | None = Field(default=None, description="Give it as `cursor` to read on.")


@dataclass(frozen=True)
class PageRequest:
    """Which part of a list: how many, and after which (created_at, id)."""

    limit: int = DEFAULT_LIMIT
    after: tuple[str, str] | None = None

    def query(self, where: list[tuple[str, Operator, Any]]) -> metadata.Query:
        """Newest first, a little more than asked so that ties and the end of the list can be told."""
        conditions = list(where)
        if self.after is not None:
            conditions.append(("created_at", "<=", self.after[0]))
        return metadata.Query(where=conditions, order=[("created_at", True)], limit=self.limit + 1 + _TIES)

    def page(self, documents: list[Document], read: Callable[[Document], T]) -> Page[T]:
        """Cut what :meth:`query` found to the page."""
        rest = [item for item in documents if self.after is None or _place(item) > _order(self.after)]
        items = rest[: self.limit]
        more = len(rest) > self.limit
        return Page(items=[read(item) for item in items], next_cursor=_encode(items[-1]) if more else None)


def _order(after: tuple[str, str]) -> tuple[list[int], str]:
    # Newest first: a later time sorts earlier, so each character is negated; equal times go by id.
    return [-ord(letter) for letter in after[0]], after[1]


def _place(document: Document) -> tuple[list[int], str]:
    return _order((document["created_at"], document["id"]))


def _encode(document: Document) -> str:
    text = json.dumps([document["created_at"], document["id"]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[str, str]:
    """What a cursor stands for. Raises ``InvalidInput('invalid_cursor')``."""
    try:
        created_at, last_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError):
        created_at, last_id = None, None
    if not isinstance(created_at, str) or not isinstance(last_id, str):
        raise InvalidInput("invalid_cursor", "This cursor is not one of ours.", fix="Start without a cursor.")
    return created_at, last_id
