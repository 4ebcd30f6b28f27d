"""Predictions in the metadata store."""

from __future__ import annotations

from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.predictions.entities import Batch, StoredPrediction


class BatchRepository(Repository[Batch]):
    """Prediction files."""

    spec = CollectionSpec("batches", indexes=("created_at", "project_id"))
    prefix = "batch"
    noun = "prediction file"
    entity = Batch


class PredictionRepository(Repository[StoredPrediction]):
    """Single predictions."""

    spec = CollectionSpec("predictions", indexes=("created_at", "project_id"))
    prefix = "pred"
    noun = "prediction"
    entity = StoredPrediction
