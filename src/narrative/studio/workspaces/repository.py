"""Workspaces in the metadata store, under the system tenant."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.workspaces.entities import Workspace


class WorkspaceRepository(Repository[Workspace]):
    """All workspaces of this server."""

    spec = CollectionSpec("workspaces", indexes=("created_at",))
    prefix = "work"
    noun = "workspace"
    entity = Workspace

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("workspace_not_found", "There is no workspace with this id.", fix=MAYBE_DELETED)
