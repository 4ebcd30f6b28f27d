"""Explorations in the metadata store."""

from __future__ import annotations

import hashlib

from narrative.core.errors import NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.exploration.entities import Exploration


class ExplorationRepository(Repository[Exploration]):
    """One document per dataset and kind."""

    spec = CollectionSpec("explorations", indexes=("dataset_id", "version_id"))
    prefix = "expl"
    noun = "exploration"
    entity = Exploration

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("exploration_not_found", "This was not looked for yet.", fix="Start it on the page Explore.")


def exploration_id(dataset_id: str, kind: str) -> str:
    """The one place of a kind of exploration."""
    seed = hashlib.sha256(f"exploration\x1f{dataset_id}\x1f{kind}".encode()).digest()
    return new_id("expl", lambda n: seed[:n])
