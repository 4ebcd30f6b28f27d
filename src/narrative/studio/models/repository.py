"""Models in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.documents import MAYBE_DELETED, Repository
from narrative.studio.models.entities import Model, ModelVersion


class ModelRepository(Repository[Model]):
    """Models of a workspace, one per project."""

    spec = CollectionSpec("models", indexes=("created_at", "project_id"))
    prefix = "model"
    noun = "model"
    entity = Model

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("model_not_found", "There is no model with this id.", fix=MAYBE_DELETED)


class ModelVersionRepository(Repository[ModelVersion]):
    """Versions of models."""

    spec = CollectionSpec("model_versions", indexes=("model_id",), unique=(("model_id", "number"),))
    prefix = "mver"
    noun = "model version"
    entity = ModelVersion

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("model_version_not_found", "There is no model version with this id.", fix=MAYBE_DELETED)
