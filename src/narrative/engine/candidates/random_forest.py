"""Random forest: the average of many deep trees, each grown on a random part of the data."""

from __future__ import annotations

from typing import Any, ClassVar

from narrative.engine.candidates._forest_candidate import ForestCandidate
from narrative.engine.types import Problem


class RandomForest(ForestCandidate):
    """Source: Breiman 2001, "Random Forests"; probabilities are averaged, not votes."""

    name: ClassVar[str] = "random_forest"
    title: ClassVar[str] = "Random forest"
    sentence: ClassVar[str] = (
        "Averages many trees, each grown on a random part of rows and columns; robust, and needs hardly any tuning."
    )
    order: ClassVar[int] = 50
    libraries: ClassVar[tuple[str, ...]] = ("sklearn.ensemble",)
    seconds_at_least: ClassVar[float] = 0.15
    seconds_per_million_drawn: ClassVar[tuple[float, float]] = (70.0, 100.0)
    most_rows_per_tree: ClassVar[float] = 20_000

    def estimator(self, problem: Problem, parameters: dict[str, Any]) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        return (RandomForestRegressor if problem == "regression" else RandomForestClassifier)(**parameters)
