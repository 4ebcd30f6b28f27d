"""The story of a deployment."""

from __future__ import annotations

from narrative.engine.story.sources import DeploymentFacts
from narrative.engine.story.types import Story
from narrative.studio.deployments.changes import percentile_95
from narrative.studio.deployments.entities import Deployment
from narrative.studio.models.entities import ModelVersion


def story_of(deployment: Deployment, version: ModelVersion) -> Story:
    """What is live, who may call it, what it expects, how to stop it. For one that has been live."""
    from narrative.engine.story import tell_deployment

    return tell_deployment(
        DeploymentFacts.model_validate(
            {
                "name": deployment.name,
                "state": deployment.state,
                "model_version": version.number,
                "target": version.target,
                "metric_title": version.metric_title,
                "score": version.score,
                "n_inputs": deployment.n_inputs,
                "size_bytes": version.size_bytes,
                "p95_ms": percentile_95(deployment.newest_ms),
                "calls_total": deployment.calls_total,
            }
        )
    )
