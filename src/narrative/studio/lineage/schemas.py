"""Wire shapes of lineage, with the names and fields of the contract."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from narrative.studio.lineage.entities import ActionKind, NodeKind, RelationKind
from narrative.studio.schemas import RequestBody
from narrative.studio.versions.schemas import TransformationStep


class DatasetMetadata(BaseModel):
    """A dataset: its file, the kinds of its columns, its size."""

    dataset_id: str
    name: str
    file: str
    schema_: dict[str, str] = Field(alias="schema", description="Column and kind, of the present version.")
    stats: dict[str, Any]


class DatasetVersion(BaseModel):
    """An immutable content of the dataset."""

    version_id: str
    number: int
    created_at: str
    hash: str
    kind: Literal["imported", "combined", "prepared"]
    user: str | None
    parents: list[str]
    is_current: bool
    is_stored: bool


class TransformationLineage(BaseModel):
    """The steps that made one version of another."""

    parent_version: str
    child_version: str
    transformations: list[TransformationStep]
    target: str | None
    allow_data_loss: bool
    rows_lost_share: float
    cells_lost_share: float
    user: str | None
    created_at: str


class DatasetLineage(BaseModel):
    """Where the versions of a dataset come from, oldest first."""

    dataset: DatasetMetadata
    current_version: str | None
    versions: list[DatasetVersion]
    lineage: list[TransformationLineage]


class LineageNode(BaseModel):
    """Something that was made: a file, a version, a training, a model, a deployment."""

    id: str
    kind: NodeKind
    label: str
    sentence: str
    created_at: str
    user: str | None
    hash: str | None
    is_current: bool
    facts: dict[str, Any]


class GraphStep(TransformationStep):
    """A step and the version it made."""

    version_id: str


class LineageRelation(BaseModel):
    """`target` was made of `source`."""

    source: str
    target: str
    kind: RelationKind


class LineageGraph(BaseModel):
    """The graph, without cycles: every node after what it was made of. Filtered nodes leave their relations out."""

    dataset_id: str
    current_version: str | None
    nodes: list[LineageNode]
    steps: list[GraphStep]
    relationships: list[LineageRelation]
    users: list[str] = Field(description="Names to filter by.")
    types: list[str] = Field(description="Kinds of nodes and types of steps to filter by.")


class ReproduceAction(BaseModel):
    """How one version is built again."""

    version_id: str
    number: int
    dataset_id: str
    action: ActionKind
    sources: list[str]
    sentence: str
    expected_hash: str
    is_stored: bool
    bytes_intact: bool | None = Field(description="Whether the stored table is as it was stored; null: not looked at.")
    obstacle: str | None


class ReproducePlan(BaseModel):
    """What building would do, in order, and what is known of the hashes already."""

    dataset_id: str
    can_reproduce: bool
    n_missing: int = Field(description="Versions whose table is not stored.")
    sentence: str
    actions: list[ReproduceAction]


class ReproduceRequest(RequestBody):
    """Build all versions of the dataset again, or one with what it is made of."""

    version_id: str | None = Field(default=None, max_length=60)
