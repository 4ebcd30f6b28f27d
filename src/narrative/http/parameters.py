"""Parameters that many routes take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query
from starlette.requests import Request

from narrative.core.errors import InvalidInput
from narrative.http.idempotency import Ids
from narrative.http.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest, decode_cursor


def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items per page.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    """The page of a list that a client asks for."""
    return PageRequest(limit=limit, after=decode_cursor(cursor) if cursor else None)


async def ids_of(request: Request) -> Ids:
    """The id maker of this request: the same ids again for the same idempotency key."""
    made = getattr(request.state, "ids", None)
    return made if isinstance(made, Ids) else Ids()


def rev_of(if_match: str | None) -> int | None:
    """The revision in an If-Match header; None when any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise InvalidInput("invalid_if_match", "If-Match holds the rev of what you saw.", fix='Send If-Match: "3".')
    return int(text)


Paging = Annotated[PageRequest, Depends(page_request)]
NewIds = Annotated[Ids, Depends(ids_of)]
IfMatch = Annotated[str | None, Header(max_length=40, description="`rev` of what you saw.")]
