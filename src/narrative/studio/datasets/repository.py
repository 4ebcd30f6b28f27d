"""Datasets in the metadata store."""

from __future__ import annotations

import hashlib

from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec
from narrative.studio.datasets.entities import Dataset, DatasetVersion, StoredProfile
from narrative.studio.documents import Repository


class DatasetRepository(Repository[Dataset]):
    """Datasets of a workspace."""

    spec = CollectionSpec("datasets", indexes=("created_at",))
    prefix = "data"
    noun = "dataset"
    entity = Dataset


class VersionRepository(Repository[DatasetVersion]):
    """Versions of datasets."""

    spec = CollectionSpec("dataset_versions", indexes=("dataset_id",), unique=(("dataset_id", "number"),))
    prefix = "dver"
    noun = "dataset version"
    entity = DatasetVersion


class ProfileRepository(Repository[StoredProfile]):
    """Profiles, one per version, target and problem."""

    spec = CollectionSpec("profiles", indexes=("version_id",))
    prefix = "prof"
    noun = "profile"
    entity = StoredProfile


def profile_id(version_id: str, target: str | None) -> str:
    """The newest profile of a version for a target has one place."""
    seed = hashlib.sha256(f"{version_id}\x1f{target if target is not None else ''}\x1f{target is None}".encode())
    return new_id("prof", lambda n: seed.digest()[:n])
