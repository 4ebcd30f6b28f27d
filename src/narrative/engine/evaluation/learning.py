"""Would more rows help, did the model learn its rows by heart, and does it keep what training promised?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from narrative.core.clock import Deadline
from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.figures import bounds, compute
from narrative.engine.evaluation.pairing import compare
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.subject import Subject
from narrative.engine.evaluation.telling import Named, among, beyond, more, tell
from narrative.engine.features.light import fit_light
from narrative.engine.scores import PRIMARY, all_scores, primary_score
from narrative.engine.scores.base import Score
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray

Fit = Callable[[pl.DataFrame, FloatArray], Callable[[pl.DataFrame], FloatArray]]
"""Learns from cells and a target (values or class indices), and gives the predictions of other cells."""
SHARES: Final = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
LEAST_LEARNED: Final = 30
BY_HEART: Final = 0.5
"""Share of the gain over guessing on learned rows that is lost on new ones, from which on the alarm is given."""


class LearningPoint(BaseModel):
    """The score of a model that learned from so many rows, on the same new rows, with its 95 % interval."""

    model_config = ConfigDict(frozen=True)
    n_rows: int
    score: float
    interval: tuple[float, float]


class LearningCurve(BaseModel):
    """Score by the number of rows learned from; ``verdict`` compares the last two, paired on the same rows."""

    model_config = ConfigDict(frozen=True)
    metric: str
    higher_is_better: bool
    baseline: float
    points: list[LearningPoint]
    verdict: Literal["still_rising", "flat", "unknown"]
    last_gain: float | None
    last_gain_interval: tuple[float, float] | None
    n_test_rows: int
    made_by: str
    words: ChartStory


class OverfitAlarm(BaseModel):
    """Score on rows that were learned from against new ones.

    ``lost`` is the share of the gain over guessing that is gone on new rows: 0 none, 1 all. The alarm is given when its
    whole 95 % interval is above one half.
    """

    model_config = ConfigDict(frozen=True)
    metric: str
    seen: float
    seen_interval: tuple[float, float]
    unseen: float
    unseen_interval: tuple[float, float]
    baseline: float
    lost: float
    lost_interval: tuple[float, float]
    is_alarmed: bool
    words: ChartStory


class Promise(BaseModel):
    """The score now against the one training stated; kept unless each lies outside the interval of the other."""

    model_config = ConfigDict(frozen=True)
    metric: str
    promised: float
    promised_interval: tuple[float, float]
    now: float
    interval: tuple[float, float]
    baseline: float
    is_kept: bool
    is_worse: bool
    words: ChartStory


def learning_curve(
    subject: Subject,
    known: Rows,
    new: Rows,
    *,
    fit: Fit | None = None,
    made_by: str = "quick trees",
    deadline: Deadline | None = None,
    seed: int = 42,
) -> LearningCurve:
    """How the score grows with the rows, up to all known ones.

    Args:
        known, new: rows with cells; models learn from parts of ``known`` and are scored on ``new``.
        fit: learns a model; None: quick boosted trees on the columns as the model prepares them, whose curve tells the
            shape and not the height.
        made_by: what ``fit`` is called in the sentence.
        deadline: sizes that would begin after it are left out.

    Raises:
        NotApplicable: ``too_few_rows``, or why the score does not apply.
    """
    score = primary_score(subject.problem)
    baseline = compute(score, new, new.naive)
    learn = _quick(subject) if fit is None else fit
    order = np.random.default_rng(seed).permutation(known.size)
    done: list[tuple[LearningPoint, Rows]] = []
    for share in SHARES:
        n_rows = round(share * known.size)
        if n_rows < LEAST_LEARNED or (deadline is not None and deadline.passed()):
            continue
        part = known.at(np.sort(order[:n_rows]))
        predictions = learn(part.cells, part.target)(new.cells)
        scored = Rows(new.problem, new.target, predictions, new.positions, new.threshold)
        value = compute(score, scored)
        interval = bounds(score, scored, value, seed=seed)
        done.append((LearningPoint(n_rows=n_rows, score=value, interval=interval), scored))
    if not done:
        raise NotApplicable("too_few_rows", f"It takes {LEAST_LEARNED} rows to learn from, and time for one model.")
    return _curve([point for point, _ in done], [rows for _, rows in done], score, baseline, made_by)


def _curve(
    points: list[LearningPoint], scored: list[Rows], score: Score, baseline: float, made_by: str
) -> LearningCurve:
    told: dict[str, object] = {"verdict": "unknown", "last_gain": None, "last_gain_interval": None}
    account = {
        "n": Named(points[-1].n_rows, "rows learned from at the end", "integer", "rows"),
        "score": Named(points[-1].score, "score with all rows", "score"),
        "metric": Named(score.title, "the score", "text"),
        "baseline": Named(baseline, "score of the same answer to every row", "score"),
        "made": Named(made_by, "what learned", "text"),
    }
    words = tell(account, "With {n:unit} the {metric} is {score}; the same answer to every row gives {baseline}.")
    if len(points) > 1:
        paired = compare(scored[-1], scored[-2], companions=False).primary
        if paired.interval is not None and paired.difference is not None:
            sign = 1.0 if score.higher_is_better else -1.0
            low, high = sorted((sign * paired.interval[0], sign * paired.interval[1]))
            rising = low > 0.0
            told = {
                "verdict": "still_rising" if rising else "flat",
                "last_gain": sign * paired.difference,
                "last_gain_interval": (low, high),
            }
            words = _curve_words(account, points, (low, high), sign * paired.difference)
    return LearningCurve.model_validate(
        {
            "metric": score.name,
            "higher_is_better": score.higher_is_better,
            "baseline": baseline,
            "points": points,
            "n_test_rows": scored[0].size,
            "made_by": made_by,
            "words": words,
            **told,
        }
    )


def _curve_words(
    account: dict[str, Named], points: list[LearningPoint], bounds_: tuple[float, float], gained: float
) -> ChartStory:
    full = account | {
        "before": Named(points[-2].n_rows, "rows before the last step", "integer", "rows"),
        "gain": Named(gained, "gain of the last step", "score"),
        "low": Named(bounds_[0], "lower end of that gain", "score"),
        "high": Named(bounds_[1], "upper end of that gain", "score"),
        "zero": Named(0.0, "a gain of zero", "score"),
    }
    text = "From {before:unit} to {n} the {metric} of {made} gained {gain} ({low} to {high})"
    return tell(
        full,
        (f"{text}: further rows may help.", more("low", "zero"), "order"),
        (f"{text}: rows like the last ones do not help.", more("zero", "high"), "order"),
        (f"{text}, which may be luck: further rows like these may help little.", among("zero", "low", "high"),
         "interval"),
    )  # fmt: skip


def _quick(subject: Subject) -> Fit:
    """Quick boosted trees on the rows as the model prepares them, or on their numbers."""

    def matrix(frame: pl.DataFrame) -> FloatArray:
        cells = frame.select(subject.columns)
        if subject.space is not None:
            return subject.space(cells)
        numbers = cells.select(
            pl.col(name).cast(pl.Float64) for name in cells.columns if cells[name].dtype.is_numeric()
        )
        return numbers.to_numpy().astype(np.float64)

    def fit(frame: pl.DataFrame, target: FloatArray) -> Callable[[pl.DataFrame], FloatArray]:
        if subject.problem != "regression" and np.unique(target).size < len(subject.classes):
            raise NotApplicable("one_class", "Part of the classes does not occur in so few rows.")
        model = fit_light(matrix(frame), target, subject.problem, len(subject.classes))
        return lambda rows: model.predict(matrix(rows))

    return fit


def overfit_alarm(seen: Rows, unseen: Rows, *, seed: int = 42) -> OverfitAlarm:
    """Whether the model learned its rows by heart.

    Raises:
        NotApplicable: why the score does not apply; ``learned_nothing`` when it does not beat guessing on known rows.
    """
    score = primary_score(seen.problem)
    sign = 1.0 if score.higher_is_better else -1.0
    known, new = compute(score, seen), compute(score, unseen)
    base = compute(score, unseen, unseen.naive)
    gain = sign * (known - compute(score, seen, seen.naive))
    known_bounds, new_bounds = bounds(score, seen, known, seed=seed), bounds(score, unseen, new, seed=seed)
    if gain <= 0.0 or sign * (known - base) <= 0.0:
        raise NotApplicable("learned_nothing", "On rows it has learned from it is not better than guessing.")
    whole = sign * (known - base)
    lost = 1.0 - sign * (new - base) / whole
    # The known score is taken as it is: these very rows are what was learned.
    edges = sorted(1.0 - sign * (bound - base) / whole for bound in new_bounds)
    alarmed = edges[0] > BY_HEART
    return OverfitAlarm(
        metric=score.name,
        seen=known,
        seen_interval=known_bounds,
        unseen=new,
        unseen_interval=new_bounds,
        baseline=base,
        lost=lost,
        lost_interval=(edges[0], edges[1]),
        is_alarmed=alarmed,
        words=_overfit_words(score.title, (known, new, base), lost, (edges[0], edges[1])),
    )


def _overfit_words(
    title: str, scores: tuple[float, float, float], lost: float, edges: tuple[float, float]
) -> ChartStory:
    account = {
        "metric": Named(title, "the score", "text"),
        "seen": Named(scores[0], "score on rows it learned from", "score"),
        "unseen": Named(scores[1], "score on new rows", "score"),
        "base": Named(scores[2], "score of the same answer to every row", "score"),
        "lost": Named(lost, "share of what it gains that is lost on new rows", "percent"),
        "low": Named(edges[0], "lower end of that share", "percent"),
        "high": Named(edges[1], "upper end of that share", "percent"),
        "limit": Named(BY_HEART, "where the alarm is given", "percent"),
    }
    text = "{metric} is {seen} on rows it learned from and {unseen} on new ones"
    return tell(
        account,
        (f"Learned by heart: {text}; {{lost}} of what it gains is gone, more than the {{limit}} allowed.",
         {"op": "all", "of": [more("lost", "limit"), more("low", "limit")]}, "order"),
        (f"{text}: {{lost}} of what it gains over guessing ({{base}}) is gone.", among("lost", "low", "high"),
         "interval"),
    )  # fmt: skip


def promise(subject: Subject, rows: Rows, *, seed: int = 42) -> Promise:
    """The score on these rows against the one that training stated.

    Raises:
        NotApplicable: ``nothing_promised``; ``too_few_rows``, or why the score does not apply.
    """
    if subject.promised is None:
        raise NotApplicable("nothing_promised", "The model does not say which score training measured.")
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"{rows.size:,} rows say too little; it takes {LEAST_ROWS}.")
    score = all_scores()[subject.promised_metric or PRIMARY[subject.problem]]()
    stated, low, high = subject.promised
    now = compute(score, rows)
    own = bounds(score, rows, now, seed=seed)
    kept = low <= now <= high or own[0] <= stated <= own[1]
    worse = (now < stated) == score.higher_is_better and now != stated
    account = {
        "metric": Named(score.title, "the score", "text"),
        "now": Named(now, "score on these rows", "score"),
        "stated": Named(stated, "score that training measured", "score"),
        "low": Named(low, "lower end of the stated range", "score"),
        "high": Named(high, "upper end of the stated range", "score"),
    }
    text = "Training promised {metric} of {low} to {high} on new rows; here it is {now}"
    words = tell(
        account,
        (f"{text}: kept.", among("now", "low", "high"), "interval"),
        (f"{text}: outside of that range.", beyond("now", "low", "high"), "interval"),
    )
    return Promise(
        metric=score.name,
        promised=stated,
        promised_interval=(low, high),
        now=now,
        interval=own,
        baseline=compute(score, rows, rows.naive),
        is_kept=kept,
        is_worse=worse and not kept,
        words=words,
    )
