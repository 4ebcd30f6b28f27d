"""Who is asking: identities from a session cookie or an API key. Verified by an :class:`Authenticator`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request

from narrative.core.errors import NotPermitted
from narrative.ports.metadata import Tenant

Role = Literal["viewer", "editor", "operator", "owner"]
ROLES: Final[tuple[Role, ...]] = ("viewer", "editor", "operator", "owner")
"""Weakest first: each role may do what those before it may."""
COOKIE: Final = "narrative_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_CREDENTIAL_CHARACTERS: Final = 200


@dataclass(frozen=True)
class Identity:
    """A verified caller in one workspace.

    ``credential_id`` names the session or key (never its secret); ``scopes`` limit what an API key may do, and
    ``deployment_id`` which deployment it may call.
    """

    kind: Literal["session", "api_key"]
    credential_id: str
    user_id: str
    user_name: str
    workspace_id: str
    role: Role
    scopes: frozenset[str] = field(default_factory=frozenset)
    deployment_id: str | None = None

    @property
    def tenant(self) -> Tenant:
        """The only tenant whose documents this caller may touch."""
        return Tenant(self.workspace_id)


class Authenticator(Protocol):
    """Verifies credentials. Both methods raise ``Unauthenticated`` with one text for all causes."""

    def identity_of_session(self, token: str) -> Identity: ...
    def identity_of_key(self, key: str) -> Identity: ...


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
        parts = urlsplit(origin)
        same_site = parts.netloc == request.headers.get("host", "") and parts.scheme == request.url.scheme
    if not same_site:
        raise NotPermitted(
            "origin_not_allowed",
            "This request came from a page of another site.",
            fix="Open Narrative itself and repeat the action there, or use an API key.",
        )
