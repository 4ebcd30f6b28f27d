"""Our own address as people know it, which a proxy in front of us may hide."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request


def base_url(request: Request) -> str:
    """The origin people open: the public one when it is set, else the one this request names."""
    return cast("str", request.app.state.public_url) or _requested(request)


def own_origins(request: Request) -> set[str]:
    """Origins of our own pages: the public one, and the one this request names unless that is the public host, whose
    scheme is known better."""
    public, requested = base_url(request), _requested(request)
    same_host = public.partition("://")[2] == requested.partition("://")[2]
    return {public} if same_host else {public, requested}


def is_secure(request: Request) -> bool:
    """Whether people reach us over TLS, so that a cookie may be kept to it."""
    return base_url(request).startswith("https://")


def _requested(request: Request) -> str:
    """Its host was checked at the edge."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"
