"""The features stage in the metadata store."""

from __future__ import annotations

import hashlib

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.features.entities import FeatureDefinition, FeatureWork


class FeatureWorkRepository(Repository[FeatureWork]):
    """One document per project."""

    spec = CollectionSpec("feature_work", indexes=("project_id",))
    prefix = "fwrk"
    noun = "search for features"
    entity = FeatureWork

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("project_not_found", "There is no project with this id.", fix=MAYBE_DELETED)


class FeatureDefinitionRepository(Repository[FeatureDefinition]):
    """Definitions of a workspace."""

    spec = CollectionSpec("feature_definitions", indexes=("name", "created_at"))
    prefix = "fdef"
    noun = "feature definition"
    entity = FeatureDefinition

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound(
            "feature_definition_not_found", "There is no feature definition with this id.", fix=MAYBE_DELETED
        )


def work_id(project_id: str) -> str:
    """The one place of a project's searches."""
    seed = hashlib.sha256(f"feature work\x1f{project_id}".encode()).digest()
    return new_id("fwrk", lambda n: seed[:n])


def definition_id(workspace_id: str, name: str, version: int) -> str:
    """One document per name and version, so that two people cannot both save the same version."""
    seed = hashlib.sha256(f"feature definition\x1f{workspace_id}\x1f{name}\x1f{version}".encode()).digest()
    return new_id("fdef", lambda n: seed[:n])
