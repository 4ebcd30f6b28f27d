"""Data checks in the metadata store."""

from __future__ import annotations

import hashlib

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec
from narrative.studio.data_checks.entities import DataChecks
from narrative.studio.documents import Repository


class DataCheckRepository(Repository[DataChecks]):
    """Data checks, one document per project."""

    spec = CollectionSpec("data_checks", indexes=("project_id",))
    prefix = "dchk"
    noun = "list of data checks"
    entity = DataChecks

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("data_check_not_found", "There is no data check with this id.", fix="See the list of checks.")


def checks_id(project_id: str) -> str:
    """The one place of a project's data checks."""
    seed = hashlib.sha256(f"data checks\x1f{project_id}".encode()).digest()
    return new_id("dchk", lambda n: seed[:n])
