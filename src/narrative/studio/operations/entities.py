"""The health of the parts. These are also the wire shapes: there is nothing inside that is not shown."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel


class Component(BaseModel):
    """One part of the system."""

    status: Literal["healthy", "unhealthy", "not_configured"]
    latency_ms: float | None
    detail: dict[str, Any]


class Health(BaseModel):
    """The whole: 200 healthy, 503 degraded."""

    status: Literal["healthy", "degraded"]
    version: str
    components: dict[str, Component]
    breakers: dict[str, Any]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether metadata and blobs answer."""

    status: Literal["ready", "not_ready"]
    components: dict[str, Component]
