"""Gathers what a project has and has the engine write it down; keeps nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from narrative.core.errors import NotFound
from narrative.core.version import program_version
from narrative.engine.story.types import STAGES, Story
from narrative.ports.metadata import Tenant
from narrative.studio.datasets.service import DatasetService
from narrative.studio.models.service import ModelService
from narrative.studio.projects.entities import Project
from narrative.studio.projects.service import ProjectService
from narrative.studio.reports.lineage import LineageReader
from narrative.studio.stories.service import StoryService

if TYPE_CHECKING:
    from narrative.engine.profile.types import TableProfile
    from narrative.engine.report.types import ProjectReport

ReportFormat = Literal["html", "md", "json"]
NAME_CHARACTERS: Final = 60


class ReportService:
    """Use cases of reports. It reads from other slices and keeps nothing, so each request may have its own."""

    def __init__(self, services: Mapping[type[Any], Any]) -> None:
        self._projects: ProjectService = services[ProjectService]
        self._stories: StoryService = services[StoryService]
        self._datasets: DatasetService = services[DatasetService]
        self._models: ModelService = services[ModelService]
        self._lineage = LineageReader(services)

    def write(self, tenant: Tenant, project_id: str, form: ReportFormat) -> tuple[str, str]:
        """The report and a name for its file. Raises ``NotFound('project_not_found')``."""
        from narrative.engine.report import project_html, project_json, project_markdown

        project = self._projects.get(tenant, project_id)
        given = self._gather(tenant, project)
        write = {"html": project_html, "md": project_markdown, "json": project_json}[form]
        name = re.sub(r"[^A-Za-z0-9-]+", "-", project.name)[:NAME_CHARACTERS].strip("-").lower() or "project"
        return write(given), f"{name}-report.{form}"

    def _gather(self, tenant: Tenant, project: Project) -> ProjectReport:
        from narrative.engine.report import ProjectReport, charts_of
        from narrative.engine.training.types import CandidateReport, Evaluation, Importance

        detail: dict[str, Any] = {}
        if project.model is not None:
            detail = self._models.detail(tenant, self._models.version(tenant, project.model.version_id))
        return ProjectReport(
            name=project.name,
            question=project.question,
            stories=self._told(tenant, project.id),
            lineage=self._lineage.of(tenant, project),
            profile=self._profile(tenant, project),
            evaluation=Evaluation.model_validate(detail["evaluation"]) if "evaluation" in detail else None,
            importances=[Importance.model_validate(item) for item in detail.get("importances", [])],
            candidates=[CandidateReport.model_validate(item) for item in detail.get("candidates", [])],
            charts=charts_of(detail.get("pictures", []), detail.get("charts", [])),
            program_version=program_version(),
        )

    def _told(self, tenant: Tenant, project_id: str) -> list[Story]:
        """Stories of the stages that ran, in their order."""
        told = []
        for stage in STAGES:
            try:
                told.append(self._stories.get(tenant, project_id, stage))
            except NotFound as error:
                if error.code != "story_not_ready":
                    raise
        return told

    def _profile(self, tenant: Tenant, project: Project) -> TableProfile | None:
        from narrative.engine.profile.types import TableProfile

        if project.dataset is None:
            return None
        try:
            content = self._datasets.profile_json(tenant, project.dataset.dataset_id, project.id)
        except NotFound as error:
            if error.code != "profile_not_ready":
                raise
            return None
        return TableProfile.model_validate_json(content)
