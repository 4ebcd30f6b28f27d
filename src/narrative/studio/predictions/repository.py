"""Predictions in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.predictions.entities import Batch, StoredPrediction


class BatchRepository(Repository[Batch]):
    """Prediction files."""

    spec = CollectionSpec("batches", indexes=("created_at", "project_id"))
    prefix = "batch"
    noun = "prediction file"
    entity = Batch

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("prediction_file_not_found", "There is no prediction file with this id.", fix=MAYBE_DELETED)


class PredictionRepository(Repository[StoredPrediction]):
    """Single predictions."""

    spec = CollectionSpec("predictions", indexes=("created_at", ("project_id", "id")))
    prefix = "pred"
    noun = "prediction"
    entity = StoredPrediction

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("prediction_not_found", "There is no prediction with this id.", fix=MAYBE_DELETED)
