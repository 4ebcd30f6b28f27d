"""Experiments in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.experiments.entities import Experiment, TestUse


class ExperimentRepository(Repository[Experiment]):
    """Experiments of a workspace."""

    spec = CollectionSpec("experiments", indexes=("created_at", "project_id"))
    prefix = "exp"
    noun = "experiment"
    entity = Experiment

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("experiment_not_found", "There is no experiment with this id.", fix=MAYBE_DELETED)


class TestUseRepository(Repository[TestUse]):
    """Which rows models were scored on."""

    __test__ = False
    spec = CollectionSpec("test_uses", indexes=("created_at", "dataset_version_id"))
    prefix = "use"
    noun = "test use"
    entity = TestUse

    def missing(self) -> NotFound:
        """Nobody asks for one by its id."""
        return NotFound("experiment_not_found", "There is no experiment with this id.", fix=MAYBE_DELETED)
