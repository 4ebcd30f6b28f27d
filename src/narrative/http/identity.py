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

    ``credential_id`` names the session or key (never its secret); ``scopes`` limit what an API key may do,
    ``deployment_id`` which deployment it may call and ``model_ids``, when there are any, whose deployments.
    """

    kind: Literal["session", "api_key"]
    credential_id: str
    user_id: str
    user_name: str
    workspace_id: str
    role: Role
    scopes: frozenset[str] = field(default_factory=frozenset)
    deployment_id: str | None = None
    model_ids: frozenset[str] = field(default_factory=frozenset)

    @property
    def tenant(self) -> Tenant:
        """The only tenant whose documents this caller may touch."""
        return Tenant(self.workspace_id)


@dataclass(frozen=True)
class Quota:
    """What a key may still do in the present UTC hour; ``resets_at`` in epoch seconds, ``wait_seconds`` until then."""

    limit: int
    remaining: int
    resets_at: int
    wait_seconds: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """What every answer to a key tells of it."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.resets_at),
        }


class Authenticator(Protocol):
    """Verifies credentials. The first two methods raise ``Unauthenticated`` with one text for all causes."""

    def identity_of_session(self, token: str) -> Identity: ...
    def identity_of_key(self, key: str) -> Identity: ...
    def count_call(self, caller: Identity) -> Quota:
        """Count one call of an API key; ``exceeded`` when there was no room for it."""
