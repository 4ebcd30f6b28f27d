"""A workspace."""

from __future__ import annotations

from narrative.studio.documents import Entity


class Workspace(Entity):
    """The boundary of access: its id is the tenant of everything inside."""

    name: str
