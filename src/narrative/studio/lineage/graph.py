"""The graph of a dataset, drawn from the documents of versions, experiments, models and deployments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from narrative.studio.datasets.entities import Dataset, DatasetVersion
from narrative.studio.deployments.entities import Deployment
from narrative.studio.documents import Entity
from narrative.studio.experiments.entities import Experiment
from narrative.studio.lineage.entities import Node, Relation
from narrative.studio.models.entities import ModelVersion
from narrative.studio.versions.service import Described

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Made:
    """Everything that came of a dataset."""

    versions: list[Described]
    experiments: list[Experiment]
    models: list[ModelVersion]
    deployments: list[Deployment]


def drawn(dataset: Dataset, made: Made, names: Mapping[str, str]) -> tuple[list[Node], list[Relation]]:
    """Nodes, each after what it was made of, and the relations between them. It has no cycles: ids only point back."""
    nodes = [*_raw(made, names), *(_version(known, dataset) for known in made.versions)]
    nodes += [_experiment(item) for item in _oldest_first(made.experiments)]
    nodes += [_model(item) for item in _oldest_first(made.models)]
    nodes += [_deployment(item) for item in _oldest_first(made.deployments)]
    known = {node.id for node in nodes}
    return nodes, [line for line in _relations(made) if line.source in known and line.target in known]


def _oldest_first(items: list[E]) -> list[E]:
    return sorted(items, key=lambda item: (item.created_at, item.id))


def raw_id(version: DatasetVersion) -> str:
    """The node of the file that a version was read of; versions of the same dataset and file share it."""
    return f"raw_{version.dataset_id}_{version.report['sha256'][:16]}"


def _raw(made: Made, names: Mapping[str, str]) -> Iterator[Node]:
    told: set[str] = set()
    for known in sorted(made.versions, key=lambda item: item.version.number):
        version, dataset = known.version, known.dataset
        if version.parents or raw_id(version) in told:
            continue
        told.add(raw_id(version))
        kept, is_first = version.file_in(dataset), version.number == 1
        yield Node(
            id=raw_id(version),
            kind="raw",
            label=dataset.original_filename,
            sentence="The file as it came." if kept else "The file was deleted.",
            created_at=dataset.created_at if is_first else version.created_at,
            user=names.get(dataset.user_id or "") if is_first else known.author,
            hash=kept,
            facts={"size_bytes": version.report["size_bytes"], "dataset_id": dataset.id, "name": dataset.name},
        )


def _version(known: Described, dataset: Dataset) -> Node:
    version, lineage = known.version, known.lineage
    types = [step.type for step in lineage.transformations] if lineage else []
    said = {
        "imported": "Read from the file.",
        "combined": "Combined from two versions.",
        "prepared": f"Made by {len(types):,} step{'' if len(types) == 1 else 's'}.",
    }[known.kind]
    other = "" if version.dataset_id == dataset.id else f" of {known.dataset.name}"
    return Node(
        id=version.id,
        kind="version",
        label=f"Version {version.number}{other}",
        sentence=said,
        created_at=version.created_at,
        user=known.author,
        hash=version.content_hash,
        is_current=known.dataset.version_id == version.id,
        types=frozenset(types),
        facts={
            "number": version.number,
            "dataset_id": version.dataset_id,
            "n_rows": version.n_rows,
            "n_columns": version.n_columns,
            "size_bytes": version.size_bytes,
            "made_by": known.kind,
            "pinned": known.pinned,
            "is_stored": known.is_stored,
            "note": lineage.note if lineage else "",
        },
    )


def _experiment(item: Experiment) -> Node:
    return Node(
        id=item.id,
        kind="experiment",
        label=f"Training for {item.target}",
        sentence=f"{len(item.candidates):,} candidates tried." if item.candidates else f"Training {item.state}.",
        created_at=item.created_at,
        types=frozenset(step["type"] for step in item.steps),
        facts={"state": item.state, "project_id": item.project_id, "target": item.target},
    )


def _model(item: ModelVersion) -> Node:
    return Node(
        id=item.id,
        kind="model",
        label=f"Model version {item.number}",
        sentence=f"Predicts {item.target}: {item.metric_title} {item.score:.4g}.",
        created_at=item.created_at,
        hash=item.bundle_sha256,
        facts={"model_id": item.model_id, "project_id": item.project_id, "metric": item.metric, "score": item.score},
    )


def _deployment(item: Deployment) -> Node:
    return Node(
        id=item.id,
        kind="deployment",
        label=item.name,
        sentence=f"Deployment, {item.state}.",
        created_at=item.created_at,
        is_current=item.state == "live",
        facts={"state": item.state, "project_id": item.project_id, "calls_total": item.calls_total},
    )


def _relations(made: Made) -> Iterator[Relation]:
    for known in made.versions:
        if not known.version.parents:
            yield Relation(raw_id(known.version), known.version.id, "read")
        for parent in known.version.parents:
            yield Relation(parent, known.version.id, "prepared" if known.lineage else "combined")
    for experiment in made.experiments:
        yield Relation(experiment.dataset_version_id, experiment.id, "trained_on")
    for model in made.models:
        yield Relation(model.experiment_id, model.id, "gave")
    for deployment in made.deployments:
        yield Relation(deployment.model_version_id, deployment.id, "serves")
