"""Deployments in the metadata store."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import CollectionSpec
from narrative.studio.deployments.entities import Deployment
from narrative.studio.documents import MAYBE_DELETED, Repository


class DeploymentRepository(Repository[Deployment]):
    """Deployments of a workspace."""

    spec = CollectionSpec("deployments", indexes=("created_at", "project_id", "model_id"), unique=(("taken_name",),))
    prefix = "depl"
    noun = "deployment"
    entity = Deployment

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("deployment_not_found", "There is no deployment with this id.", fix=MAYBE_DELETED)
