"""Scores: which one ranks, and all of them at once for the companions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.core.plugins import discover
from narrative.engine.scores.base import LabelScore, Score
from narrative.engine.types import FloatArray, Problem

PRIMARY: Final[Mapping[Problem, str]] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
"""The score that ranks candidates and is reported, by problem, unless another one was chosen."""
AUTO: Final = "auto"


def all_scores() -> Mapping[str, type[Score]]:
    """Every score, by name. ``intervals`` and other modules of this folder that hold no score are not plug-ins."""
    return discover("narrative.engine.scores", Score)


def primary_score(problem: Problem, metric: str = AUTO) -> Score:
    """The score that ranks candidates for a problem, and that is reported: the chosen one, or that of the problem."""
    return all_scores()[PRIMARY[problem] if metric == AUTO else metric]()


def ranking_scores(problem: Problem | None = None) -> list[str]:
    """Names of the scores that may be chosen to rank models of a problem; of any problem when it is not known yet."""
    return [
        name
        for name, score in all_scores().items()
        if score.can_rank and (problem is None or problem in score.problems)
    ]


def check_metric(metric: str, problem: Problem | None = None) -> None:
    """Refuse a score that cannot rank models of a problem; None while the problem is not known.

    Raises:
        InvalidInput: ``metric_unfit``.
    """
    names = ranking_scores(problem)
    if metric == AUTO or metric in names:
        return
    known, shown = all_scores().get(metric), repr(metric[:80])
    if known is None:
        message = f"There is no score named {shown}."
    elif not known.can_rank:
        message = f"{known.title} alone cannot rank models: one that flags everything, or a single row, could win."
    else:
        message = f"{known.title} does not suit a {problem} problem."
    raise InvalidInput("metric_unfit", message, fix=f"Choose 'auto' or one of {', '.join(names)}.")


def compute_scores(
    problem: Problem, target: FloatArray, predictions: FloatArray, threshold: float | None = None
) -> dict[str, float | None]:
    """Every score that suits the problem, by name; None where it is not defined for these rows."""
    return {
        name: _value(score(), target, predictions, threshold)
        for name, score in all_scores().items()
        if problem in score.problems
    }


def _value(score: Score, target: FloatArray, predictions: FloatArray, threshold: float | None) -> float | None:
    try:
        if isinstance(score, LabelScore):
            return score.compute_at(target, predictions, threshold)
        return score.compute(target, predictions)
    except NotApplicable:
        return None
