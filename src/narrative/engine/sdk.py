"""The library as people use it in a notebook or a script: ``narrative.load``, ``profile``, ``model``.

Everything goes through the same pipeline as the command line, so the numbers are the same for the same seed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from narrative.core.errors import NotFound
from narrative.engine.bundle import Bundle, Predictions, load_bundle
from narrative.engine.checks.base import Finding
from narrative.engine.effects import carry_out
from narrative.engine.pipeline import BUNDLE_NAME, HTML_NAME, TWIN_NAME, PipelineOutcome, run_pipeline
from narrative.engine.profile import profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.recipe import Recipe
from narrative.engine.story.types import Story
from narrative.engine.tables import ReadOptions, content_hash, frame_from, read_table, write_table
from narrative.engine.tables.stored import StoredTable
from narrative.engine.training.imbalance_types import CostReport, Costs, ImbalanceChoice, ImbalanceReport
from narrative.engine.training.types import (
    CandidateReport,
    Evaluation,
    Importance,
    ProgressCallback,
    TrainingOptions,
    TwinReport,
)
from narrative.engine.types import Label, Problem

if TYPE_CHECKING:
    from narrative.engine.evaluation import Evaluation as FullEvaluation
    from narrative.engine.exploration.groups import FoundGroups
    from narrative.engine.exploration.unusual import FoundUnusual
    from narrative.engine.forecasting.types import ForecastResult

__all__ = [
    "ModelOutcome", "Recipe", "apply", "content_hash", "evaluate", "forecast", "groups", "load", "model",
    "profile", "unusual",
]  # fmt: skip


def load(path: str | Path, **options: Any) -> pl.DataFrame:
    """The table of a file (CSV, JSON, Parquet, Feather, XLSX and relatives), encoding, delimiter and types found out.

    Bad rows are left out; :func:`narrative.engine.tables.read_table` gives the account of every guess and repair.

    Args:
        options: what is said instead of a guess, the fields of :class:`narrative.engine.tables.types.ReadOptions`
            (``delimiter=";"``, ``decimal=","``, ``sheet="2025"``).
    """
    return read_table(Path(path), options=ReadOptions(**options)).frame


def apply(
    recipe: Recipe,
    table: Any,
    *,
    target: str | None = None,
    problem: Problem | None = None,
    tables: Mapping[str, pl.DataFrame] | None = None,
    allow_data_loss: bool = False,
) -> pl.DataFrame:
    """A table after the steps of a recipe, exactly as the studio makes a new version.

    Args:
        target: the column to predict; steps do not see it and it stays as it is.
        tables: further tables by the version id that steps such as join name.
        allow_data_loss: needed when more than half of the rows or values would go.

    Raises:
        InvalidInput: what is wrong with a step, naming it, its column and its value.
    """
    with tempfile.TemporaryDirectory(prefix="narrative-recipe-") as name:
        folder, others = Path(name), {}
        write_table(_frame(table), folder / "table.parquet")
        for number, (version, other) in enumerate((tables or {}).items()):
            others[version] = str(folder / f"other-{number}.parquet")
            write_table(other, Path(others[version]))
        carry_out(
            recipe,
            StoredTable(folder / "table.parquet"),
            folder / "after.parquet",
            target=target,
            problem=problem,
            tables=others,
            allow_data_loss=allow_data_loss,
        )
        return pl.read_parquet(folder / "after.parquet")


def profile(table: Any, target: str | None = None) -> TableProfile:
    """What is in a table: kinds, statistics, quality, findings. Accepts a path, Polars, pandas, or plain columns."""
    return profile_table(_frame(table), target=target)


def groups(table: Any, *, number: int | None = None, seed: int = 42) -> FoundGroups:
    """Rows that are alike in several columns, or the account that there are no clear groups.

    The account is in ``result``, the group of every row in ``labels``; see
    :func:`narrative.engine.exploration.find_groups`.
    """
    from narrative.engine.exploration import find_groups

    return find_groups(_frame(table), number=number, seed=seed)


def unusual(table: Any, *, reference: Any = None, alarm_rate: float = 0.01, seed: int = 42) -> FoundUnusual:
    """Rows that are unlike the others, or unlike a ``reference``, with reasons.

    See :func:`narrative.engine.exploration.find_unusual`.
    """
    from narrative.engine.exploration import find_unusual

    usual = None if reference is None else _frame(reference)
    return find_unusual(_frame(table), reference=usual, alarm_rate=alarm_rate, seed=seed)


def forecast(
    table: Any,
    target: str,
    *,
    time: str,
    horizon: int,
    series: str | None = None,
    combine: Literal["sum", "mean"] | None = None,
    budget: float = 60,
    seed: int = 42,
) -> ForecastResult:
    """The next values of a column with intervals, tested on its last periods.

    See :func:`narrative.engine.forecasting.find_forecast`.
    """
    from narrative.engine.forecasting import find_forecast

    return find_forecast(_frame(table), target, time, horizon, series=series, combine=combine, budget=budget, seed=seed)


def evaluate(
    model: Bundle | ModelOutcome | str | Path,
    table: Any,
    target: str | None = None,
    *,
    known: Any = None,
    groups: Sequence[str] = (),
    costs: Mapping[str, float] | None = None,
    budget: float = 60,
    seed: int = 42,
) -> FullEvaluation:
    """How good a model is on rows with the truth in them, how sure that is, and where it is weak.

    Args:
        model: what :func:`model` gave, a loaded bundle, or a model file.
        target: column with the truth; None: the one the model predicts.
        known: rows the model learned from; with them it is told what lies beyond them and what was learned by heart.
        groups: columns whose groups are to fare alike.
        costs: ``{"false_positive": …, "false_negative": …}``.

    See :func:`narrative.engine.evaluation.evaluate`.
    """
    from narrative.engine.evaluation import evaluate as evaluate_rows

    bundle = model.bundle if isinstance(model, ModelOutcome) else model
    return evaluate_rows(
        load_bundle(Path(bundle)) if isinstance(bundle, str | Path) else bundle,
        _frame(table),
        target,
        known=None if known is None else _frame(known),
        groups=groups,
        costs=None if costs is None else Costs(**costs),
        budget=budget,
        seed=seed,
    )


def model(
    table: Any,
    target: str,
    *,
    budget: float = 60,
    seed: int = 42,
    problem: Literal["auto", "binary", "multiclass", "regression"] = "auto",
    candidates: list[str] | None = None,
    metric: str = "auto",
    split: Literal["auto", "random", "time", "group"] = "auto",
    group: str | None = None,
    imbalance: ImbalanceChoice = "auto",
    imbalance_settings: Mapping[str, float] | None = None,
    costs: Mapping[str, float] | None = None,
    max_ms_per_row: float | None = None,
    max_megabytes: float | None = None,
    twin: bool = False,
    on_progress: ProgressCallback | None = None,
) -> ModelOutcome:
    """The best model for a target that the budget (seconds of wall time) allows, tested and explained.

    Args:
        table: a path, a Polars or pandas frame, a mapping of columns or a list of rows.
        target: the column to predict.
        metric: the score that ranks models and is reported, such as "log_loss" or "f1"; "auto" takes that of the
            problem.
        split: how rows are set aside for the test.
        group: the column that tells groups apart (a customer, a machine); no group is then in training and test.
        imbalance: what is done about a rare class; "auto" takes a method only when it beats doing nothing.
        max_ms_per_row: the model may take at most so long for a row, in a batch.
        max_megabytes: its learned parts may be at most so large.
        twin: make a small model too that answers as the full one does; see ``twin`` and ``save_twin`` of the result.
        costs: ``{"false_positive": …, "false_negative": …}``; the cut is put where answers cost least.

    Raises:
        NarrativeError: what is wrong with the table or the target, and what would work.
    """
    options = TrainingOptions(
        target=target,
        budget_seconds=budget,
        seed=seed,
        problem=problem,
        candidates=candidates,
        metric=metric,
        split="group" if group is not None and split == "auto" else split,
        group_column=group,
        imbalance=imbalance,
        imbalance_settings=dict(imbalance_settings or {}),
        costs=None if costs is None else Costs(**costs),
        max_ms_per_row=max_ms_per_row,
        max_megabytes=max_megabytes,
        twin=twin,
    )
    with tempfile.TemporaryDirectory(prefix="narrative-model-") as folder:
        outcome = run_pipeline(table, options, Path(folder), on_progress=on_progress)
        return ModelOutcome(outcome, load_bundle(outcome.bundle.path), _contents(Path(folder)))


class ModelOutcome:
    """A trained model and all that is known about it; the fields are those of ``narrative model --json``."""

    def __init__(self, outcome: PipelineOutcome, bundle: Bundle, files: dict[str, bytes]) -> None:
        self._outcome, self._files = outcome, files
        self.bundle = bundle

    @property
    def rows(self) -> int:
        return self._outcome.frame.height

    @property
    def columns(self) -> int:
        return self._outcome.frame.width

    @property
    def target(self) -> str:
        return self.evaluation.target

    @property
    def problem(self) -> Problem:
        return self._outcome.result.problem

    @property
    def primary_metric(self) -> str:
        return self.evaluation.metric

    @property
    def higher_is_better(self) -> bool:
        return self.evaluation.higher_is_better

    @property
    def score(self) -> float:
        """On rows the scored model never saw."""
        return self.evaluation.score

    @property
    def interval(self) -> tuple[float, float]:
        """Where the score on fresh rows lands in 95 of 100 cases."""
        return self.evaluation.interval

    @property
    def baseline_score(self) -> float:
        """The naive model on the same rows."""
        return self.evaluation.baseline_score

    @property
    def best_candidate(self) -> str:
        return self._outcome.result.best_candidate

    @property
    def candidates(self) -> list[CandidateReport]:
        """The leaderboard."""
        return self._outcome.result.candidates

    @property
    def classes(self) -> list[Label]:
        """Labels; of two, the last is the positive one. Empty for numbers."""
        return self.evaluation.classes

    @property
    def threshold(self) -> float | None:
        return self.evaluation.threshold

    @property
    def imbalance(self) -> ImbalanceReport | None:
        """How a rare class was dealt with, each way against doing nothing; None when no class is rare."""
        return self._outcome.result.imbalance

    @property
    def costs(self) -> CostReport | None:
        """What answers cost on untouched rows, against a cut at one half; None when no costs were stated."""
        return self.evaluation.costs

    @property
    def honesty_gap(self) -> float | None:
        return self.evaluation.honesty_gap

    @property
    def evaluation(self) -> Evaluation:
        """All scores and the points of every chart."""
        return self._outcome.result.evaluation

    @property
    def importances(self) -> list[Importance]:
        return self._outcome.result.importances

    @property
    def findings(self) -> list[Finding]:
        return self._outcome.profile.findings

    @property
    def profile(self) -> TableProfile:
        return self._outcome.profile

    @property
    def stories(self) -> list[Story]:
        """What was found, stage by stage, in plain words."""
        return self._outcome.stories

    @property
    def seconds(self) -> float:
        return self._outcome.seconds

    @property
    def warnings(self) -> list[str]:
        return self._outcome.warnings

    @property
    def twin(self) -> TwinReport | None:
        """The small model beside the full one, or why there is none; None when none was asked for."""
        made = self._outcome.result.twin
        return None if made is None else made.report

    def save_twin(self, path: str | Path) -> Path:
        """Write the model file of the twin there.

        Raises:
            NotFound: ``no_twin``, there is none; ``twin`` says why.
        """
        if self._outcome.twin is None:
            why = "None was asked for." if self.twin is None else self.twin.sentence
            raise NotFound("no_twin", f"There is no twin of this model. {why}", fix="Train again with twin=True.")
        return self._write(TWIN_NAME, path)

    def predict(self, table: Any, *, reasons: bool = False) -> Predictions:
        """Predictions for a table of the same columns (any order; unseen categories and missing values are fine)."""
        return self.bundle.predict(_frame(table), reasons=reasons)

    def save(self, path: str | Path) -> Path:
        """Write the model file there; ``Bundle.load(path)`` and ``narrative predict`` read it."""
        return self._write(BUNDLE_NAME, path)

    def save_report(self, path: str | Path) -> Path:
        """Write the report (one self-contained page) there."""
        return self._write(HTML_NAME, path)

    def _write(self, name: str, path: str | Path) -> Path:
        Path(path).write_bytes(self._files[name])
        return Path(path)

    def __repr__(self) -> str:
        low, high = self.interval
        return (
            f"<Model of {self.target!r}: {self.primary_metric} {self.score:.4g} ({low:.4g} to {high:.4g}), "
            f"baseline {self.baseline_score:.4g}, {self.best_candidate}>"
        )


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _frame(table: Any) -> pl.DataFrame:
    return load(table) if isinstance(table, str | Path) else frame_from(table)
