"""Data checks in their wire form."""

from __future__ import annotations

from collections.abc import Sequence

from narrative.engine.expectations import CheckResult, CheckSpec, resolved
from narrative.studio.data_checks.entities import DataChecks
from narrative.studio.data_checks.schemas import DataCheck, DataCheckProposals, HeldVersion, ProjectDataChecks
from narrative.studio.projects.entities import Project


def checks_view(found: tuple[Project, DataChecks | None]) -> ProjectDataChecks:
    """The rules of a project with their last results."""
    project, stored = found
    held = project.held
    return ProjectDataChecks(
        checks=[check_view(CheckSpec.model_validate(rule)) for rule in (stored.rules if stored else [])],
        results=[CheckResult.model_validate(result) for result in (stored.results if stored else [])],
        checked_version_id=stored.checked_version_id if stored else None,
        checked_at=stored.checked_at if stored else None,
        held=None
        if held is None
        else HeldVersion(version_id=held.version_id, dataset_id=held.dataset_id, n_broken=held.n_broken),
    )


def proposals_view(proposals: Sequence[CheckSpec]) -> DataCheckProposals:
    """Proposed rules in words."""
    return DataCheckProposals(items=[check_view(spec) for spec in proposals])


def check_view(spec: CheckSpec) -> DataCheck:
    """A rule in words."""
    rule, params = resolved(spec)
    return DataCheck(
        id=spec.id,
        type=spec.type,
        title=rule.title,
        sentence=rule.sentence(params),
        params=spec.params,
        enabled=spec.enabled,
        columns=rule.columns(params),
    )
