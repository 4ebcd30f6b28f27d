"""Projects in their wire form."""

from __future__ import annotations

from narrative.studio.projects.entities import Project
from narrative.studio.projects.schemas import Project as ProjectView
from narrative.studio.projects.stages import stages_of


def project_view(project: Project, running_jobs: list[str]) -> ProjectView:
    """A project with its stages and the ids of jobs that have not ended."""
    dataset, model = project.dataset, project.model
    return ProjectView(
        id=project.id,
        name=project.name,
        question=project.question,
        dataset_id=dataset.dataset_id if dataset else None,
        dataset_version_id=dataset.version_id if dataset else None,
        target=project.target.target,
        problem=project.target.problem,
        target_postponed=project.target.postponed,
        held_version_id=project.held.version_id if project.held else None,
        experiment_id=project.training.experiment_id if project.training else None,
        model_id=model.model_id if model else None,
        model_version_id=model.version_id if model else None,
        deployment_id=project.deployment.deployment_id if project.deployment else None,
        stages=stages_of(project),
        running_jobs=running_jobs,
        created_at=project.created_at,
        updated_at=project.updated_at,
        rev=project.rev,
    )
