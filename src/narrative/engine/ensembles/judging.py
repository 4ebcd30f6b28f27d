"""Whether an ensemble beats the best single model, on rows that neither its members nor its weights had seen.

Both sides are calibrated on the same rows (crosswise, or on the rows a blend holds out), so the difference is that of
combining alone. The single model is the one that does best on these very rows: any luck in that choice speaks against
the ensemble.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from narrative.core.errors import NotApplicable
from narrative.engine.ensembles.kinds.base import Ensemble, Mixture, calibrated
from narrative.engine.scores import AUTO, primary_score
from narrative.engine.scores.base import Score
from narrative.engine.scores.intervals import paired_difference
from narrative.engine.training.calibration import probabilities
from narrative.engine.types import FloatArray, IntArray, Problem

Mask = npt.NDArray[np.bool_]
Learn = Callable[[FloatArray, Mask], Mixture]
"""A mixture of members, learned from some rows."""
PARTS: Final = 5
NORMAL: Final = 1.959964
"""Two-sided 95 %: when combining brings nothing, chance alone keeps an ensemble in at most 2.5 of 100 cases."""


@dataclass(frozen=True)
class Judged:
    """Scores on the same unseen rows. ``gain`` is signed so that positive is better, with its 95 % interval."""

    score: float
    single: int
    """Position of the best single member."""
    single_score: float
    gain: float
    low: float
    high: float
    rows: IntArray
    """Positions of the rows that judged."""
    margins: FloatArray
    """Of the ensemble on these rows, by weights and calibration that had not seen them."""
    mixture: Mixture
    """Learned from all rows that may teach: what would be delivered."""

    @property
    def is_better(self) -> bool:
        """Whether the whole interval of the gain lies above nothing."""
        return self.low > 0.0


def judge(
    kind: Ensemble,
    problem: Problem,
    margins: FloatArray,
    target: FloatArray,
    *,
    weights: FloatArray | None = None,
    seed: int = 42,
    metric: str = AUTO,
) -> Judged:
    """The ensemble against its best member, paired row by row.

    Args:
        margins: ``n_repeats × n_members × n_rows × n_outputs``, of models that had not seen the rows.
        weights: as people gave them; None lets the kind decide.
        metric: the score that judges; "auto" for that of the problem.
    """
    n_repeats, n_members, n_rows, _ = margins.shape
    own = margins[np.arange(n_rows) % n_repeats, :, np.arange(n_rows)].transpose(1, 0, 2)
    held = kind.holdout_share if weights is None else 0.0
    teach = _holdout(target, held, seed) if held else np.ones(n_rows, dtype=bool)
    part = _parts(target, seed)

    def learn(members: FloatArray, rows: Mask) -> Mixture:
        return kind.fit(problem, members[:, rows], target[rows], weights=weights, seed=seed)

    def learn_alone(members: FloatArray, rows: Mask) -> Mixture:
        return calibrated(problem, "margins", np.ones(1), members[:, rows], target[rows])

    def unseen(members: FloatArray, learner: Learn) -> FloatArray:
        if held:
            return learner(members, teach).margins(problem, members)
        return _crosswise(problem, members, part, learner)

    judging = ~teach if held else teach
    whole, mixture = unseen(own, learn), learn(own, teach)
    alone = [unseen(own[[index]], learn_alone) for index in range(n_members)]
    rows = np.flatnonzero(judging)
    truth, combined = target[rows], probabilities(problem, whole[rows])
    ranking = primary_score(problem, metric)
    scores = [_score(ranking, truth, probabilities(problem, each[rows])) for each in alone]
    sign = 1.0 if ranking.higher_is_better else -1.0
    single = int(np.argmax(sign * np.array(scores)))
    gain, error = paired_gain(ranking, truth, combined, probabilities(problem, alone[single][rows]))
    return Judged(
        score=_score(ranking, truth, combined),
        single=single,
        single_score=scores[single],
        gain=gain,
        low=gain - NORMAL * error,
        high=gain + NORMAL * error,
        rows=rows,
        margins=whole[rows],
        mixture=mixture,
    )


def paired_gain(metric: Score, target: FloatArray, first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """How much better the first predictions are than the second on the same rows, and the standard error of that."""
    sign = 1.0 if metric.higher_is_better else -1.0
    try:
        gain = sign * (metric.compute(target, first) - metric.compute(target, second))
        return gain, paired_difference(metric.name, target, first, second)
    except NotApplicable:  # one class only: nothing can be told apart
        return 0.0, float("inf")


def _score(metric: Score, target: FloatArray, predictions: FloatArray) -> float:
    try:
        return float(metric.compute(target, predictions))
    except NotApplicable:
        return 0.5


def _crosswise(problem: Problem, margins: FloatArray, part: IntArray, learn: Learn) -> FloatArray:
    """Margins of each part of the rows by a mixture learned from the other parts."""
    whole = np.zeros(margins.shape[1:])
    for index in range(int(part.max()) + 1):
        inside = part == index
        whole[inside] = learn(margins, ~inside).margins(problem, margins[:, inside])
    return whole


def _parts(target: FloatArray, seed: int) -> IntArray:
    """A part (0 to 4) for every row, every part with about the same targets."""
    place = _shuffled_order(target, seed)
    part = np.empty(target.size, dtype=np.int64)
    part[place] = np.arange(target.size) % min(PARTS, target.size)
    return part


def _holdout(target: FloatArray, share: float, seed: int) -> Mask:
    """The rows that teach the weights of a blend, evenly over the targets."""
    order = _shuffled_order(target, seed)
    count = max(round(share * target.size), 1)
    inside = np.zeros(target.size, dtype=bool)
    inside[order[np.linspace(0, target.size - 1, count).round().astype(np.int64)]] = True
    return inside


def _shuffled_order(target: FloatArray, seed: int) -> IntArray:
    shuffled = np.random.default_rng(seed).permutation(target.size)
    return np.asarray(shuffled[np.argsort(target[shuffled], kind="stable")], dtype=np.int64)
