"""Two models on the same rows: the difference with its interval, where "no real difference" is an answer."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.evaluation.figures import compute, suited
from narrative.engine.evaluation.rows import Rows
from narrative.engine.evaluation.telling import Named, among, beyond, tell
from narrative.engine.evaluation.uncertainty import score_bounds
from narrative.engine.scores import PRIMARY
from narrative.engine.scores.base import LabelScore, Score
from narrative.engine.scores.intervals import influence, paired_difference
from narrative.engine.scores.intervals.influence import degrees_of_freedom
from narrative.engine.story.types import ChartStory
from narrative.engine.types import FloatArray, IntArray

Verdict = Literal["first", "second", "no_real_difference"]
LEVEL: Final = 0.05


class PairedFigure(BaseModel):
    """One score of both models on the same rows; ``difference`` is first less second, with its 95 % interval.

    ``better`` names the model that is better beyond luck by this score alone.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    higher_is_better: bool
    first: float | None = None
    second: float | None = None
    baseline: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    better: Verdict | None = None
    not_applicable: str | None = None


class Comparison(BaseModel):
    """What a change of model changes. ``verdict`` is by the score that ranks models."""

    model_config = ConfigDict(frozen=True)
    n_rows: int
    names: tuple[str, str]
    verdict: Verdict | None
    primary: PairedFigure
    scores: list[PairedFigure]
    same_answers: float | None
    """Share of rows that get the same class from both; None for numbers."""
    words: ChartStory


def compare(
    first: Rows, second: Rows, *, names: tuple[str, str] = ("A", "B"), companions: bool = True, seed: int = 42
) -> Comparison:
    """Two models on the same rows.

    Args:
        companions: also compare by the scores that do not rank models.

    Raises:
        InvalidInput: ``rows_differ`` when they were not scored on the same rows of one target.
    """
    if first.problem != second.problem or not np.array_equal(first.target, second.target):
        raise InvalidInput(
            "rows_differ",
            "The models were not scored on the same rows with the same truth, so they cannot be paired.",
            fix="Score both on one table; rows that one of them cannot read must be left out for both.",
        )
    chosen = suited(first.problem)
    scores = [_paired(score, first, second, seed) for score in (chosen if companions else chosen[:1])]
    same = None
    if first.problem != "regression":
        same = float(np.mean(_answers(first) == _answers(second)))
    return Comparison(
        n_rows=first.size,
        names=names,
        verdict=scores[0].better,
        primary=scores[0],
        scores=scores,
        same_answers=same,
        words=_words(scores[0], names, first.size),
    )


def _answers(rows: Rows) -> IntArray:
    from narrative.engine.scores.base import decide

    return decide(rows.predictions, rows.threshold)


def _paired(score: Score, first: Rows, second: Rows, seed: int) -> PairedFigure:
    shown = PairedFigure(name=score.name, title=score.title, higher_is_better=score.higher_is_better)
    try:
        one, other = compute(score, first), compute(score, second)
        low, high = _bounds(score, first, second, one - other, seed)
    except NotApplicable as reason:
        return shown.model_copy(update={"not_applicable": reason.message})
    return shown.model_copy(
        update={
            "first": one,
            "second": other,
            "baseline": _baseline(score, first),
            "difference": one - other,
            "interval": (low, high),
            "better": _better(low, high, higher_is_better=score.higher_is_better),
        }
    )


def _baseline(score: Score, rows: Rows) -> float | None:
    try:
        return compute(score, rows, rows.naive)
    except NotApplicable:
        return None


def _better(low: float, high: float, *, higher_is_better: bool) -> Verdict:
    if low <= 0.0 <= high:
        return "no_real_difference"
    return "first" if (low > 0.0) == higher_is_better else "second"


def _bounds(score: Score, first: Rows, second: Rows, gap: float, seed: int) -> tuple[float, float]:
    """Interval of the paired difference: in closed form for the scores that rank, else both resampled together."""
    if score.name == PRIMARY[first.problem]:
        from scipy.special import stdtrit

        error = paired_difference(score.name, first.target, first.predictions, second.predictions)
        ours, theirs = (influence(score.name, rows.target, rows.predictions) for rows in (first, second))
        width = float(stdtrit(degrees_of_freedom(ours - theirs), 1 - LEVEL / 2)) * error
        return gap - width, gap + width

    def statistic(picked: IntArray) -> float:
        return _value(score, first, picked) - _value(score, second, picked)

    return score_bounds(statistic, first.size, gap, seed=seed)


def _value(score: Score, rows: Rows, picked: IntArray) -> float:
    target: FloatArray = rows.target[picked]
    if isinstance(score, LabelScore):
        return score.compute_at(target, rows.predictions[picked], rows.threshold)
    return score.compute(target, rows.predictions[picked])


def _words(primary: PairedFigure, names: tuple[str, str], n_rows: int) -> ChartStory:
    account = {
        "metric": Named(primary.title, "the score", "text"),
        "n": Named(n_rows, "rows both were scored on", "integer", "rows"),
        "a": Named(names[0], "a model", "text"),
        "b": Named(names[1], "the other model", "text"),
    }
    if primary.interval is None:
        return tell(account, "{metric} does not apply to these {n:unit}, so {a} and {b} cannot be told apart by it.")
    low, high = primary.interval
    account |= {
        "one": Named(primary.first, "score of a model", "score"),
        "other": Named(primary.second, "score of the other model", "score"),
        "gap": Named(primary.difference, "their difference", "score"),
        "low": Named(low, "lower end of the difference", "score"),
        "high": Named(high, "upper end of the difference", "score"),
        "zero": Named(0.0, "a difference of zero", "score"),
        "is_higher": Named(primary.higher_is_better, "whether higher is better", "text"),
    }
    both = "{metric} of {a} {one}, of {b} {other}, difference {gap} ({low} to {high})"
    better = {"op": "better", "left": "one", "right": "other", "higher_is_better": "is_higher"}
    worse = {**better, "op": "worse"}
    beyond_luck = beyond("zero", "low", "high")
    return tell(
        account,
        (f"Luck can account for the difference: {both}.", among("zero", "low", "high"), "interval"),
        (f"{{a}} is better: {both}.", {"op": "all", "of": [better, beyond_luck]}, "order"),
        (f"{{a}} is worse: {both}.", {"op": "all", "of": [worse, beyond_luck]}, "order"),
    )
