"""Facts, claims and the verifier: each stage in plain words, where every number opens to what it was computed from.

>>> from narrative.engine.story import tell_load  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrative.engine.story.charts import tell_charts
    from narrative.engine.story.narrator import (
        tell_carried_out,
        tell_deployment,
        tell_evaluation,
        tell_features,
        tell_findings,
        tell_load,
        tell_pipeline,
        tell_predictions,
        tell_preparation,
        tell_profile,
        tell_training,
    )
    from narrative.engine.story.sources import (
        CarriedOutFacts,
        DeploymentFacts,
        FeatureFacts,
        PredictionSummary,
        Sources,
    )
    from narrative.engine.story.summaries import summarize

__all__ = [
    "CarriedOutFacts",
    "DeploymentFacts",
    "FeatureFacts",
    "PredictionSummary",
    "Sources",
    "summarize",
    "tell_carried_out",
    "tell_charts",
    "tell_deployment",
    "tell_evaluation",
    "tell_features",
    "tell_findings",
    "tell_load",
    "tell_pipeline",
    "tell_predictions",
    "tell_preparation",
    "tell_profile",
    "tell_training",
]

_HOMES = {"summarize": "summaries", "tell_charts": "charts"}


def __getattr__(name: str) -> Any:
    """Import on first use: the types of a story must not pull in the table library."""
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    home = "sources" if name[0].isupper() else _HOMES.get(name, "narrator")
    return getattr(import_module(f"narrative.engine.story.{home}"), name)
