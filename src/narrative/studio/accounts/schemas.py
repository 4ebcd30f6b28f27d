"""Wire shapes of sessions, links and keys."""

from __future__ import annotations

from pydantic import BaseModel, Field

from narrative.http.identity import Role
from narrative.studio.schemas import RequestBody


class Person(BaseModel):
    id: str
    name: str


class WorkspaceName(BaseModel):
    id: str
    name: str


class Session(BaseModel):
    """Who is signed in, where, and until when."""

    user: Person
    workspace: WorkspaceName
    role: Role
    expires_at: str


class SignInLink(BaseModel):
    """A link that signs in once, shown once."""

    address: str = Field(description="Path with the one-time token; open it in the other browser.")
    expires_at: str


class APIKeyCreate(RequestBody):
    """A key for programs."""

    name: str = Field(min_length=1, max_length=80, examples=["Billing system"])
    deployment_id: str | None = Field(default=None, description="Limits the key to one deployment.")


class APIKey(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="The first letters, to tell keys apart.")
    deployment_id: str | None
    scopes: list[str]
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class APIKeyCreated(APIKey):
    """The only answer that holds the key."""

    key: str = Field(examples=["sk_live_0123456789abcdefghijABCDEFGHIJkl"])
