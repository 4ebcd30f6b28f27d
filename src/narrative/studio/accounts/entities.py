"""People, their sessions, one-time links and API keys. Secrets are kept as SHA-256 only."""

from __future__ import annotations

from pydantic import Field

from narrative.http.identity import Role
from narrative.studio.documents import Entity


class User(Entity):
    """A person."""

    name: str


class SignInLink(Entity):
    """A link that signs in once. ``token_sha256`` names the token that only the link holds."""

    token_sha256: str
    user_id: str
    workspace_id: str
    role: Role
    expires_at: str
    used_at: str | None = None


class StoredSession(Entity):
    """A signed-in browser."""

    token_sha256: str
    user_id: str
    user_name: str
    workspace_id: str
    role: Role
    expires_at: str


class StoredAPIKey(Entity):
    """A key for programs."""

    key_sha256: str
    name: str
    prefix: str
    workspace_id: str
    user_id: str
    deployment_id: str | None
    scopes: list[str]
    model_ids: list[str] = Field(default_factory=list)
    """Whose deployments it may call; empty: those of every model."""
    expires_at: str | None = None
    last_used_at: str | None = None
    revoked_at: str | None = None
