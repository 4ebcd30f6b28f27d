"""Wire shapes of sessions, links and keys."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.http.identity import Role
from narrative.studio.schemas import RequestBody

Scope = Literal["predict", "outcomes"]


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
    model_ids: list[str] = Field(
        default=[], max_length=100, description="Limits the key to deployments of these models; empty: of every model."
    )
    scopes: list[Scope] = Field(
        default=["predict"],
        min_length=1,
        max_length=2,
        description="predict: call deployments. outcomes: tell what became of predictions.",
    )
    expires_in_days: int | None = Field(
        default=None, ge=1, le=3_650, description="Days until it stops working; null: when it is revoked."
    )


class APIKey(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="The first letters, to tell keys apart.")
    deployment_id: str | None
    model_ids: list[str]
    scopes: list[str]
    expires_at: str | None
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class APIKeyCreated(APIKey):
    """The only answer that holds the key."""

    key: str = Field(examples=["sk_live_0123456789abcdefghijABCDEFGHIJkl"])
