"""Columns that help no more than noise does."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from narrative.engine.features.intervals import corrected_interval
from narrative.engine.features.selection.base import Method, MethodResult, Question, Verdict
from narrative.engine.features.shuffling import shuffling_losses
from narrative.engine.types import FloatArray, IntArray

REPEATS: Final = 3
LEAST_SHADOWS: Final = 5
TIMES: Final = 3


class WeakerThanNoise(Method):
    """Shuffled copies of the columns compete with them: who does not beat the best copy tells nothing.

    Source: Kursa & Rudnicki (2010), "Feature selection with the Boruta package", Journal of Statistical Software 36,
    with losses on unseen rows in place of split gains, because gains favour columns with many values.
    """

    name: ClassVar[str] = "noise"
    title: ClassVar[str] = "Against noise"
    sentence: ClassVar[str] = "Drops columns that help the model no more than shuffled copies of the columns do."
    unit: ClassVar[str] = "loss of the model when the column is shuffled, beyond that of the best shuffled copy"
    order: ClassVar[int] = 40

    def judge(self, question: Question) -> MethodResult:
        own, shadow, train_share = _competition(question)
        if own.shape[0] == 0:
            return self.result([])
        verdicts = []
        best = shadow.max(axis=1)
        for place, name in enumerate(question.columns):
            ahead = corrected_interval(own[:, place] - best, train_share=train_share)
            beats = float((own[:, place] > best).mean())
            kept = ahead.low > 0
            said = f"It cost more to lose than the best shuffled copy in {beats:.0%} of {own.shape[0]:,} comparisons"
            reason = f"{said}{'.' if kept else ', which may be luck.'}"
            verdicts.append(
                Verdict(column=name, kept=kept, value=ahead.mean, low=ahead.low, high=ahead.high, reason=reason)
            )
        return self.result(verdicts)


def _competition(question: Question) -> tuple[FloatArray, FloatArray, float]:
    """Losses by fold of the columns and of shuffled copies, ``folds × columns`` each."""
    material = question.material
    own, shadows, share = list[FloatArray](), list[FloatArray](), 0.8
    for repeat in range(REPEATS):
        for fold, (train, other) in enumerate(material.folds(repeat)):
            if question.deadline is not None and question.deadline.passed() and len(own) >= len(material.folds()):
                break
            question.say("Comparing columns with noise", (repeat * 5 + fold) / (REPEATS * 5))
            random = np.random.default_rng((material.seed, repeat, fold))
            losses, noise = _one_fold(question, train, other, random)
            own.append(losses)
            shadows.append(noise)
    return np.asarray(own), np.asarray(shadows), share


def _one_fold(
    question: Question, train: IntArray, other: IntArray, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """One model that sees every column and a shuffled copy of each."""
    material = question.material
    prepared = material.prepared(train, other)
    groups = [prepared.groups.get(name, []) for name in question.columns]
    copied = [group for group in groups if group]
    while 0 < len(copied) < LEAST_SHADOWS:
        copied = copied + copied
    width = prepared.train.shape[1]
    parts, others, shadow_groups = [prepared.train], [prepared.other], []
    for group in copied:
        parts.append(prepared.train[random.permutation(prepared.train.shape[0])][:, group])
        others.append(prepared.other[random.permutation(prepared.other.shape[0])][:, group])
        shadow_groups.append(list(range(width, width + len(group))))
        width += len(group)
    every = np.hstack(others)
    model = material.fit(np.hstack(parts), prepared.train_target, int(random.integers(2**31)))
    found = shuffling_losses(model, every, prepared.other_target, [*groups, *shadow_groups], random=random, times=TIMES)
    return found.losses[: len(groups)], found.losses[len(groups) :]
