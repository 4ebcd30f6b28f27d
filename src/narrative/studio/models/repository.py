"""Models in the metadata store."""

from __future__ import annotations

from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import Repository
from narrative.studio.models.entities import Model, ModelVersion


class ModelRepository(Repository[Model]):
    """Models of a workspace, one per project."""

    spec = CollectionSpec("models", indexes=("created_at", "project_id"))
    prefix = "model"
    noun = "model"
    entity = Model


class ModelVersionRepository(Repository[ModelVersion]):
    """Versions of models."""

    spec = CollectionSpec("model_versions", indexes=("model_id",), unique=(("model_id", "number"),))
    prefix = "mver"
    noun = "model version"
    entity = ModelVersion
