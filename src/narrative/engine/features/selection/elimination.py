"""Leaving out the weakest columns again and again, as long as the model does not get worse."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from narrative.engine.features.light import row_losses
from narrative.engine.features.material import Prepared
from narrative.engine.features.selection.base import Method, MethodResult, Question, Verdict
from narrative.engine.features.shuffling import shuffling_losses
from narrative.engine.types import FloatArray

SHARE: Final = 0.2
"""Part of the columns that a round leaves out; one at a time from ten down."""
ONE_BY_ONE: Final = 10


class Elimination(Method):
    """Recursive elimination, cross-validated: in each fold the column that costs least to lose goes.

    The smallest number of columns whose loss is within one standard error of the best is taken, and the columns are
    those that survived longest over the folds.
    Source: Guyon et al. (2002), "Gene selection for cancer classification", Machine Learning 46; one-standard-error
    rule: Breiman et al. (1984), "Classification and regression trees", section 3.4.3.
    """

    name: ClassVar[str] = "elimination"
    title: ClassVar[str] = "Elimination"
    sentence: ClassVar[str] = (
        "Leaves out the weakest column again and again, and stops at the fewest columns that are about as good as all."
    )
    unit: ClassVar[str] = "mean place at which the column was left out, 1 stays longest"
    decides: ClassVar[bool] = False
    order: ClassVar[int] = 30

    def judge(self, question: Question) -> MethodResult:
        columns = question.columns
        if not columns:
            return self.result([])
        places, losses, sizes = _all_folds(question)
        count = question.options.elimination_count or _fewest(losses, sizes)
        mean = places.mean(axis=0)
        kept = {columns[index] for index in np.argsort(mean, kind="stable")[:count]}
        verdicts = [
            Verdict(
                column=name,
                kept=name in kept,
                value=float(mean[place]),
                reason=f"It was number {mean[place]:.1f} of {len(columns):,} on average to stay; {count:,} stay.",
            )
            for place, name in enumerate(columns)
        ]
        return self.result(
            verdicts, sizes=[(size, float(value)) for size, value in zip(sizes, losses.mean(axis=0), strict=True)]
        )


def _all_folds(question: Question) -> tuple[FloatArray, FloatArray, list[int]]:
    """Places of the columns by fold, loss by fold and number of columns, and these numbers."""
    material, places, losses = question.material, list[FloatArray](), list[FloatArray]()
    sizes = _sizes(len(question.columns))
    folds = material.folds()
    for fold, (train, other) in enumerate(folds):
        if question.deadline is not None and question.deadline.passed() and places:
            break
        question.say("Leaving out the weakest columns", fold / len(folds))
        random = np.random.default_rng((material.seed, 77, fold))
        own = _one_fold(question, material.prepared(train, other), sizes, random)
        places.append(own[0])
        losses.append(own[1])
    return np.asarray(places), np.asarray(losses), sizes


def _sizes(n: int) -> list[int]:
    sizes = [n]
    while sizes[-1] > 1:
        step = 1 if sizes[-1] <= ONE_BY_ONE else max(1, int(SHARE * sizes[-1]))
        sizes.append(sizes[-1] - step)
    return sizes


def _one_fold(
    question: Question, prepared: Prepared, sizes: list[int], random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Place of each column (1 is the last to stay), and the loss with each number of columns."""
    material, columns = question.material, question.columns
    left = list(range(len(columns)))
    places, losses = np.ones(len(columns)), np.zeros(len(sizes))
    for index, size in enumerate(sizes):
        groups = [prepared.groups.get(columns[place], []) for place in left]
        features = [feature for group in groups for feature in group]
        model = material.fit(prepared.train[:, features], prepared.train_target)
        found = row_losses(material.problem, prepared.other_target, model.predict(prepared.other[:, features]))
        losses[index] = found.mean()
        if index + 1 == len(sizes):
            break
        local = _renumbered(groups)
        # Judged on the rows the model learned from apart from noise of the test: the validation rows stay unseen.
        worth = shuffling_losses(model, prepared.train[:, features], prepared.train_target, local, random=random).losses
        drop = size - sizes[index + 1]
        weakest = set(np.argsort(worth, kind="stable")[:drop].tolist())
        for rank, place in enumerate(np.argsort(worth, kind="stable")[:drop]):
            places[left[int(place)]] = size - rank
        left = [column for place, column in enumerate(left) if place not in weakest]
    return places, losses


def _renumbered(groups: list[list[int]]) -> list[list[int]]:
    """The groups as places in the matrix that holds only their features."""
    start, made = 0, []
    for group in groups:
        made.append(list(range(start, start + len(group))))
        start += len(group)
    return made


def _fewest(losses: FloatArray, sizes: list[int]) -> int:
    mean = losses.mean(axis=0)
    best = int(mean.argmin())
    if losses.shape[0] < 2:
        return sizes[best]
    paired = losses - losses[:, [best]]
    error = paired.std(axis=0, ddof=1) / np.sqrt(losses.shape[0])
    fine = [size for size, value, spread in zip(sizes, mean, error, strict=True) if value <= mean[best] + spread]
    return min(fine)
