"""Credentials in a request: a session cookie or an API key, and where a write may come from."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from narrative.core.errors import NotPermitted
from narrative.http.address import own_origins

COOKIE: Final = "narrative_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_CREDENTIAL_CHARACTERS: Final = 200


def api_key_of(request: Request) -> str | None:
    """The API key in ``X-API-Key`` or ``Authorization: Bearer``, if any."""
    key = request.headers.get("x-api-key")
    if key is None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        key = value.strip() if scheme.lower() == "bearer" else None
    return key


def check_origin(request: Request) -> None:
    """Refuse writes that another site caused in a signed-in browser.

    Browsers send ``Origin`` with every cross-site write; programs that send neither header hold no ambient cookie.

    Raises:
        NotPermitted: ``origin_not_allowed``.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is None:
        same_site = request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    else:
        same_site = origin in own_origins(request)
    if not same_site:
        raise NotPermitted(
            "origin_not_allowed",
            "This request came from a page of another site.",
            fix="Open Narrative itself and repeat the action there, or use an API key.",
        )
