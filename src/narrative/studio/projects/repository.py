"""Projects in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.projects.entities import Project


class ProjectRepository(Repository[Project]):
    """Projects of a workspace."""

    spec = CollectionSpec("projects", indexes=("created_at", "dataset.dataset_id"))
    prefix = "proj"
    noun = "project"
    entity = Project

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("project_not_found", "There is no project with this id.", fix=MAYBE_DELETED)
