"""Lineage in its wire form."""

from __future__ import annotations

from collections.abc import Mapping

from narrative.studio.datasets.entities import Dataset
from narrative.studio.lineage.entities import Action, Filters, Node, Relation
from narrative.studio.lineage.schemas import (
    DatasetLineage,
    DatasetMetadata,
    DatasetVersion,
    GraphStep,
    LineageGraph,
    LineageNode,
    LineageRelation,
    ReproduceAction,
    ReproducePlan,
    TransformationLineage,
)
from narrative.studio.versions.entities import TransformationLineage as StoredLineage
from narrative.studio.versions.service import Described
from narrative.studio.versions.views import step_view


def lineage_view(
    dataset: Dataset, versions: list[Described], lineage: list[StoredLineage], shown: set[str]
) -> DatasetLineage:
    """The versions that are shown, and how they were made."""
    present = next((known.version for known in versions if known.version.id == dataset.version_id), None)
    authors = {known.version.id: known.author for known in versions}
    stats = {} if present is None else {"n_rows": present.n_rows, "n_columns": present.n_columns}
    return DatasetLineage(
        dataset=DatasetMetadata(
            dataset_id=dataset.id,
            name=dataset.name,
            file=dataset.original_filename,
            schema={} if present is None else dict(present.kinds),
            stats=stats | {"n_versions": len(versions)},
        ),
        current_version=dataset.version_id,
        versions=[_version(known, dataset) for known in versions if known.version.id in shown],
        lineage=[_lineage(item, authors) for item in lineage if item.child_version in shown],
    )


def graph_view(
    dataset: Dataset, graph: tuple[list[Node], list[Relation]], lineage: list[StoredLineage], filters: Filters
) -> LineageGraph:
    """The nodes that the filters admit, with the relations between them."""
    nodes, relations = graph
    shown = {node.id: node for node in nodes if filters.admits(node)}
    types = {node.kind for node in nodes} | {name for node in nodes for name in node.types}
    return LineageGraph(
        dataset_id=dataset.id,
        current_version=dataset.version_id,
        nodes=[
            LineageNode(**{name: getattr(node, name) for name in LineageNode.model_fields}) for node in shown.values()
        ],
        steps=[
            GraphStep(version_id=item.child_version, **step_view(step, shown[item.child_version].user).model_dump())
            for item in lineage
            if item.child_version in shown
            for step in item.transformations
        ],
        relationships=[
            LineageRelation(source=line.source, target=line.target, kind=line.kind)
            for line in relations
            if line.source in shown and line.target in shown
        ],
        users=sorted({node.user for node in nodes if node.user}),
        types=sorted(types),
    )


def plan_view(dataset_id: str, actions: list[Action]) -> ReproducePlan:
    """What building would do."""
    missing = sum(not action.is_stored for action in actions)
    broken = [action for action in actions if action.obstacle]
    n = len(actions)
    said = f"{n:,} version{'' if n == 1 else 's'} can be built again from raw data; {missing or 'none'} not stored."
    if broken:
        said = f"Version {broken[0].number} cannot be built again: {broken[0].obstacle}"
    return ReproducePlan(
        dataset_id=dataset_id,
        can_reproduce=not broken,
        n_missing=missing,
        sentence=said,
        actions=[
            ReproduceAction(
                action=action.kind,
                sources=list(action.sources),
                **{
                    name: getattr(action, name)
                    for name in ReproduceAction.model_fields
                    if name not in ("action", "sources")
                },
            )
            for action in actions
        ],
    )


def _node(node: Node) -> LineageNode:
    return LineageNode.model_validate({name: getattr(node, name) for name in LineageNode.model_fields})


def _version(known: Described, dataset: Dataset) -> DatasetVersion:
    version = known.version
    return DatasetVersion(
        version_id=version.id,
        number=version.number,
        created_at=version.created_at,
        hash=version.content_hash,
        kind=known.kind,
        user=known.author,
        parents=list(version.parents),
        is_current=dataset.version_id == version.id,
        is_stored=known.is_stored,
    )


def _lineage(item: StoredLineage, authors: Mapping[str, str | None]) -> TransformationLineage:
    author = authors.get(item.child_version)
    return TransformationLineage(
        parent_version=item.parent_version,
        child_version=item.child_version,
        transformations=[step_view(step, author) for step in item.transformations],
        target=item.target,
        allow_data_loss=item.allow_data_loss,
        rows_lost_share=item.rows_lost,
        cells_lost_share=item.cells_lost,
        user=author,
        created_at=item.created_at,
    )
