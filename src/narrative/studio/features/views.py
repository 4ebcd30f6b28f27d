"""The features stage in its wire form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrative.background.jobs import Job as JobEntity
from narrative.engine.features.guards import feature_count, warn_of_many
from narrative.engine.features.idea_types import IdeaReport
from narrative.engine.features.leaks.types import LeakReport
from narrative.engine.features.roles import roles, task_in_words
from narrative.engine.features.selecting import Selection
from narrative.engine.step_specs import StepSpec, resolved
from narrative.studio.features.entities import FeatureDefinition
from narrative.studio.features.schemas import (
    CreatedFeature,
    Definition,
    FeatureBoard,
    IdeasView,
    LeaksView,
    SelectionView,
)
from narrative.studio.features.service import SELECTION_STEP, Stage
from narrative.studio.projects.stages import FEATURE_STEPS
from narrative.studio.schemas import Job

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile


def board_view(stage: Stage, profile: TableProfile) -> FeatureBoard:
    """The stage at a glance."""
    project = stage.project
    target, problem = project.target.target, project.target.problem
    column = next((c for c in profile.columns if c.name == target), None)
    classes = [] if column is None or problem == "regression" else sorted(value.value for value in column.top_values)
    specs = [StepSpec.model_validate(step.model_dump()) for step in project.recipe.steps]
    kinds = {c.name: c.kind for c in profile.columns if c.name != target}
    count = feature_count(specs, kinds)
    return FeatureBoard(
        target=target,
        problem=problem,
        task=task_in_words(problem, target, classes),
        roles=roles(profile, target, stage.removed),
        created=[_created(spec) for spec in specs if spec.enabled and spec.type in FEATURE_STEPS],
        removed=stage.removed,
        n_features=count,
        warning=warn_of_many(count),
        can_search=target is not None,
        why_not=None if target is not None else "Choose the column to predict on the Profile page first.",
    )


def ideas_view(stage: Stage, job: JobEntity | None) -> IdeasView:
    """The newest search for ideas."""
    found = stage.work.found.get("ideas") if stage.work else None
    report = None if found is None else IdeaReport.model_validate(found.report)
    have = [(step.type, step.params) for step in stage.project.recipe.steps if step.enabled]
    every = [] if report is None else [*report.ideas, *report.rejected]
    accepted = [idea.id for idea in every if all((step["type"], step["params"]) in have for step in idea.steps)]
    return IdeasView(job=_job(job), report=report, is_stale=stage.is_stale("ideas"), accepted=accepted)


def selection_view(stage: Stage, job: JobEntity | None) -> SelectionView:
    """The newest selection, and what is removed now."""
    found = stage.work.found.get("selection") if stage.work else None
    report = None if found is None else Selection.model_validate(found.report)
    return SelectionView(job=_job(job), report=report, is_stale=stage.is_stale("selection"), removed=stage.removed)


def leaks_view(stage: Stage, job: JobEntity | None) -> LeaksView:
    """The newest search for leaks."""
    found = stage.work.found.get("leaks") if stage.work else None
    report = None if found is None else LeakReport.model_validate(found.report)
    return LeaksView(job=_job(job), report=report, is_stale=stage.is_stale("leaks"))


def definition_view(definition: FeatureDefinition) -> Definition:
    """A definition for people; who owns it by name, not by id."""
    return Definition(**definition.model_dump(include=set(Definition.model_fields)))


def _job(job: JobEntity | None) -> Job | None:
    return None if job is None else Job.of(job)


def _created(spec: StepSpec) -> CreatedFeature:
    step, params = resolved(spec)
    return CreatedFeature(
        step_id=spec.id or SELECTION_STEP, title=step.title, formula=step.says(params), columns=step.columns(params)
    )
