"""Projects in the metadata store."""

from __future__ import annotations

from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.projects.entities import Project


class ProjectRepository(Repository[Project]):
    """Projects of a workspace."""

    spec = CollectionSpec("projects", indexes=("created_at", "dataset.dataset_id"))
    prefix = "proj"
    noun = "project"
    entity = Project
