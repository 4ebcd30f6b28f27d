"""Every score of the problem with its interval and its baseline, or the reason why it is not applicable."""

from __future__ import annotations

from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.rows import LEAST_ROWS, Rows
from narrative.engine.evaluation.telling import Named, among, beyond, tell
from narrative.engine.evaluation.uncertainty import Bounds, score_bounds, wilson
from narrative.engine.scores import PRIMARY, all_scores
from narrative.engine.scores.base import LabelScore, Score, confusion_matrix, decide
from narrative.engine.scores.intervals import estimate_interval
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray, IntArray, Problem

RANKING: Final = frozenset({"roc_auc", "average_precision"})
"""Scores of an order, which equal predictions do not have."""
COUNTED: Final = frozenset({"accuracy", "precision", "recall"})
"""Scores that are a share of rows when there are two classes."""


class Figure(BaseModel):
    """A score on the rows at hand.

    ``interval`` says where its true value lies in 95 of 100 cases; ``baseline`` is the score of one answer to every
    row. Without a value, ``not_applicable`` says why.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    sentence: str
    higher_is_better: bool
    n_rows: int
    value: float | None = None
    interval: tuple[float, float] | None = None
    interval_not_applicable: str | None = None
    baseline: float | None = None
    not_applicable: str | None = None


class Figures(BaseModel):
    """All scores of a problem; ``primary`` is the name of the one that ranks models."""

    model_config = ConfigDict(frozen=True)
    primary: str
    scores: list[Figure]
    words: ChartStory

    def named(self, name: str) -> Figure:
        """The score of that name; KeyError when the problem has none."""
        for score in self.scores:
            if score.name == name:
                return score
        raise KeyError(name)


def measure(rows: Rows, *, seed: int = 42) -> Figures:
    """Every score that suits the problem, the one that ranks first."""
    figures = [_figure(score, rows, seed) for score in suited(rows.problem)]
    return Figures(primary=figures[0].name, scores=figures, words=_words(figures[0]))


def ranking_figure(rows: Rows, *, seed: int = 42) -> Figure:
    """The score that ranks models, alone."""
    return _figure(suited(rows.problem)[0], rows, seed)


def suited(problem: Problem) -> list[Score]:
    """The scores of a problem, the one that ranks models first, then by name."""
    primary = PRIMARY[problem]
    scores = [score() for score in all_scores().values() if problem in score.problems]
    return sorted(scores, key=lambda score: (score.name != primary, score.name))


def compute(score: Score, rows: Rows, predictions: FloatArray | None = None) -> float:
    """A score of these rows.

    Raises:
        NotApplicable: ``too_few_rows``, ``constant_predictions``, or why the score itself is not defined.
    """
    given = rows.predictions if predictions is None else predictions
    if rows.size < LEAST_ROWS:
        raise NotApplicable("too_few_rows", f"{rows.size:,} rows say too little; it takes {LEAST_ROWS}.")
    if predictions is None and score.name in RANKING and _is_constant(given):
        raise NotApplicable("constant_predictions", "Every row got the same prediction, so there is no order to judge.")
    value = (
        score.compute_at(rows.target, given, rows.threshold)
        if isinstance(score, LabelScore)
        else score.compute(rows.target, given)
    )
    if not np.isfinite(value):
        raise NotApplicable("no_finite_score", "The predictions are too far off to be scored as a number.")
    return value


def _is_constant(predictions: FloatArray) -> bool:
    return bool(np.all(predictions == predictions[:1]))


def _figure(score: Score, rows: Rows, seed: int) -> Figure:
    about = {"name": score.name, "title": score.title, "sentence": score.sentence}
    shown = Figure(**about, higher_is_better=score.higher_is_better, n_rows=rows.size)
    try:
        value = compute(score, rows)
    except NotApplicable as reason:
        return shown.model_copy(update={"not_applicable": reason.message})
    told: dict[str, object] = {"value": value}
    try:
        told["interval"] = bounds(score, rows, value, seed=seed)
    except NotApplicable as reason:
        told["interval_not_applicable"] = reason.message
    try:
        told["baseline"] = compute(score, rows, rows.naive)
    except NotApplicable:
        told["baseline"] = None
    return shown.model_copy(update=told)


def bounds(score: Score, rows: Rows, value: float, *, seed: int = 42) -> Bounds:
    """95 % interval of a score whose value is known: from counts, in closed form, or by resampling.

    Raises:
        NotApplicable: ``too_few_rows``.
    """
    if rows.problem == "binary" and score.name in COUNTED:
        return _counted(score.name, rows)
    if score.name == PRIMARY[rows.problem]:
        return estimate_interval(score.name, rows.target, rows.predictions)

    def statistic(picked: IntArray) -> float:
        if isinstance(score, LabelScore):
            return score.compute_at(rows.target[picked], rows.predictions[picked], rows.threshold)
        return score.compute(rows.target[picked], rows.predictions[picked])

    low, high = score_bounds(statistic, rows.size, value, seed=seed)
    return max(low, score.lowest), min(high, score.highest)


def _counted(name: str, rows: Rows) -> Bounds:
    cells = confusion_matrix(rows.target, decide(rows.predictions, rows.threshold), 2)
    if name == "accuracy":
        return wilson(int(np.trace(cells)), rows.size)
    whole = cells[:, 1] if name == "precision" else cells[1]
    return wilson(int(cells[1, 1]), int(whole.sum()))


def _words(figure: Figure) -> ChartStory:
    account = {
        "metric": Named(figure.title, "the score", "text"),
        "n": Named(figure.n_rows, "rows evaluated", "integer", "rows"),
    }
    if figure.value is None or figure.interval is None:
        account["value"] = Named(figure.value, "score", "score")
        return tell(account, "{metric} is {value} on {n:unit}.", "{metric} does not apply to these {n:unit}.")
    low, high = figure.interval
    account |= {
        "value": Named(figure.value, "score", "score"),
        "low": Named(low, "lower end of its interval", "score"),
        "high": Named(high, "upper end of its interval", "score"),
        "baseline": Named(figure.baseline, "score of the same answer to every row", "score"),
    }
    text = "{metric} is {value} ({low} to {high}) on {n:unit}; the same answer to every row scores {baseline}"
    inside = {"op": "all", "of": [among("value", "low", "high"), among("baseline", "low", "high")]}
    outside = {"op": "all", "of": [among("value", "low", "high"), beyond("baseline", "low", "high")]}
    return tell(
        account,
        (f"{text}, which luck does not explain.", outside, "interval"),
        (f"{text}, which is inside that range: little may have been learned.", inside, "interval"),
        ("{metric} is {value} ({low} to {high}) on {n:unit}.", among("value", "low", "high"), "interval"),
    )
