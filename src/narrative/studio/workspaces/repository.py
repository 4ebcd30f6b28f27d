"""Workspaces in the metadata store, under the system tenant."""

from __future__ import annotations

from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.workspaces.entities import Workspace


class WorkspaceRepository(Repository[Workspace]):
    """All workspaces of this server."""

    spec = CollectionSpec("workspaces", indexes=("created_at",))
    prefix = "work"
    noun = "workspace"
    entity = Workspace
