"""How a deployment changes: which version it serves, what it has served, what was called."""

from __future__ import annotations

import math
from typing import Final

from narrative.studio.deployments.entities import (
    MOST_EARLIER,
    NEWEST_CALLS,
    NEWEST_EVENTS,
    Deployment,
    DeploymentState,
    EventKind,
    ServedEvent,
)
from narrative.studio.models.entities import ModelVersion

NAMES_OF_STATES: Final[dict[DeploymentState, str]] = {
    "draft": "a draft",
    "rehearsed": "rehearsed and not live yet",
    "live": "live",
    "paused": "paused",
    "retired": "retired",
}


def swapped(deployment: Deployment, version: ModelVersion, kind: EventKind) -> Deployment:
    """The deployment with another version. A swap remembers the one before; a rollback forgets what came after."""
    earlier = [*deployment.earlier, deployment.model_version_id]
    if kind == "rollback" and version.id in deployment.earlier:
        newest = len(deployment.earlier) - 1 - deployment.earlier[::-1].index(version.id)
        earlier = deployment.earlier[:newest]
    return deployment.with_(
        model_version_id=version.id,
        version_number=version.number,
        size_bytes=version.size_bytes,
        earlier=earlier[-MOST_EARLIER:],
    )


def event_of(at: str, kind: EventKind, version: ModelVersion, by: str, note: str) -> ServedEvent:
    """What was done, with which version, and by whom."""
    return ServedEvent(at=at, kind=kind, model_version_id=version.id, number=version.number, by=by, note=note.strip())


def with_event(deployment: Deployment, event: ServedEvent) -> Deployment:
    """The deployment with one more event, of which it keeps the newest."""
    return deployment.with_(events=[*deployment.events, event][-NEWEST_EVENTS:])


def counted(deployment: Deployment, n_rows: int, seconds: float, now: str) -> Deployment:
    """The deployment after one more answered call."""
    return deployment.with_(
        calls_total=deployment.calls_total + 1,
        rows_total=deployment.rows_total + n_rows,
        last_call_at=now,
        newest_ms=[*deployment.newest_ms, round(seconds * 1000, 3)][-NEWEST_CALLS:],
    )


def percentile_95(values: list[float]) -> float | None:
    """The value that 95 in 100 do not exceed (nearest rank); None without values."""
    if not values:
        return None
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]
