"""A workspace."""

from __future__ import annotations

from narrative.studio.documents import Entity


class Workspace(Entity):
    """The boundary of access: its id is the tenant of everything inside."""

    name: str
    salt: str = ""
    """Of the codes that hide personal values in all tables of the workspace; made when it is first needed."""
