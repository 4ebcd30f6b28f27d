"""What a report is built from, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from narrative.engine.profile.types import TableProfile
from narrative.engine.story.types import Fact, Sentence, Story
from narrative.engine.tables.types import ImportReport
from narrative.engine.training.types import CandidateReport, Evaluation, Importance, TrainingResult

if TYPE_CHECKING:
    from narrative.engine.report.assessment import Assessment
    from narrative.engine.report.charts.base import Chart


@dataclass(frozen=True)
class ReportInput:
    """Computed objects of stages 1-6. The same input gives the same bytes.

    Attributes:
        name: what the data are called on the page, e.g. the file name.
        stories: one per stage that ran, in order (``narrative.engine.story.tell_pipeline`` gives them).
        bundle_sha256: hash of the model file, when it is written already.
        program_version: version that computed all this.
        assessment: of the rows that gave the score; None leaves its parts out.
    """

    name: str
    profile: TableProfile
    result: TrainingResult
    stories: Sequence[Story]
    imported: ImportReport | None = None
    bundle_sha256: str | None = None
    program_version: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    assessment: Assessment | None = None


@dataclass(frozen=True)
class ReportFiles:
    """``html`` is one self-contained page (at most 1 MB, no script, no outside request); ``json`` the same facts."""

    html: str
    json: str


class ChartWords(BaseModel):
    """What a chart says beside its picture: a proven headline with the facts it names, and how to read it."""

    model_config = ConfigDict(frozen=True)
    id: str
    """As in the report: roc, precision-recall, calibration, lift, confusion, predicted-actual, residuals."""
    headline: Sentence
    caption: str
    facts: list[Fact]


class LineageNode(BaseModel):
    """Something that was made: a file, a version of a table, a recipe, a model, a deployment. ``parents``: of what."""

    model_config = ConfigDict(frozen=True)
    id: str
    kind: str
    title: str
    sha256: str | None = None
    made_at: str | None = None
    facts: dict[str, str] = {}
    """What is known of it, in words and finished texts."""
    parents: list[str] = []


@dataclass(frozen=True)
class ProjectReport:
    """What the report of a project is made of; parts of stages that did not run are absent.

    Attributes:
        stories: in the order of the stages.
        charts: of the evaluation, drawn.
        lineage: oldest first.
    """

    name: str
    question: str
    stories: Sequence[Story]
    lineage: Sequence[LineageNode]
    profile: TableProfile | None = None
    evaluation: Evaluation | None = None
    importances: Sequence[Importance] = ()
    candidates: Sequence[CandidateReport] = ()
    charts: Sequence[Chart] = ()
    program_version: str = ""
