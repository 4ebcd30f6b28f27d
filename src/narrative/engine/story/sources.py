"""What the facts of a story are computed from. Formulas read these objects and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.hashing import hash_bytes, hash_json
from narrative.engine.profile.types import TableProfile
from narrative.engine.tables.types import ImportReport
from narrative.engine.types import FloatArray, Label, Problem

if TYPE_CHECKING:
    from narrative.engine.training.types import TrainingResult

SourceName: TypeAlias = Literal[
    "table", "import", "profile", "carried_out", "features", "training", "evaluation", "predictions", "deployment",
    "definition",
]  # fmt: skip


@dataclass(frozen=True)
class PredictionSummary:
    """What was predicted for a batch of rows, as plain arrays, so that every share and mean can be computed again.

    Attributes:
        n_rows: rows given, bad ones included.
        answers: one label or value per predicted row.
        probabilities: ``n_predicted × n_classes``, or None for regression.
        lower, upper: bounds of the 90 % interval per row (regression), or None.
        n_bad_rows: rows that could not be read.
        n_asides: rows that are no cases, such as totals; they are left out as well.
        repairs, warnings: sentences of the predictor, already plain.
        n_out_of_range: rows with a value outside the range of training; None when not counted.
    """

    problem: Problem
    target: str
    classes: Sequence[Label]
    n_rows: int
    answers: Sequence[Label]
    probabilities: FloatArray | None = None
    lower: FloatArray | None = None
    upper: FloatArray | None = None
    n_bad_rows: int = 0
    n_asides: int = 0
    repairs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    n_out_of_range: int | None = None


class DeploymentFacts(BaseModel):
    """What is live: recorded by the server when it happens, read by the story of the last stage."""

    model_config = ConfigDict(frozen=True)
    name: str
    state: Literal["live", "paused", "retired"]
    model_version: int
    target: str
    metric_title: str
    score: float
    n_inputs: int
    requires_key: bool = True
    size_bytes: int | None = None
    p95_ms: float | None = None
    calls_total: int = 0


class CarriedOutFacts(BaseModel):
    """What became of a table when the steps of a person were carried out: counted by the job that did it.

    ``is_base``: the steps made other rows, from which training starts. Quality is that of both profiles, 0 to 100.
    """

    model_config = ConfigDict(frozen=True)
    n_steps: int
    rows_before: int
    rows_after: int
    columns_before: int
    columns_after: int
    empty_before: int
    empty_after: int
    quality_before: float
    quality_after: float
    is_base: bool


class FeatureFacts(BaseModel):
    """What the searches of the features stage found: counted by the jobs that ran them. None: not searched yet.

    ``kept`` and ``dropped`` are proposals of the selection. The scores are those of the first proof of the first
    suspect that was proven.
    """

    model_config = ConfigDict(frozen=True)
    target: str
    metric: str
    judged: int | None = None
    kept: int | None = None
    dropped: int | None = None
    strongest: str | None = None
    ideas_tried: int | None = None
    ideas_helping: int | None = None
    best_idea: str | None = None
    best_gain: float | None = None
    suspects: int | None = None
    proven: int | None = None
    cleared: int | None = None
    leak: str | None = None
    score_with: float | None = None
    score_without: float | None = None


class MissingSource(LookupError):
    """A fact was asked for that nothing at hand can compute; a fault of the narrator, never shown to people."""


@dataclass(frozen=True)
class Sources:
    """Everything a stage has computed; absent parts are None. ``need_*`` gives a part or says it is absent."""

    table: pl.DataFrame | None = None
    table_hash: str | None = None
    imported: ImportReport | None = None
    profile: TableProfile | None = None
    result: TrainingResult | None = None
    predictions: PredictionSummary | None = None
    deployment: DeploymentFacts | None = None
    carried_out: CarriedOutFacts | None = None
    features: FeatureFacts | None = None

    def need_table(self) -> pl.DataFrame:
        return _need(self.table, "table")

    def need_import(self) -> ImportReport:
        return _need(self.imported, "import report")

    def need_profile(self) -> TableProfile:
        return _need(self.profile, "profile")

    def need_result(self) -> TrainingResult:
        return _need(self.result, "training result")

    def need_predictions(self) -> PredictionSummary:
        return _need(self.predictions, "prediction summary")

    def need_deployment(self) -> DeploymentFacts:
        return _need(self.deployment, "deployment")

    def need_carried_out(self) -> CarriedOutFacts:
        return _need(self.carried_out, "account of steps that were carried out")

    def need_features(self) -> FeatureFacts:
        return _need(self.features, "account of the searches for features")

    def hash_of(self, source: SourceName) -> str:
        """Content hash of a source, 64 hexadecimal characters; what a fact card shows as its data version."""
        return _HASHES[source](self)


T = TypeVar("T")


def _need(part: T | None, name: str) -> T:
    if part is None:
        raise MissingSource(f"There is no {name} to compute from.")
    return part


def _table_hash(sources: Sources) -> str:
    if sources.table_hash is not None:
        return sources.table_hash
    if sources.profile is not None:
        return sources.profile.content_hash
    return sources.need_import().sha256


def _training_hash(sources: Sources) -> str:
    result = sources.need_result()
    return hash_json([result.data_hash, result.options.model_dump(mode="json")])


def _evaluation_hash(sources: Sources) -> str:
    result = sources.need_result()
    parts = (result.test_rows, result.test_target, result.test_predictions)
    return hash_bytes(b"".join(np.ascontiguousarray(part, dtype=np.float64).tobytes() for part in parts))


def _predictions_hash(sources: Sources) -> str:
    summary = sources.need_predictions()
    return hash_json(
        [
            summary.target,
            [str(answer) for answer in summary.answers],
            summary.n_rows,
            summary.n_bad_rows,
            summary.n_asides,
        ]
    )


def _deployment_hash(sources: Sources) -> str:
    return hash_json(sources.need_deployment().model_dump(mode="json"))


_HASHES: dict[SourceName, Callable[[Sources], str]] = {
    "table": _table_hash,
    "import": lambda sources: sources.need_import().sha256,
    "profile": lambda sources: sources.need_profile().content_hash,
    "training": _training_hash,
    "evaluation": _evaluation_hash,
    "predictions": _predictions_hash,
    "deployment": _deployment_hash,
    "carried_out": lambda sources: hash_json(sources.need_carried_out().model_dump(mode="json")),
    "features": lambda sources: hash_json(sources.need_features().model_dump(mode="json")),
    "definition": lambda _: hash_json("definition"),
}
