"""Lineage and marks of versions in the metadata store."""

from __future__ import annotations

import hashlib

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.versions.entities import TransformationLineage, VersionMark


class LineageRepository(Repository[TransformationLineage]):
    """How versions were made of others, one document per version."""

    spec = CollectionSpec(
        "transformation_lineage", indexes=("dataset_id", "parent_version"), unique=(("child_version",),)
    )
    prefix = "lin"
    noun = "lineage"
    entity = TransformationLineage

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("lineage_not_found", "This version was not made by steps.", fix=MAYBE_DELETED)


class VersionMarkRepository(Repository[VersionMark]):
    """Marks, one document per version."""

    spec = CollectionSpec("version_marks", indexes=("version_id",))
    prefix = "vmark"
    noun = "mark"
    entity = VersionMark

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("version_mark_not_found", "Nobody marked this version.", fix=MAYBE_DELETED)


def lineage_id(version_id: str) -> str:
    """The one place of how a version was made."""
    return _derived(LineageRepository.prefix, version_id)


def mark_id(version_id: str) -> str:
    """The one place of the marks of a version."""
    return _derived(VersionMarkRepository.prefix, version_id)


def _derived(prefix: str, version_id: str) -> str:
    seed = hashlib.sha256(f"{prefix}\x1f{version_id}".encode()).digest()
    return new_id(prefix, lambda n: seed[:n])
