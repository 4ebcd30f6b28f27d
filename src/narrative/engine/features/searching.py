"""The search for ideas: chosen on training rows of each fold, measured on its other rows, within a time budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.errors import Canceled, InvalidInput
from narrative.core.plugins import discover
from narrative.engine.features.idea_types import Idea, IdeaReport, IdeaState, MeasuredIdea
from narrative.engine.features.ideas.base import IdeaKind, Look
from narrative.engine.features.intervals import Interval, corrected_interval
from narrative.engine.features.light import better, score_of
from narrative.engine.features.material import Material
from narrative.engine.features.selection.base import Say
from narrative.engine.profile.association import association, target_codes
from narrative.engine.recipe import Recipe
from narrative.engine.scores import primary_score
from narrative.engine.steps._columns import is_number
from narrative.engine.steps.base import FitContext
from narrative.engine.types import FloatArray, IntArray, Problem

BUDGET_SECONDS: Final = 30.0
REPEATS: Final = 2
CHOSEN_PER_FOLD: Final = 12
"""Ideas a fold measures: those its training rows speak for most, and the likeliest of every other kind."""
INNER_FOLDS: Final = 3
GROUPS: Final = 10
LEAST_FOLDS: Final = 3
FEWEST, MOST = 5, 10
"""Ideas that are shown as worth a look."""


@dataclass
class _Found:
    """An idea and its gains in the folds whose training rows chose it."""

    idea: Idea
    chosen: list[float] = field(default_factory=list)


def all_kinds() -> list[IdeaKind]:
    """Every kind of idea that can run here, the likeliest to help first."""
    found = discover("narrative.engine.features.ideas", IdeaKind)
    return sorted((kind for each in found.values() if (kind := each()).can_run()), key=lambda kind: kind.order)


def find_ideas(
    material: Material,
    *,
    budget_seconds: float = BUDGET_SECONDS,
    clock: Clock | None = None,
    say: Say = lambda _message, _share: None,
    should_stop: Callable[[], bool] | None = None,
) -> IdeaReport:
    """Ideas for new columns with the gain each brings to the quick model.

    Nested cross-validation: in every outer fold the training rows alone choose which ideas are measured (by how well
    the new columns explain what an inner cross-validation left over), and the other rows measure them, paired with the
    same model without the idea. Folds that did not choose an idea do not count for it.
    Source: Varma & Simon (2006), "Bias in error estimation when using cross-validation for model selection", BMC
    Bioinformatics 7; interval: see :func:`corrected_interval`.

    Args:
        budget_seconds: no fold begins that would probably end later; at least one fold is measured.

    Raises:
        Canceled: stopped.
    """
    clock = clock or SystemClock()
    started, deadline = clock.monotonic(), Deadline(clock, budget_seconds)
    found: dict[str, _Found] = {}
    folds = [fold for repeat in range(REPEATS) for fold in material.folds(repeat)]
    scores, slowest = list[float](), 0.0
    for place, (train, other) in enumerate(folds):
        if place and deadline.remaining() < slowest:
            break
        begun = clock.monotonic()
        say(f"Measuring ideas, part {place + 1} of {len(folds)}", place / len(folds))
        fold = _Fold(material, train, other, deadline if place else None, should_stop)
        fold.measure(found)
        if fold.score is not None:
            scores.append(fold.score)
        slowest = max(slowest, clock.monotonic() - begun)
    measured = sorted((_measured(each, len(scores)) for each in found.values()), key=_rank)
    shown, rejected = _divided(measured)
    score = primary_score(material.problem)
    return IdeaReport(
        target=material.target_name,
        problem=material.problem,
        metric=score.name,
        metric_title=score.title,
        higher_is_better=score.higher_is_better,
        score=float(np.mean(scores)) if scores else None,
        ideas=shown,
        rejected=rejected,
        notes=_notes(material, len(scores), len(folds)),
        rows_used=material.frame.height,
        rows_there=material.n_rows_there,
        keeps_test_apart=material.keeps_test_apart,
        folds=len(scores),
        seconds=clock.monotonic() - started,
        budget_seconds=budget_seconds,
        tried=len(found),
    )


class _Fold:
    """One outer fold."""

    def __init__(
        self,
        material: Material,
        train: IntArray,
        other: IntArray,
        deadline: Deadline | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._material, self._deadline, self._stop = material, deadline, should_stop
        self._prepared = material.prepared(train, other)
        rows = self._prepared.train_rows
        self._context = material.context(rows)
        self._train = material.frame[train]
        self._after, self._other = self._train, material.frame[other]
        if any(step.enabled for step in material.steps):
            fitted, self._after = Recipe(material.steps).fit_apply(self._train, material.context(train))
            self._other = fitted.apply(self._other)
        self._wanted = _as_columns(self._prepared.train_target, material.problem, material.target.n_classes)
        self._plain = self._scored(self._prepared.train, self._prepared.other)

    @property
    def score(self) -> float | None:
        """Of the quick model without any idea."""
        return self._plain

    def measure(self, found: dict[str, _Found]) -> None:
        """Choose ideas on the training rows, measure them on the others, and note the gains."""
        if self._plain is None:
            return
        sign = better(self._material.problem)
        for idea, made, chosen in self._ranked():
            known = found.setdefault(idea.id, _Found(idea))
            if made is None or not chosen or (self._deadline is not None and self._deadline.passed()):
                continue
            self._check_stop()
            score = self._scored(*self._with(*made))
            if score is not None:
                known.chosen.append(sign * (score - self._plain))

    def _ranked(self) -> list[tuple[Idea, tuple[FloatArray, FloatArray, list[str]] | None, bool]]:
        """Ideas with their new columns on both sides, those the training rows speak for first."""
        residual, alone = self._residual(), dict[str, float]()
        worth: list[tuple[float, int, Idea, tuple[FloatArray, FloatArray, list[str]] | None]] = []
        look = _look(self._material, self._after, self._context)
        for kind in all_kinds():
            for place, idea in enumerate(kind.propose(look)):
                self._check_stop()
                made = self._made(idea)
                value = -1.0 if made is None else self._worth(idea, made[0], residual, alone)
                worth.append((value, place, idea, made))
        worth.sort(key=lambda item: -item[0])
        chosen: list[int] = []
        kinds: dict[str, int] = {}
        for index, (value, _, idea, made) in enumerate(worth):
            several = kinds.get(idea.kind, 0)
            # Not more than four of a kind, so that ten variations of one thought do not crowd out the others.
            if made is not None and value > 0 and several < 4 and len(chosen) < CHOSEN_PER_FOLD:
                chosen.append(index)
                kinds[idea.kind] = several + 1
        picked = set(chosen)
        return [(idea, made, index in picked) for index, (_, _, idea, made) in enumerate(worth)]

    def _worth(self, idea: Idea, made: FloatArray, residual: FloatArray, alone: dict[str, float]) -> float:
        """What new columns explain of what was left over, and how much more of the target than any column they are
        made of does by itself."""
        groups = self._prepared.groups
        for name in idea.columns:
            if name not in alone:
                features = self._prepared.train[:, groups.get(name, [])].T
                alone[name] = max((_explained(values, self._wanted) for values in features), default=0.0)
        ahead = max(_explained(values, self._wanted) for values in made.T) - max(alone[name] for name in idea.columns)
        return max(_explained(values, residual) for values in made.T) + max(ahead, 0.0)

    def _made(self, idea: Idea) -> tuple[FloatArray, FloatArray, list[str]] | None:
        """New columns of the training rows and of the others, and their names; None when the steps do not fit."""
        try:
            fitted, after = Recipe(idea.steps).fit_apply(self._after, self._context)
            other = fitted.apply(self._other)
        except InvalidInput:
            return None
        before = self._after.schema
        names = [
            name
            for name, dtype in after.schema.items()
            if is_number(dtype) and (name not in before or not after[name].equals(self._after[name]))
        ]
        if not names or after.height != self._after.height:
            return None
        train, others = (frame.select(pl.col(names).cast(pl.Float64)).to_numpy() for frame in (after, other))
        return _finite(train), _finite(others), names

    def _with(self, train: FloatArray, other: FloatArray, names: list[str]) -> tuple[FloatArray, FloatArray]:
        """The features with the new columns; a column that the idea replaces gives way."""
        gone = {place for name in names for place in self._prepared.groups.get(name, [])}
        rest = [place for place in range(self._prepared.train.shape[1]) if place not in gone]
        return np.hstack([self._prepared.train[:, rest], train]), np.hstack([self._prepared.other[:, rest], other])

    def _scored(self, train: FloatArray, other: FloatArray) -> float | None:
        model = self._material.fit(train, self._prepared.train_target)
        return score_of(self._material.problem, self._prepared.other_target, model.predict(other))

    def _residual(self) -> FloatArray:
        """What the quick model leaves over of the training rows' target, ``n × outputs``, out of inner folds."""
        features, target = self._prepared.train, self._prepared.train_target
        problem = self._material.problem
        left = np.empty_like(self._wanted)
        parts = np.random.default_rng(self._material.seed).permutation(target.size) % INNER_FOLDS
        for part in range(INNER_FOLDS):
            self._check_stop()
            inside = parts != part
            model = self._material.fit(features[inside], target[inside])
            predicted = model.predict(features[~inside])
            left[~inside] = self._wanted[~inside] - _as_columns(predicted, problem)
        return left

    def _check_stop(self) -> None:
        if self._stop is not None and self._stop():
            raise Canceled("canceled", "The search for ideas was stopped.")


def _look(material: Material, after: pl.DataFrame, context: FitContext) -> Look:
    """Strength of every column on these training rows only."""
    strength: dict[str, float] = {}
    if context.target is not None:
        codes = target_codes(context.target, material.problem)
        for column in material.profile.columns:
            if column.name in after.columns:
                series = after[column.name]
                ordered = series.drop_nulls().to_physical().sort().to_numpy() if column.kind in _ORDERED else None
                if ordered is not None and not ordered.size:
                    continue
                found = association(series, ordered, codes)
                strength[column.name] = 0.0 if found is None else found.value
    columns = [c for c in material.profile.columns if c.name in after.columns and c.name != material.target_name]
    return Look(columns, strength, barren=not material.columns)


_ORDERED: Final = frozenset({"integer", "decimal", "date", "datetime"})


def _explained(values: FloatArray, residual: FloatArray) -> float:
    """Share of the residual's variance between ten groups of the values, adjusted for their number; missing is one.

    Source: Kelley (1935), epsilon squared, as in :func:`narrative.engine.profile.association.correlation_ratio`.
    """
    here = np.isfinite(values)
    if here.sum() < GROUPS or np.ptp(values[here]) == 0:
        return -1.0
    edges = np.unique(np.quantile(values[here], np.linspace(0, 1, GROUPS + 1)[1:-1]))
    groups = np.where(here, np.searchsorted(edges, np.where(here, values, 0.0), side="right"), edges.size + 1)
    sizes = np.bincount(groups)
    k, n = int((sizes > 0).sum()), values.size
    if k < 2 or n <= k:
        return -1.0
    best = -1.0
    for column in residual.T:
        centred = column - column.mean()
        total = float((centred**2).sum())
        if total > 0:
            sums = np.bincount(groups, weights=centred)
            within = total - float((sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum())
            best = max(best, 1.0 - within / (n - k) / (total / (n - 1)))
    return best


def _as_columns(values: FloatArray, problem: Problem, n_classes: int = 0) -> FloatArray:
    """Target or predictions, ``n × outputs``: one column for numbers and for two classes."""
    if problem == "regression":
        return values[:, None]
    columns = np.eye(n_classes)[values.astype(np.int64)] if values.ndim == 1 else values
    return columns[:, 1:] if problem == "binary" else columns


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, np.nan)


def _measured(found: _Found, folds: int) -> MeasuredIdea:
    idea, gains = found.idea, np.asarray(found.chosen)
    interval = corrected_interval(gains, train_share=0.8) if gains.size >= LEAST_FOLDS else None
    state, reason = _verdict(idea, gains, interval, folds)
    return MeasuredIdea(
        id=idea.id,
        kind=idea.kind,
        sentence=idea.sentence,
        formula=idea.formula,
        columns=idea.columns,
        steps=[step.model_dump(mode="json") for step in idea.steps],
        state=state,
        reason=reason,
        gain=None if interval is None else interval.mean,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        folds=int(gains.size),
        chosen=int(gains.size),
    )


def _verdict(idea: Idea, gains: FloatArray, interval: Interval | None, folds: int) -> tuple[IdeaState, str]:
    """Whether to show an idea, and why."""
    if interval is None:
        if folds < LEAST_FOLDS:
            return "not_measured", "There was no time to measure it in enough parts of the rows."
        return "rejected", f"Training rows spoke for it in {gains.size:,} of {folds:,} parts only."
    if interval.low > 0:
        return "helps", f"It helped in {int((gains > 0).sum()):,} of {gains.size:,} parts, more than luck would."
    if interval.mean > 0:
        if idea.done_already:
            return "rejected", "The automatic preparation makes much the same already; what it adds may be luck."
        return "may_help", f"It helped in {int((gains > 0).sum()):,} of {gains.size:,} parts, which may be luck."
    return "rejected", f"On rows it had not seen it helped in {int((gains > 0).sum()):,} of {gains.size:,} parts only."


_STATES: Final = {"helps": 0, "may_help": 1, "rejected": 2, "not_measured": 3}


def _rank(idea: MeasuredIdea) -> tuple[int, float, str]:
    return _STATES[idea.state], -(idea.gain if idea.gain is not None else float("-inf")), idea.formula


def _divided(measured: list[MeasuredIdea]) -> tuple[list[MeasuredIdea], list[MeasuredIdea]]:
    """Up to ten that help; where these are fewer than five, the best of those that may help beside them."""
    helping = [idea for idea in measured if idea.state == "helps"][:MOST]
    maybe = [idea for idea in measured if idea.state == "may_help"][: max(FEWEST - len(helping), 0)]
    shown = [*helping, *maybe]
    known = {idea.id for idea in shown}
    rest = [idea for idea in measured if idea.id not in known]
    return shown, [
        idea.model_copy(update={"state": "rejected", "reason": "Others help more."}) if idea.state == "helps" else idea
        for idea in rest
    ]


def _notes(material: Material, done: int, planned: int) -> list[str]:
    notes = []
    if not material.columns:
        notes.append(
            "There are only identifiers and constants here. Ideas are made of counts, of text and of groups; dates and "
            "measurements would help more."
        )
    if done < planned:
        notes.append(f"The time allowed for {done:,} of {planned:,} parts; with more time the intervals get narrower.")
    if material.frame.height < material.n_rows_there:
        notes.append(f"Measured on {material.frame.height:,} of {material.n_rows_there:,} rows.")
    if not material.keeps_test_apart:
        notes.append("The table is small, so the rows that will score the model took part in these measurements.")
    return notes
