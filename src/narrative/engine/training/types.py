"""What training takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.hashing import hash_json
from narrative.engine.model import Model
from narrative.engine.profile.types import TableProfile
from narrative.engine.scores import AUTO
from narrative.engine.step_specs import StepSpec
from narrative.engine.training.imbalance_types import CostReport, Costs, ImbalanceChoice, ImbalanceReport
from narrative.engine.training.splits import SplitChoice
from narrative.engine.types import FloatArray, Label, Problem

CandidateState = Literal["waiting", "running", "finished", "failed", "skipped"]


class TrainingOptions(BaseModel):
    """What the user may decide; the defaults are the product's."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    target: str
    problem: Literal["auto", "binary", "multiclass", "regression"] = "auto"
    budget_seconds: float = 60.0
    seed: int = 42
    candidates: list[str] | None = None
    """Names to try; None: all that are available."""
    metric: str = AUTO
    """The score that ranks models and is reported: a name of ``engine/scores``, or that of the problem."""
    split: SplitChoice = "auto"
    """How rows are set aside; "group" keeps the rows of a group (``group_column``) on one side of every border."""
    group_column: str | None = None
    """What tells the groups apart; it is no input of the model then."""
    threads: int = 2
    steps: list[StepSpec] = []
    """Steps people put before the automatic preparation; fitted with it, on training rows only."""
    imbalance: ImbalanceChoice = "auto"
    """What is done about a rare class; "auto" compares ways when one is rare and takes one only when it is better."""
    imbalance_settings: dict[str, float] = {}
    """Settings of the chosen method; those not named keep their defaults."""
    costs: Costs | None = None
    """What each mistake costs, for two classes: the cut between yes and no is put where answers cost least."""
    max_ms_per_row: float | None = None
    """The model may take at most so long for a row, in a batch."""
    max_megabytes: float | None = None
    """The learned parts of the model may be at most so large."""
    twin: bool = False
    """Make a small, quick model too that answers as the full one does, with its score on the same rows."""
    plan: dict[str, Any] | None = None
    """What a run recorded (``TrainingResult.plan``): this work is done again, whatever the clock says; exactly,
    unless the clock had cut short a linear model or naive Bayes, which count no rounds."""


class CandidateReport(BaseModel):
    """One line of the leaderboard. ``score`` is cross-validated, in the primary metric; None if it failed."""

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    sentence: str
    state: CandidateState
    score: float | None = None
    interval: tuple[float, float] | None = None
    fold_scores: list[float] = []
    folds_done: int = 0
    folds: int = 0
    seconds: float = 0.0
    predict_ms_per_row: float | None = None
    weight: float = 0.0
    """Share in the delivered model."""
    settings: dict[str, Any] = {}
    reason: str | None = None
    """Why it failed, was skipped, or is not in the model though it leads."""
    ties_with_best: bool = False


class CurvePoint(BaseModel):
    """The best cross-validated score there was at a moment, in seconds since the run began."""

    model_config = ConfigDict(frozen=True)
    seconds: float
    score: float


class Outlook(BaseModel):
    """What more time would likely buy, read off the curve of the score over the time (``engine/training/outlook``)."""

    model_config = ConfigDict(frozen=True)
    seconds: float
    """Extra time, in seconds."""
    gain: float
    """How much better the score may get, never negative; 0 when nothing more is to be expected."""
    searched_out: bool
    """The search ended by itself, before the time was over."""


class Progress(BaseModel):
    """A live event of training: real state, never a timer. Sent whenever something changes, at most 5 a second."""

    model_config = ConfigDict(frozen=True)
    phase: Literal["reading", "preparing", "training", "combining", "scoring", "explaining", "writing", "done"]
    message: str
    share: float
    """0 to 1 of the expected work."""
    seconds_left: float | None = None
    candidates: list[CandidateReport] = []
    best: str | None = None
    curve: list[CurvePoint] = []
    """Best score over time so far, of candidates measured on all their folds."""
    metric_title: str = ""
    """Name of the score that ranks, once it is known."""
    higher_is_better: bool | None = None


class Curve(BaseModel):
    """Points of a chart, each axis with its meaning."""

    model_config = ConfigDict(frozen=True)
    x: list[float]
    y: list[float]


class Evaluation(BaseModel):
    """Scores on rows nobody touched, with what the charts need. All computed by the engine.

    ``interval``: where the score on a fresh set as large as the test part lands in 95 of 100 cases (ADR 0012).
    """

    model_config = ConfigDict(frozen=True)
    problem: Problem
    target: str
    classes: list[Label]
    metric: str
    metric_title: str
    higher_is_better: bool
    score: float
    interval: tuple[float, float]
    baseline_score: float
    cross_validated_score: float | None
    test_uses: int = 1
    """How many finished runs were scored on these very rows, this one included, as far as anybody counted."""
    interval_after_uses: tuple[float, float] | None = None
    """The interval when the best of so many runs on these rows is taken; None for a single one."""
    honesty_gap: float | None
    """score - cross_validated_score, signed so that negative means worse than cross-validation promised."""
    n_test_rows: int
    n_train_rows: int
    """Rows the scored model learned from; with cross-validation the mean over the models of the folds."""
    method: Literal["holdout", "time_holdout", "cross_validation"]
    group_column: str | None = None
    """What told the groups apart when none of them was on both sides of a split."""
    method_sentence: str
    companions: dict[str, float | None]
    """Score name -> value on the same rows; None where not defined."""
    companion_baselines: dict[str, float | None] = {}
    threshold: float | None = None
    roc: Curve | None = None
    precision_recall: Curve | None = None
    calibration: Curve | None = None
    calibration_counts: list[int] = []
    lift: Curve | None = None
    confusion: list[list[int]] | None = None
    """Rows: true class; columns: predicted class; in the order of ``classes``."""
    thresholds: list[dict[str, float]] | None = None
    """Binary: threshold, true_positive, false_positive, true_negative, false_negative, precision, recall."""
    predicted_actual: list[tuple[float, float]] | None = None
    """Regression: at most 1,000 (predicted, actual) points, evenly drawn."""
    residual_histogram: dict[str, list[float]] | None = None
    """Regression: ``edges`` and ``counts``."""
    interval_coverage: float | None = None
    """Regression: share of untouched rows inside their own 90 % interval."""
    costs: CostReport | None = None
    """What answers cost on these rows, when costs were stated."""


class Importance(BaseModel):
    """Permutation importance of one input column: loss of score when its values are shuffled, with a 95 % interval."""

    model_config = ConfigDict(frozen=True)
    column: str
    loss: float
    low: float
    high: float


class TwinReport(BaseModel):
    """The twin beside the full model: both scores on the same untouched rows, what both cost, and a sentence.

    ``worse`` is what the twin loses, positive when it is worse, with the 95 % interval of the paired difference
    (``worse_interval``, None when it cannot be told). Without a twin only ``sentence`` is there, which says why.
    """

    model_config = ConfigDict(frozen=True)
    sentence: str
    candidate: str | None = None
    metric: str | None = None
    score: float | None = None
    interval: tuple[float, float] | None = None
    full_score: float | None = None
    worse: float | None = None
    worse_interval: tuple[float, float] | None = None
    n_rows: int = 0
    """Rows both were scored on."""
    ms_per_row: float | None = None
    """Measured in a batch, from raw values to answers; the same for the full model below."""
    full_ms_per_row: float | None = None
    megabytes: float | None = None
    full_megabytes: float | None = None


@dataclass(frozen=True)
class Twin:
    """A small model that answers as the full one does. ``model`` and ``evaluation`` are None when there is none."""

    report: TwinReport
    model: Model | None = None
    evaluation: Evaluation | None = None


@dataclass(frozen=True)
class TrainingResult:
    """A model, its honest score, and all that was tried.

    ``model`` learned from ``n_rows_learned`` rows; ``evaluation`` says which rows gave the score. ``test_rows`` are
    positions (0-based, in the given frame) of the untouched rows, ``test_predictions`` the predictions the score was
    computed from (class probabilities or values), so that a verifier can compute it again.
    """

    model: Model
    problem: Problem
    options: TrainingOptions
    profile: TableProfile
    evaluation: Evaluation
    candidates: list[CandidateReport]
    importances: list[Importance]
    best_candidate: str
    test_rows: FloatArray
    test_target: FloatArray
    test_predictions: FloatArray
    n_rows: int
    """Rows used (a target was present)."""
    n_rows_learned: int
    """Rows the delivered model learned from: all that were used, or fewer when there was no time for a last fit."""
    n_rows_without_target: int
    data_hash: str
    plan: dict[str, Any]
    """The trial plan: what was tried with which settings, rounds and folds, enough to replay it."""
    warnings: list[str] = field(default_factory=list)
    imbalance: ImbalanceReport | None = None
    """How a rare class was dealt with; None when no class is rare and nothing was asked for."""
    seconds: float = 0.0
    curve: list[CurvePoint] = field(default_factory=list)
    outlook: Outlook | None = None
    """None when there is nothing to tell it from."""
    twin: Twin | None = None
    """None when none was asked for."""
    timings: dict[str, float] = field(default_factory=dict)
    """Measured wall seconds by part, in order: reading (with all that came before), profiling, preparing, learning,
    finishing. The first two are only there when the pipeline did them."""

    @property
    def test_rows_hash(self) -> str:
        """Equal for two runs that were scored on the same rows for the same target; with cross-validation all rows
        count, also when the time did not reach for all folds."""
        if self.evaluation.method == "cross_validation":
            return hash_json([self.evaluation.target, "all", self.n_rows])
        return hash_json([self.evaluation.target, np.asarray(self.test_rows, dtype=np.int64).tolist()])


ProgressCallback = Callable[[Progress], None]
"""Receives live progress; raises ``Canceled`` to stop (best so far is kept when there is one)."""
