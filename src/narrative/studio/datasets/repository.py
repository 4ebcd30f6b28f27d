"""Datasets in the metadata store."""

from __future__ import annotations

import hashlib

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec
from narrative.studio.datasets.entities import Dataset, DatasetVersion, StoredProfile
from narrative.studio.documents import MAYBE_DELETED, Repository


class DatasetRepository(Repository[Dataset]):
    """Datasets of a workspace."""

    spec = CollectionSpec("datasets", indexes=("created_at",))
    prefix = "data"
    noun = "dataset"
    entity = Dataset

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("dataset_not_found", "There is no dataset with this id.", fix=MAYBE_DELETED)


class VersionRepository(Repository[DatasetVersion]):
    """Versions of datasets."""

    spec = CollectionSpec("dataset_versions", indexes=("dataset_id",), unique=(("dataset_id", "number"),))
    prefix = "dver"
    noun = "dataset version"
    entity = DatasetVersion

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("dataset_version_not_found", "There is no dataset version with this id.", fix=MAYBE_DELETED)


class ProfileRepository(Repository[StoredProfile]):
    """Profiles, one per version, target and problem."""

    spec = CollectionSpec("profiles", indexes=("version_id",))
    prefix = "prof"
    noun = "profile"
    entity = StoredProfile

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("profile_not_found", "There is no profile with this id.", fix=MAYBE_DELETED)


def profile_id(version_id: str, target: str | None) -> str:
    """The newest profile of a version for a target has one place."""
    seed = hashlib.sha256(f"{version_id}\x1f{target if target is not None else ''}\x1f{target is None}".encode())
    return new_id("prof", lambda n: seed.digest()[:n])
