"""What the lineage of a dataset is made of; read from the documents of the other slices, never stored twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

NodeKind = Literal["raw", "version", "experiment", "model", "deployment"]
RelationKind = Literal["read", "combined", "prepared", "trained_on", "gave", "serves"]
ActionKind = Literal["import", "combine", "apply"]


@dataclass(frozen=True)
class Node:
    """Something that was made; ``facts`` are what a click on it shows."""

    id: str
    kind: NodeKind
    label: str
    sentence: str
    created_at: str
    user: str | None = None
    hash: str | None = None
    is_current: bool = False
    types: frozenset[str] = frozenset()
    """Of the steps that made it."""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Relation:
    """``target`` was made of ``source``."""

    source: str
    target: str
    kind: RelationKind


@dataclass(frozen=True)
class Filters:
    """What a client wants to see of a graph; None: everything."""

    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    type: str | None = None

    def admits(self, node: Node) -> bool:
        """Whether a node is in the time, by the person and of the type (its kind, or the type of a step)."""
        made = datetime.fromisoformat(node.created_at)
        return (
            (self.since is None or made >= self.since)
            and (self.until is None or made <= self.until)
            and (self.user is None or self.user == node.user)
            and (self.type is None or self.type == node.kind or self.type in node.types)
        )


@dataclass(frozen=True)
class Action:
    """How one version is built again, from the raw file or from versions that were built before it."""

    version_id: str
    number: int
    dataset_id: str
    kind: ActionKind
    sources: tuple[str, ...]
    sentence: str
    expected_hash: str
    is_stored: bool
    bytes_intact: bool | None
    """Whether the stored table has the bytes it was stored with; None: not looked at."""
    obstacle: str | None = None
    """Why it cannot be built, for people."""
