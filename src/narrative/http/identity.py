"""Who is asking: a verified caller in one workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from narrative.ports.metadata import Tenant

Role = Literal["viewer", "editor", "operator", "owner"]
ROLES: Final[tuple[Role, ...]] = ("viewer", "editor", "operator", "owner")
"""Weakest first: each role may do what those before it may."""


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
