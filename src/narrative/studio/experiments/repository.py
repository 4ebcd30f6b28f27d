"""Experiments in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.experiments.entities import Experiment


class ExperimentRepository(Repository[Experiment]):
    """Experiments of a workspace."""

    spec = CollectionSpec("experiments", indexes=("created_at", "project_id"))
    prefix = "exp"
    noun = "experiment"
    entity = Experiment

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("experiment_not_found", "There is no experiment with this id.", fix=MAYBE_DELETED)
