"""What was made of what in a project: file, versions, recipe, models, prediction files, deployment; oldest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from narrative.http.paging import PageRequest
from narrative.ports.metadata import Tenant
from narrative.studio.datasets.entities import Dataset, DatasetVersion
from narrative.studio.datasets.service import DatasetService
from narrative.studio.deployments.service import DeploymentService
from narrative.studio.experiments.service import ExperimentService
from narrative.studio.models.entities import ModelVersion
from narrative.studio.models.service import ModelService
from narrative.studio.predictions.entities import Batch
from narrative.studio.predictions.service import PredictionService
from narrative.studio.projects.entities import Project
from narrative.studio.recipes.wording import step_name

if TYPE_CHECKING:
    from narrative.engine.report.types import LineageNode

MOST_FILES: Final = 50
MOST_VERSIONS: Final = 50
RECIPE: Final = "recipe"


class LineageReader:
    """Reads the lineage of a project from the slices that made its parts."""

    def __init__(self, services: Mapping[type[Any], Any]) -> None:
        self._datasets: DatasetService = services[DatasetService]
        self._experiments: ExperimentService = services[ExperimentService]
        self._models: ModelService = services[ModelService]
        self._predictions: PredictionService = services[PredictionService]
        self._deployments: DeploymentService = services[DeploymentService]

    def of(self, tenant: Tenant, project: Project) -> list[LineageNode]:
        """Every node, each after what it was made from."""
        nodes = self._tables(tenant, project)
        if project.recipe.steps:
            nodes.append(_recipe(project))
        if project.model is not None:
            versions = sorted(self._models.versions(tenant, project.model.model_id), key=lambda item: item.number)
            nodes += [self._model(tenant, version) for version in versions]
            files = self._predictions.page(tenant, PageRequest(limit=MOST_FILES), project.id, lambda batch: batch)
            nodes += [_file_of_predictions(batch) for batch in sorted(files.items, key=lambda item: item.created_at)]
        if project.deployment is not None:
            nodes.append(self._deployment(tenant, project.deployment.deployment_id))
        return nodes

    def _tables(self, tenant: Tenant, project: Project) -> list[LineageNode]:
        """The raw file, and the version in use with the versions it was made from."""
        if project.dataset is None:
            return []
        dataset = self._datasets.get(tenant, project.dataset.dataset_id)
        version_id, found = project.dataset.version_id, list[DatasetVersion]()
        waiting, gone = [version_id] if version_id else [], dict[str, None]()
        while waiting and len(found) < MOST_VERSIONS:
            next_id = waiting.pop(0)
            version = self._datasets.find_version(tenant, next_id)
            if version is None:
                gone[next_id] = None
            elif version not in found:
                found.append(version)
                waiting += version.parents
        deleted = [_deleted(version_id) for version_id in gone]
        return [_raw_file(dataset, found), *deleted, *(_version(version, dataset) for version in reversed(found))]

    def _model(self, tenant: Tenant, version: ModelVersion) -> LineageNode:
        from narrative.engine.report import LineageNode
        from narrative.engine.story.wording import format_score, interval_text

        experiment = self._experiments.get(tenant, version.experiment_id)
        facts = {
            "target": version.target,
            version.metric_title: f"{format_score(version.score)} ({interval_text(*version.interval)})",
            "guessing": format_score(version.baseline_score),
            "steps": str(len(experiment.steps)),
            "seed": str(experiment.options.get("seed", "–")),
        }
        return LineageNode(
            id=version.id,
            kind="Model",
            title=f"version {version.number}",
            sha256=version.bundle_sha256,
            made_at=version.trained_at,
            facts=facts,
            parents=[version.dataset_version_id, *([RECIPE] if experiment.steps else [])],
        )

    def _deployment(self, tenant: Tenant, deployment_id: str) -> LineageNode:
        from narrative.engine.report import LineageNode

        deployment = self._deployments.get(tenant, deployment_id)
        return LineageNode(
            id=deployment.id,
            kind="Deployment",
            title=deployment.name,
            made_at=deployment.created_at,
            facts={"state": deployment.state, "calls": f"{deployment.calls_total:,}"},
            parents=[deployment.model_version_id],
        )


def _raw_file(dataset: Dataset, versions: list[DatasetVersion]) -> LineageNode:
    """The file that the versions were made of; while there is none, the one that is on its way."""
    from narrative.engine.report import LineageNode

    read = next((item for item in versions if item.dataset_id == dataset.id and not item.parents), None)
    size = dataset.raw_size_bytes if read is None else read.report["size_bytes"]
    return LineageNode(
        id=dataset.id,
        kind="File",
        title=dataset.original_filename,
        sha256=dataset.raw_sha256 if read is None else read.file_in(dataset),
        made_at=dataset.created_at,
        facts={"size": f"{size:,} bytes"},
    )


def _deleted(version_id: str) -> LineageNode:
    """A version that others were made of and that is no more, perhaps for the sake of personal data."""
    from narrative.engine.report import LineageNode

    return LineageNode(id=version_id, kind="Table", title="deleted version", facts={"state": "deleted"})


def _version(version: DatasetVersion, dataset: Dataset) -> LineageNode:
    from narrative.engine.report import LineageNode

    return LineageNode(
        id=version.id,
        kind="Table",
        title=f"version {version.number}",
        sha256=version.content_hash,
        made_at=version.created_at,
        facts={"rows": f"{version.n_rows:,}", "columns": f"{version.n_columns:,}"},
        parents=list(version.parents) or [dataset.id],
    )


def _recipe(project: Project) -> LineageNode:
    from narrative.engine.report import LineageNode

    steps = [f"{step_name(step)}{'' if step.enabled else ', switched off'}" for step in project.recipe.steps]
    version_id = project.dataset.version_id if project.dataset else None
    return LineageNode(
        id=RECIPE,
        kind="Recipe",
        title=f"state {project.recipe.state_id}" if project.recipe.state_id else "",
        facts={str(place): words for place, words in enumerate(steps, start=1)},
        parents=[version_id] if version_id else [],
    )


def _file_of_predictions(batch: Batch) -> LineageNode:
    from narrative.engine.report import LineageNode

    facts: dict[str, str] = {"state": batch.state}
    if batch.rows is not None and batch.predicted is not None:
        facts |= {"rows": f"{batch.rows:,}", "predicted": f"{batch.predicted:,}"}
    return LineageNode(
        id=batch.id,
        kind="Predictions",
        title=batch.original_filename,
        sha256=batch.result_sha256,
        made_at=batch.created_at,
        facts=facts,
        parents=[batch.model_version_id],
    )
