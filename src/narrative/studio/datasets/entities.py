"""Datasets, their versions and profiles."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from narrative.engine.types import ColumnKind, Problem
from narrative.studio.documents import Entity
from narrative.studio.projects.entities import CureFacts


class Dataset(Entity):
    """A named table. The raw file is kept as it came; versions are what was read from it. ``user_id`` loaded it.

    ``raw_sha256`` names the file that arrived last; it is None after somebody had the file deleted together with the
    personal data in it.
    """

    name: str
    original_filename: str
    raw_sha256: str | None
    raw_size_bytes: int
    state: Literal["importing", "ready", "failed"] = "importing"
    error: dict[str, Any] | None = None
    version_id: str | None = None
    job_id: str | None = None
    user_id: str | None = None


class DatasetVersion(Entity):
    """The immutable content of a dataset: Parquet under its hash, with how it was read, of what and by whom.

    ``report`` is the engine's import report with its first bad rows only; ``bad_rows_sha256`` names the whole list.
    ``lines_sha256`` names the lines of the file that its rows came from (``tables/lines.py``), where it has lines.
    ``raw_sha256`` names the file it was read of, which is kept as long as the version; None for one that was made of
    other versions, and after the file was deleted together with the personal data in it.
    """

    dataset_id: str
    number: int
    content_hash: str
    table_sha256: str
    bad_rows_sha256: str | None
    lines_sha256: str | None = None
    raw_sha256: str | None = None
    n_rows: int
    n_columns: int
    size_bytes: int
    kinds: dict[str, ColumnKind]
    report: dict[str, Any]
    options: dict[str, Any]
    parents: tuple[str, ...] = ()
    user_id: str | None = None

    def file_in(self, dataset: Dataset) -> str | None:
        """Hash of the kept file that it was read of, None where that was deleted.

        A version from before this was noted has the file of its dataset, when that is still the one it was read of.
        """
        if self.raw_sha256 is None and dataset.raw_sha256 == self.report.get("sha256"):
            return dataset.raw_sha256
        return self.raw_sha256


class StoredProfile(Entity):
    """A profile of a version for one target (or none), kept as a blob."""

    version_id: str
    target: str | None
    problem: Problem | None
    quality: float
    n_to_fix: int
    n_to_decide: int
    cures: list[CureFacts] = Field(default_factory=list)
    profile_sha256: str
