"""What can be done with workspaces: there is one by default."""

from __future__ import annotations

import secrets

from narrative.core.ids import new_id
from narrative.ports.metadata import SYSTEM, Query, Tenant, UnitOfWork
from narrative.studio.documents import every
from narrative.studio.platform import Platform
from narrative.studio.workspaces.entities import Workspace
from narrative.studio.workspaces.repository import WorkspaceRepository


class WorkspaceService:
    """Use cases of workspaces."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._workspaces = WorkspaceRepository(platform.store)

    def get(self, workspace_id: str) -> Workspace:
        """Raises ``NotFound('workspace_not_found')``."""
        return self._workspaces.get(SYSTEM, workspace_id)

    def tenants(self) -> list[Tenant]:
        """Every workspace as a tenant; for upkeep, never for a route."""
        return [Tenant(found["id"]) for found in every(self._platform.store, SYSTEM, self._workspaces.spec.name)]

    def salt(self, tenant: Tenant) -> str:
        """What the codes of hidden values are mixed with, the same in all tables of a workspace and in no other one."""
        fresh = secrets.token_hex(16)

        def first(unit: UnitOfWork) -> str:
            def salted(known: Workspace) -> Workspace:
                return known if known.salt else known.with_(salt=fresh)

            return self._workspaces.change(unit, SYSTEM, tenant.workspace_id, salted).salt

        return self._platform.store.atomic(first)

    def default(self) -> Workspace:
        """The oldest workspace; made at the first start."""

        def first(unit: UnitOfWork) -> Workspace:
            query = Query(order=[("created_at", False)], limit=1)
            for document in unit.find(SYSTEM, self._workspaces.spec.name, query):
                return Workspace.model_validate(document)
            return self.create(unit, "My workspace")

        return self._platform.store.atomic(first)

    def create(self, unit: UnitOfWork, name: str) -> Workspace:
        """A further workspace, inside the caller's transaction."""
        workspace = Workspace(id=new_id("work"), created_at=self._platform.now(), name=name)
        return self._workspaces.insert(unit, SYSTEM, workspace)
