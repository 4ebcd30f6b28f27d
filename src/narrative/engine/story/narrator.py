"""The built-in narrator: computed objects in, a verified story out. No network, no clock, at most a second a stage."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from narrative.engine.profile.types import TableProfile
from narrative.engine.story.draft import assemble
from narrative.engine.story.sources import CarriedOutFacts, DeploymentFacts, FeatureFacts, PredictionSummary, Sources
from narrative.engine.story.stages.carry_out import draft_carried_out
from narrative.engine.story.stages.deploy import draft_deployment
from narrative.engine.story.stages.evaluate import draft_evaluation
from narrative.engine.story.stages.findings import draft_findings
from narrative.engine.story.stages.load import draft_load
from narrative.engine.story.stages.predict import draft_predictions
from narrative.engine.story.stages.prepare import draft_features, draft_preparation
from narrative.engine.story.stages.profile import draft_profile
from narrative.engine.story.stages.train import draft_training
from narrative.engine.story.types import Story
from narrative.engine.tables.types import ImportReport
from narrative.engine.training.types import TrainingResult


def tell_load(report: ImportReport, frame: pl.DataFrame, *, table_hash: str | None = None) -> Story:
    """The story of loading a file. ``table_hash``: content hash of the table; the hash of the file when absent."""
    return assemble(draft_load(Sources(table=frame, table_hash=table_hash, imported=report)))


def tell_profile(profile: TableProfile, frame: pl.DataFrame) -> Story:
    """The story of a table, with or without a chosen target."""
    return assemble(draft_profile(Sources(table=frame, profile=profile)))


def tell_preparation(result: TrainingResult) -> Story:
    """What the automatic preparation did to the columns of the delivered model."""
    return assemble(draft_preparation(Sources(result=result)))


def tell_carried_out(facts: CarriedOutFacts) -> Story:
    """What the steps of a person changed, what was lost, and what that did to quality."""
    return assemble(draft_carried_out(Sources(carried_out=facts)))


def tell_findings(facts: FeatureFacts) -> Story:
    """Which columns carry the signal, which could go, which suspect was proven or cleared."""
    return assemble(draft_findings(Sources(features=facts)))


def tell_features(result: TrainingResult) -> Story:
    """What the delivered model relies on."""
    return assemble(draft_features(Sources(result=result)))


def tell_training(result: TrainingResult) -> Story:
    """What was tried, what leads and by how much."""
    return assemble(draft_training(Sources(result=result)))


def tell_evaluation(result: TrainingResult) -> Story:
    """How good the model is on rows it had not seen, and how sure that is."""
    return assemble(draft_evaluation(Sources(result=result)))


def tell_predictions(summary: PredictionSummary) -> Story:
    """What was predicted for a batch of rows."""
    return assemble(draft_predictions(Sources(predictions=summary)))


def tell_deployment(facts: DeploymentFacts) -> Story:
    """What is live, who may call it and how to stop it."""
    return assemble(draft_deployment(Sources(deployment=facts)))


def tell_pipeline(
    result: TrainingResult, frame: pl.DataFrame, *, imported: ImportReport | None = None
) -> Sequence[Story]:
    """Stories of the first six stages, in their order. ``frame`` is the table as loaded, target included."""
    stories = [] if imported is None else [tell_load(imported, frame, table_hash=result.profile.content_hash)]
    return [
        *stories,
        tell_profile(result.profile, frame),
        tell_preparation(result),
        tell_features(result),
        tell_training(result),
        tell_evaluation(result),
    ]
