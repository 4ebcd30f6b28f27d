"""The whole evaluation of a model on a table with the truth in it, part by part, within a time and a number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.errors import NotApplicable
from narrative.engine.evaluation import curves
from narrative.engine.evaluation.cases import WorstErrors, worst_errors
from narrative.engine.evaluation.clusters import ErrorClusters, error_clusters
from narrative.engine.evaluation.confusion import Confusion, Money, confusion, money
from narrative.engine.evaluation.curves import Band, Calibration
from narrative.engine.evaluation.dependence import Dependence, partial_dependence
from narrative.engine.evaluation.extrapolation import Extrapolation, Known
from narrative.engine.evaluation.figures import Figures, measure
from narrative.engine.evaluation.groups import Fairness, fairness
from narrative.engine.evaluation.learning import (
    LearningCurve,
    OverfitAlarm,
    Promise,
    learning_curve,
    overfit_alarm,
    promise,
)
from narrative.engine.evaluation.mitigation import Mitigation, even_out
from narrative.engine.evaluation.residuals import Residuals, residuals
from narrative.engine.evaluation.rows import Rows, gather
from narrative.engine.evaluation.slices import Slices, weakest
from narrative.engine.evaluation.space import Space
from narrative.engine.evaluation.subject import Subject, subject_of
from narrative.engine.explain.importance import Part, permutation_importance
from narrative.engine.story.types import Sentence
from narrative.engine.training.imbalance_types import Costs
from narrative.engine.training.types import Importance
from narrative.engine.types import IntArray, Label, Problem

if TYPE_CHECKING:
    from narrative.engine.bundle import Bundle, Predictor
    from narrative.engine.model import Model

BUDGET_SECONDS: Final = 60.0
MOST_CELLS: Final = 20_000
IMPORTANCE_ROWS: Final = 2_000
EXPLAINED_COLUMNS: Final = 6
REPEATS: Final = 5
T = TypeVar("T")


class LeftOut(BaseModel):
    """A part that was not computed, and why: it does not suit, or the time was over."""

    model_config = ConfigDict(frozen=True)
    part: str
    reason: str


class Evaluation(BaseModel):
    """All that was found out about a model on these rows; a part that does not suit is None and stands in ``left_out``.

    The same model, rows and seed give the same evaluation, as long as the time lets every part be done.
    """

    model_config = ConfigDict(frozen=True)
    problem: Problem
    target: str
    classes: list[Label]
    threshold: float | None
    n_given: int
    n_scored: int
    n_with_cells: int
    """Rows that the parts about cells (slices, cases, importance …) were made of: all, or a fair sample."""
    seed: int
    notes: list[str]
    figures: Figures
    promise: Promise | None = None
    roc: Band | None = None
    precision_recall: Band | None = None
    gain: Band | None = None
    lift: Band | None = None
    calibration: Calibration | None = None
    confusion: Confusion | None = None
    money: Money | None = None
    residuals: Residuals | None = None
    slices: Slices | None = None
    fairness: list[Fairness] = []
    mitigation: list[Mitigation] = []
    worst_errors: WorstErrors | None = None
    error_clusters: ErrorClusters | None = None
    extrapolation: Extrapolation | None = None
    overfit: OverfitAlarm | None = None
    learning: LearningCurve | None = None
    importance: list[Importance] = []
    dependence: list[Dependence] = []
    left_out: list[LeftOut] = []

    @property
    def sentences(self) -> list[Sentence]:
        """What was found, a sentence a part, in the order of the parts; each number in them is a proven fact."""
        told = []
        for name in type(self).model_fields:
            part = getattr(self, name)
            for each in part if isinstance(part, list) else [part]:
                words = getattr(each, "words", None)
                if words is not None and words.sentence is not None:
                    told.append(words.sentence)
        return told


@dataclass
class _Work:
    """Parts as they are done: nothing begins after the deadline, and nothing that does not suit stops the others."""

    deadline: Deadline
    say: Callable[[str, float], None]
    left_out: list[LeftOut] = field(default_factory=list)
    done: int = 0

    def part(self, name: str, make: Callable[[], T]) -> T | None:
        """What a part gives; None with its reason in ``left_out``."""
        self.done += 1
        if self.deadline.passed():
            self.left_out.append(LeftOut(part=name, reason="The time was over before it began."))
            return None
        self.say(name.replace("_", " "), min(self.done / 24, 1.0))
        try:
            return make()
        except NotApplicable as reason:
            self.left_out.append(LeftOut(part=name, reason=reason.message))
            return None


def evaluate(
    model: Bundle | Predictor | Model | Subject,
    tables: pl.DataFrame | Iterable[pl.DataFrame],
    target: str | None = None,
    *,
    known: pl.DataFrame | None = None,
    groups: Sequence[str] = (),
    costs: Costs | None = None,
    budget: float = BUDGET_SECONDS,
    most_cells: int = MOST_CELLS,
    seed: int = 42,
    say: Callable[[str, float], None] | None = None,
    clock: Clock | None = None,
) -> Evaluation:
    """Evaluate a model on rows it has not learned from.

    Args:
        tables: a table with the truth in it, or its pieces: each is let go before the next is asked for.
        target: column with the truth; None: the one the model predicts.
        known: rows the model learned from; with them it can be told what lies beyond them, whether they were learned by
            heart, and whether more rows would help.
        groups: columns whose groups are to fare alike.
        costs: what each mistake costs, for two classes.
        budget: seconds; parts that would begin later are left out and listed. Scores come first.
        most_cells: rows whose cells are kept for slices, cases and the like.
        say: told the part that begins and the share done.

    Raises:
        InvalidInput: ``target_unknown``, ``not_a_model``, ``column_unknown``.
        NotApplicable: ``no_rows``.
    """
    subject = subject_of(model)
    work = _Work(Deadline(clock or SystemClock(), budget), say or _say_nothing)
    column = target or subject.target
    gathered = gather(subject, _pieces(tables), column, most_cells=most_cells, seed=seed)
    whole, sample = gathered.whole, gathered.sample
    # Scores are never left out for time: without them there is no evaluation.
    parts: dict[str, Any] = {"figures": measure(whole, seed=seed)}
    parts["promise"] = work.part("promise", lambda: promise(subject, whole, seed=seed))
    parts |= _charts(work, subject, whole, costs, seed)
    parts |= _weak_spots(work, subject, sample, seed)
    parts |= _groups(work, subject, sample, groups, costs, seed)
    if known is not None:
        parts |= _against_known(work, subject, sample, known, column, most_cells, seed)
    parts |= _explained(work, subject, sample, seed)
    return Evaluation(
        problem=subject.problem,
        target=column,
        classes=subject.classes,
        threshold=subject.threshold if subject.problem == "binary" else None,
        n_given=gathered.n_given,
        n_scored=whole.size,
        n_with_cells=sample.size,
        seed=seed,
        notes=gathered.notes,
        left_out=work.left_out,
        **parts,
    )


def _pieces(tables: pl.DataFrame | Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    if isinstance(tables, pl.DataFrame):
        yield tables
    else:
        yield from tables


def _charts(work: _Work, subject: Subject, rows: Rows, costs: Costs | None, seed: int) -> dict[str, Any]:
    """What needs truth and predictions alone."""
    if rows.problem == "regression":
        return {"residuals": work.part("residuals", lambda: residuals(rows, subject.intervals))}
    parts: dict[str, Any] = {"confusion": work.part("confusion", lambda: confusion(rows, subject.classes))}
    if rows.problem == "multiclass":
        return parts
    parts |= {
        "roc": work.part("roc", lambda: curves.roc(rows)),
        "precision_recall": work.part("precision_recall", lambda: curves.precision_recall(rows)),
        "gain": work.part("gain", lambda: curves.gain(rows)),
        "lift": work.part("lift", lambda: curves.lift(rows)),
        "calibration": work.part("calibration", lambda: curves.calibration(rows, seed=seed)),
    }
    if costs is not None:
        parts["money"] = work.part("money", lambda: money(rows, costs, seed=seed))
    return parts


def _weak_spots(work: _Work, subject: Subject, rows: Rows, seed: int) -> dict[str, Any]:
    def clustered() -> ErrorClusters:
        return error_clusters(Space.learn(subject, rows.cells, seed=seed), rows, seed=seed)

    return {
        "slices": work.part("slices", lambda: weakest(rows, seed=seed)),
        "worst_errors": work.part("worst_errors", lambda: worst_errors(rows, subject.classes, seed=seed)),
        "error_clusters": work.part("error_clusters", clustered),
    }


def _groups(  # noqa: PLR0917 - what every part is given
    work: _Work, subject: Subject, rows: Rows, groups: Sequence[str], costs: Costs | None, seed: int
) -> dict[str, Any]:
    fair, evened = [], []
    for column in groups:
        found = work.part("fairness", lambda c=column: fairness(rows, c, intervals=subject.intervals))  # type: ignore[misc]
        if found is None:
            continue
        fair.append(found)
        if found.n_differences:
            evened.append(work.part("mitigation", lambda c=column: even_out(rows, c, costs=costs, seed=seed)))  # type: ignore[misc]
    return {"fairness": fair, "mitigation": [each for each in evened if each is not None]}


def _against_known(  # noqa: PLR0917 - what every part is given
    work: _Work, subject: Subject, rows: Rows, known: pl.DataFrame, target: str, most_cells: int, seed: int
) -> dict[str, Any]:
    """What can be told when the rows the model learned from are at hand."""
    seen = gather(subject, [known], target, most_cells=most_cells, seed=seed).sample

    def beyond() -> Extrapolation:
        judged = Known.learn(seen.cells.select(subject.columns), seed=seed).judge(rows.cells.select(subject.columns))
        moved = [alarm.model_copy(update={"row": int(rows.positions[alarm.row])}) for alarm in judged.alarms]
        return judged.model_copy(update={"alarms": moved})

    return {
        "extrapolation": work.part("extrapolation", beyond),
        "overfit": work.part("overfit", lambda: overfit_alarm(seen, rows, seed=seed)),
        "learning": work.part(
            "learning", lambda: learning_curve(subject, seen, rows, deadline=work.deadline, seed=seed)
        ),
    }


def _explained(work: _Work, subject: Subject, rows: Rows, seed: int) -> dict[str, Any]:
    """Importance of the columns, and how answers depend on the most important ones."""

    def important() -> list[Importance]:
        few = rows.at(_some(rows, seed))
        part = Part(few.cells.select(subject.columns), few.target, subject.predict)
        found = permutation_importance(
            rows.problem, [part], subject.columns, repeats=REPEATS, seed=seed, deadline=work.deadline
        )
        if not found:
            raise NotApplicable("too_few_rows", "The score is not defined for these rows, or the time was over.")
        return found

    importance = work.part("importance", important) or []
    dependence = []
    for each in importance[:EXPLAINED_COLUMNS]:
        told = work.part(
            "dependence",
            lambda name=each.column: partial_dependence(subject, rows, name, seed=seed),  # type: ignore[misc]
        )
        if told is not None:
            dependence.append(told)
    return {"importance": importance, "dependence": dependence}


def _some(rows: Rows, seed: int) -> IntArray:
    return np.sort(np.random.default_rng(seed).permutation(rows.size)[:IMPORTANCE_ROWS])


def _say_nothing(part: str, share: float) -> None:
    """Progress that nobody asked for."""
