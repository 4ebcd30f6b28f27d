"""Scores: which one ranks, and all of them at once for the companions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from narrative.core.errors import NotApplicable
from narrative.core.plugins import discover
from narrative.engine.scores.base import LabelScore, Score
from narrative.engine.types import FloatArray, Problem

PRIMARY: Final[Mapping[Problem, str]] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
"""The score that ranks candidates and is reported, by problem."""


def all_scores() -> Mapping[str, type[Score]]:
    """Every score, by name. ``intervals`` and other modules of this folder that hold no score are not plug-ins."""
    return discover("narrative.engine.scores", Score)  # type: ignore[type-abstract]  # discover takes the base class


def primary_score(problem: Problem) -> Score:
    """The score that ranks candidates for a problem, and that is reported."""
    return all_scores()[PRIMARY[problem]]()


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
