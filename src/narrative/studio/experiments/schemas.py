"""Wire shapes of experiments."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.engine.ensembles.types import RunDifference
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.imbalance_types import Costs, ImbalanceChoice, ImbalanceReport
from narrative.engine.training.suggestions import Suggestion
from narrative.engine.training.types import CandidateReport, CurvePoint, Progress, TwinReport
from narrative.studio.schemas import Failure, Job, RequestBody

ExperimentState = Literal["queued", "running", "completed", "failed", "canceled"]


class ExperimentOptions(RequestBody):
    """What the user may decide before training."""

    budget_seconds: float = Field(default=60.0, ge=3, le=24 * 3600, description="Wall time, in seconds.")
    problem: Literal["auto", "binary", "multiclass", "regression"] = "auto"
    seed: int = Field(default=42, ge=0, le=2**32 - 1)
    candidates: list[str] | None = Field(default=None, description="Names from the catalog; null tries all.")
    metric: str = Field(
        default="auto",
        max_length=80,
        description="The score that ranks models and is reported, by name; `auto` takes that of the problem: `roc_auc` "
        "for two classes, `log_loss` for more, `rmse` for numbers.",
    )
    split: Literal["auto", "random", "time", "group"] = Field(
        default="auto", description="How rows are set aside; `group` keeps all rows of a group on one side."
    )
    group_column: str | None = Field(
        default=None,
        max_length=1000,
        description="With `split` = `group`: the column that tells the groups apart. It is no input of the model then.",
    )
    imbalance: ImbalanceChoice = Field(
        default="auto",
        description="What is done about a rare class; `auto` compares ways and takes one only when it is better.",
    )
    imbalance_settings: dict[str, float] = Field(
        default_factory=dict,
        description="Settings of the chosen method: `k_neighbors`, `ratio`, `density_neighbors`, `m_neighbors`, "
        "`danger_from`, `noise_from`, `kind`, `strength`.",
    )
    costs: Costs | None = Field(
        default=None, description="What each mistake costs, for two classes; the cut is put where answers cost least."
    )
    max_ms_per_row: float | None = Field(default=None, gt=0, description="The model may take so long for a row, in ms.")
    max_megabytes: float | None = Field(default=None, gt=0, description="The model may be so large, in MB.")
    twin: bool = Field(
        default=False,
        description="Make a small, quick model too that answers as the full one does, with its score on the same rows.",
    )


class ExperimentResult(BaseModel):
    """What came out of a search that ended with a model."""

    metric_title: str
    higher_is_better: bool
    score: float
    interval: tuple[float, float]
    baseline_score: float
    test_uses: int = Field(
        default=1,
        description="How many finished runs were scored on these very rows of this version, up to and with this one.",
    )
    interval_after_uses: tuple[float, float] | None = Field(
        default=None, description="The interval when the best of these runs is taken; null for a single one."
    )
    best_title: str
    twin: TwinReport | None = Field(
        default=None, description="The small model beside the full one, or why there is none; null when not asked for."
    )
    curve: list[CurvePoint] = Field(default=[], description="Best score over the seconds of the run.")
    replay_hash: str | None = Field(
        description="Of what was tried with which settings and rounds: equal runs have equal ones."
    )


class Experiment(BaseModel):
    """One training search. While it runs, ``progress`` and ``candidates`` are live."""

    id: str
    project_id: str
    dataset_version_id: str
    target: str
    state: ExperimentState
    options: ExperimentOptions
    steps: list[StepSpec] = Field(description="Steps it runs before the automatic preparation.")
    progress: Progress | None
    candidates: list[CandidateReport]
    model_id: str | None
    model_version_id: str | None
    stopped_early: bool = Field(description="Stopped by the user; the model is the best found until then.")
    error: Failure | None
    job_id: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    seconds_elapsed: float | None
    started_by: str | None
    result: ExperimentResult | None
    imbalance: ImbalanceReport | None = Field(
        description="How a rare class was dealt with, each way against doing nothing; null when no class is rare."
    )


class ExperimentAccepted(BaseModel):
    """The search is recorded and will run."""

    experiment: Experiment
    job: Job


class ExperimentLine(Experiment):
    """A search in the list of the workspace."""

    project_name: str


class ExperimentChoice(RequestBody):
    """Runs to look at side by side; the others are compared with the first."""

    ids: list[str] = Field(min_length=2, max_length=4)


class DifferingSetting(BaseModel):
    """A setting that is not the same in all runs, with one value per run."""

    name: str
    values: list[str]


class ExperimentComparison(BaseModel):
    """Runs side by side. ``differences`` has one entry per run but the first, once the job is done."""

    job: Job
    experiments: list[ExperimentLine]
    settings: list[DifferingSetting]
    differences: list[RunDifference]


class TrainingSuggestions(BaseModel):
    """What is worth trying on the table of a project, the easiest to explain first."""

    items: list[Suggestion]
