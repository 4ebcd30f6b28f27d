"""One decision tree, small enough to read."""

from __future__ import annotations

from typing import Any, ClassVar

from narrative.engine.candidates._forest_candidate import library_target
from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._parity import check_parity
from narrative.engine.candidates._sklearn_model import forest_answers, trees_from_sklearn
from narrative.engine.candidates._work import Watch, smallest_probability
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.types import Problem


class DecisionTree(LearningCandidate):
    """Source: Breiman, Friedman, Olshen and Stone 1984, "Classification and Regression Trees"."""

    name: ClassVar[str] = "decision_tree"
    title: ClassVar[str] = "Decision tree"
    sentence: ClassVar[str] = (
        "Asks a short series of questions and answers with what was usual in that corner of the data; the easiest "
        "model to read, seldom the most accurate."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "trees"
    order: ClassVar[int] = 15
    libraries: ClassVar[tuple[str, ...]] = ("sklearn.tree",)
    seconds_at_least: ClassVar[float] = 0.01
    seconds_per_million_cells: ClassVar[float] = 0.5

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        smallest_leaf = max(1, min(20, n_rows // 50))
        return [
            {"note": "Readable: at most 16 answers.", "max_leaf_nodes": 16, "min_samples_leaf": smallest_leaf},
            {"note": "Larger: at most 64 answers.", "max_leaf_nodes": 64, "min_samples_leaf": smallest_leaf},
        ]

    def estimated_seconds(self, n_rows: int, n_features: int, n_classes: int) -> float:
        """One tree serves all classes, so their number does not matter."""
        return super().estimated_seconds(n_rows, n_features, min(n_classes, 2))

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 20_000_000 + n_rows * n_features * 4 + n_rows * 32

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        parameters = {name: value for name, value in settings.items() if name != "note"}
        kind = DecisionTreeRegressor if data.problem == "regression" else DecisionTreeClassifier
        tree = kind(**parameters, random_state=options.seed)
        tree.fit(data.features, library_target(data), sample_weight=data.weights)
        Watch(options, 1).time_is_up(1)
        floor = smallest_probability(data)
        learner = trees_from_sklearn([tree], n_features=data.features.shape[1], problem=data.problem, floor=floor)
        difference = check_parity(learner, data, lambda rows: forest_answers(tree, rows, data.problem, floor))
        return Fitted(learner, details={"parity": difference})
