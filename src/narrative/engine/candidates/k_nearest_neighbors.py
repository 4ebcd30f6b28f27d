"""Nearest neighbours: rows that look alike have answers that are alike."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from narrative.engine.candidates._even_columns import even_columns
from narrative.engine.candidates._learning import LearningCandidate
from narrative.engine.candidates._work import Watch, class_shares, smallest_probability
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData, View
from narrative.engine.learners.neighbors import Neighbors
from narrative.engine.types import FloatArray, IntArray, Problem

MOST_ROWS = 5_000
MOST_CELLS = 1_000_000
"""So much of the training rows is kept at most: all of it is looked through for every prediction."""
SECONDS_PER_BILLION_LOOKED_THROUGH = 1.0
REFERENCES = 4
LEAST_RELEVANCE = 0.05


class KNearestNeighbors(LearningCandidate):
    """Keeps the training rows, or an even sample of them, and asks the nearest ones.

    Columns are brought to one spread; where asked for, each then counts by its correlation with the target (of a class
    against the rest, the strongest), so that columns without meaning do not drown the others.
    """

    name: ClassVar[str] = "k_nearest_neighbors"
    title: ClassVar[str] = "Nearest neighbors"
    sentence: ClassVar[str] = (
        "Answers as the training rows that look most alike; needs no assumption about shapes, and suffers from columns "
        "that do not matter."
    )
    problems: ClassVar[frozenset[Problem]] = frozenset({"binary", "multiclass", "regression"})
    view: ClassVar[View] = "linear"
    order: ClassVar[int] = 95
    by_default_share: ClassVar[float] = 0.01
    seconds_at_least: ClassVar[float] = 0.01
    seconds_per_million_cells: ClassVar[float] = 0.1

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        few = int(np.clip(round(max(n_rows, 1) ** 0.35), 3, 40))
        return [
            {
                "note": "Standard: near rows count more, columns by what they tell.",
                "neighbors": few,
                "by_distance": True,
                "by_relevance": True,
            },
            {
                "note": "Many: more neighbors, a smoother answer.",
                "neighbors": 3 * few,
                "by_distance": True,
                "by_relevance": True,
            },
            {"note": "Plain: all columns alike.", "neighbors": few, "by_distance": True, "by_relevance": False},
            {
                "note": "Few: the nearest alone, all with one voice each.",
                "neighbors": max(2, few // 2),
                "by_distance": False,
                "by_relevance": True,
            },
        ]

    def estimated_seconds(self, n_rows: int, n_features: int, n_classes: int) -> float:
        """Answers for a fold's other rows included, a quarter as many: they are the work here."""
        stored = min(n_rows, MOST_ROWS, max(1, MOST_CELLS // max(1, n_features)))
        billions = 0.25 * n_rows * stored * max(8, n_features) / 1e9
        return super().estimated_seconds(n_rows, n_features, 0) + SECONDS_PER_BILLION_LOOKED_THROUGH * billions

    def memory_bytes(self, n_rows: int, n_features: int, n_classes: int) -> int:
        return 10_000_000 + 40 * n_rows * n_features + 16 * min(n_rows, MOST_ROWS) * max(1, n_classes)

    def train(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        shift, scale = even_columns(data)
        if settings["by_relevance"]:
            relevance = _relevance(data, shift)
            scale = scale * np.maximum(relevance / max(float(relevance.max()), 1e-300), LEAST_RELEVANCE)
        stored = _kept_rows(data, options.seed)
        rows, targets = data.features[stored], _answers(data)[stored]
        filled = np.where(np.isnan(rows), shift, rows)
        random = np.random.default_rng(options.seed)
        half = [random.permutation(len(shift)) for _ in range(REFERENCES // 2)]
        order = np.stack([walk for forwards in half for walk in (forwards, forwards[::-1])])
        # Spread over the targets: what an answer differs from is then the usual answer, more or less.
        places = np.linspace(0, len(stored) - 1, 2 * REFERENCES + 1)[1::2].round().astype(np.int64)
        regression = data.problem == "regression"
        learner = Neighbors(
            shift=shift,
            scale=scale,
            rows=(filled - shift) * scale,
            targets=targets,
            weights=np.ones(len(stored)) if data.weights is None else data.weights[stored] / data.weights.mean(),
            usual=np.zeros(1) if regression else _of_outputs(data, class_shares(data)[None])[0],
            references=filled[places],
            order=order.astype(np.int64),
            n_neighbors=min(int(settings["neighbors"]), len(stored)),
            by_distance=bool(settings["by_distance"]),
            smoothing=0.0 if regression else 1.0,
            link="margin" if regression else "probability",
            floor=smallest_probability(data),
        )
        learner.validate()
        Watch(options, 1).time_is_up(1)
        return Fitted(learner, details={"rows_kept": len(stored)})


def _kept_rows(data: TrainingData, seed: int) -> IntArray:
    """Rows to keep, sorted by target; an even sample when they are too many. Rows without weight are not kept."""
    order = np.random.default_rng(seed).permutation(len(data.target))
    order = order[np.argsort(data.target[order], kind="stable")]
    if data.weights is not None:
        order = order[data.weights[order] > 0.0]
    most = min(MOST_ROWS, max(1, MOST_CELLS // data.features.shape[1]))
    if len(order) <= most:
        return order
    return order[np.linspace(0, len(order) - 1, most).round().astype(np.int64)]


def _answers(data: TrainingData) -> FloatArray:
    """The target as the learner averages it, ``n_rows × n_outputs``."""
    if data.problem == "regression":
        return data.target[:, None]
    return _of_outputs(data, np.eye(data.n_classes)[data.target.astype(np.int64)])


def _of_outputs(data: TrainingData, of_classes: FloatArray) -> FloatArray:
    """Of a binary problem the second class alone."""
    return of_classes[:, 1:] if data.problem == "binary" else of_classes


def _relevance(data: TrainingData, means: FloatArray) -> FloatArray:
    """Strongest correlation of each feature with an output, between 0 and 1."""
    around = np.where(np.isnan(data.features), 0.0, data.features - means)
    wanted = _answers(data)
    wanted = wanted - wanted.mean(axis=0)
    sizes = np.sqrt((around**2).sum(axis=0))[:, None] * np.sqrt((wanted**2).sum(axis=0))
    return np.asarray(np.abs(around.T @ wanted / np.where(sizes > 0.0, sizes, np.inf)).max(axis=1))
