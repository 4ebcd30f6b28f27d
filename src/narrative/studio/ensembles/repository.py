"""Ensembles in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.ensembles.entities import Ensemble


class EnsembleRepository(Repository[Ensemble]):
    """Ensembles of a workspace."""

    spec = CollectionSpec("ensembles", indexes=("created_at", "project_id", "experiment_id"))
    prefix = "ens"
    noun = "ensemble"
    entity = Ensemble

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("ensemble_not_found", "There is no ensemble with this id.", fix=MAYBE_DELETED)
