"""Extremely randomised trees: the average of many trees whose splits are drawn at random."""

from __future__ import annotations

from typing import Any, ClassVar

from narrative.engine.candidates._forest_candidate import ForestCandidate
from narrative.engine.types import Problem


class ExtraTrees(ForestCandidate):
    """Source: Geurts, Ernst and Wehenkel 2006, "Extremely randomized trees"."""

    name: ClassVar[str] = "extra_trees"
    title: ClassVar[str] = "Extra trees"
    sentence: ClassVar[str] = (
        "Averages many trees whose thresholds are drawn at random; smoother than a random forest and good with noisy "
        "columns."
    )
    order: ClassVar[int] = 60
    libraries: ClassVar[tuple[str, ...]] = ("sklearn.ensemble",)
    seconds_at_least: ClassVar[float] = 0.15
    seconds_per_million_drawn: ClassVar[tuple[float, float]] = (16.0, 20.0)

    def estimator(self, problem: Problem, parameters: dict[str, Any]) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        return (ExtraTreesRegressor if problem == "regression" else ExtraTreesClassifier)(**parameters)
