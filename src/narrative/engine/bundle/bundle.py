"""A trained model with everything that belongs to it, as one portable file ``model.narrative``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from narrative.engine.bundle.contract import InputContract
from narrative.engine.model import Model

if TYPE_CHECKING:
    from narrative.engine.bundle.predictions import Predictions
    from narrative.engine.bundle.predictor import Predictor
    from narrative.engine.bundle.single import RowAnswer
    from narrative.engine.training.types import CandidateReport, Evaluation, Importance

FORMAT: Final = "narrative-bundle"
FORMAT_VERSION: Final = 1


@dataclass(frozen=True)
class BundleInfo:
    """What was written."""

    path: Path
    sha256: str
    size_bytes: int
    parts: Mapping[str, int]
    """Part -> size in bytes before compression."""


@dataclass(frozen=True)
class Bundle:
    """A model, its contract and its papers. Get one with :meth:`load`.

    Attributes:
        model: what predicts.
        contract: what it expects of a table.
        sha256: hash of the file: the identity of this model.
        format_version, program_version: who wrote the file.
        documents: the papers as plain JSON: evaluation, importances, candidates, story, card, plan, lineage.
        checks: rows with expected answers that :func:`verify_bundle` computes again.
    """

    model: Model
    contract: InputContract
    sha256: str
    size_bytes: int
    format_version: int
    program_version: str
    documents: Mapping[str, Any] = field(repr=False)
    checks: Mapping[str, Any] = field(repr=False)

    @classmethod
    def load(cls, path: str | Path) -> Bundle:
        """The bundle in a file; runs no code from it. See :func:`narrative.engine.bundle.load_bundle`."""
        from narrative.engine.bundle.load import load_bundle

        return load_bundle(Path(path))

    @cached_property
    def predictor(self) -> Predictor:
        """The one way to predictions: server, command line, SDK and exports all use it."""
        from narrative.engine.bundle.predictor import Predictor

        return Predictor(self)

    def predict(
        self, table: Any, *, reasons: bool = False, n_reasons: int | None = 3, lines: Sequence[int] | None = None
    ) -> Predictions:
        """Predictions for the rows of a table: a Polars or pandas frame, a mapping of columns, or a list of rows.

        See :meth:`Predictor.predict` for the arguments and what it raises; ``not_a_table`` for anything else.
        """
        from narrative.engine.tables import frame_from

        frame = table if isinstance(table, pl.DataFrame) else frame_from(table)
        return self.predictor.predict(frame, reasons=reasons, n_reasons=n_reasons, lines=lines)

    def predict_one(self, row: Mapping[str, Any]) -> RowAnswer:
        """The answer to one row of plain Python values by column name. See :meth:`Predictor.predict_one`."""
        return self.predictor.predict_one(row)

    @cached_property
    def evaluation(self) -> Evaluation:
        """Score, interval, baseline and chart data."""
        from narrative.engine.training.types import Evaluation

        return Evaluation.model_validate(self.documents["evaluation"])

    @cached_property
    def importances(self) -> list[Importance]:
        """Permutation importance per input column, strongest first."""
        from narrative.engine.training.types import Importance

        return [Importance.model_validate(item) for item in self.documents["importances"]]

    @cached_property
    def candidates(self) -> list[CandidateReport]:
        """Everything that was tried."""
        from narrative.engine.training.types import CandidateReport

        return [CandidateReport.model_validate(item) for item in self.documents["candidates"]]

    @property
    def story(self) -> dict[str, Any]:
        """Stories by stage, as they were told when the model was trained."""
        return dict(self.documents["story"])

    @property
    def card(self) -> dict[str, Any]:
        return dict(self.documents["card"])

    @property
    def plan(self) -> dict[str, Any]:
        return dict(self.documents["plan"])

    @property
    def lineage(self) -> dict[str, Any]:
        return dict(self.documents["lineage"])
