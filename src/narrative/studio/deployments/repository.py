"""Deployments in the metadata store."""

from __future__ import annotations

from narrative.ports.metadata import CollectionSpec
from narrative.studio.deployments.entities import Deployment
from narrative.studio.documents import Repository


class DeploymentRepository(Repository[Deployment]):
    """Deployments of a workspace."""

    spec = CollectionSpec("deployments", indexes=("created_at", "project_id", "model_id"), unique=(("taken_name",),))
    prefix = "depl"
    noun = "deployment"
    entity = Deployment
