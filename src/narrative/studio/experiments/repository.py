"""Experiments in the metadata store."""

from __future__ import annotations

from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.experiments.entities import Experiment


class ExperimentRepository(Repository[Experiment]):
    """Experiments of a workspace."""

    spec = CollectionSpec("experiments", indexes=("created_at", "project_id"))
    prefix = "exp"
    noun = "experiment"
    entity = Experiment
