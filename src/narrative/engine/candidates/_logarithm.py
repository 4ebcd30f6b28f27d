"""Learning the logarithm of a target: for values above zero whose errors grow with their size (prices, pay, counts).

The trees learn the logarithm, and their sum is raised again. Raising a mean of logarithms gives less than the mean, so
the answers are stretched by the one factor that gives the training rows their mean back.

Source: Duan (1983), "Smearing estimate: a nonparametric retransformation method", JASA 78 (the factor, here as a ratio
of means, which does not need errors of equal spread).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from narrative.engine.candidates.base import TrainingData
from narrative.engine.learners.base import Learner
from narrative.engine.learners.trees import Trees
from narrative.engine.types import FloatArray, Problem

TARGET: Final = "target"
LOGARITHM: Final = "logarithm"
"""The setting that asks for it: ``{"target": "logarithm"}``."""
SKEWED: Final = 1.0
"""Skewness from which on a target is worth the attempt."""


def wants_logarithm(settings: Mapping[str, Any]) -> bool:
    """Whether settings ask for the logarithm of the target."""
    return settings.get(TARGET) == LOGARITHM


def with_logarithm(settings: list[dict[str, Any]], problem: Problem) -> list[dict[str, Any]]:
    """The settings of a booster and, for numbers, the first of them once more on the logarithm of the target."""
    if problem != "regression":
        return settings
    note = "Logarithm: learns the logarithm of the target, for values whose errors grow with their size."
    return [*settings, {**settings[0], "note": note, TARGET: LOGARITHM}]


def suited(listed: Sequence[Mapping[str, Any]], best: Mapping[str, Any], *, skewed: bool) -> list[dict[str, Any]]:
    """Listed settings as they suit the target of a table, in the order to try them.

    Args:
        best: the best that were tried; when they are on the logarithm of the target, the others are too.
        skewed: whether the logarithm is worth the attempt at all; then it comes right after the first settings.
    """
    logarithms = [dict(settings) for settings in listed if wants_logarithm(settings)]
    plain = [dict(settings) for settings in listed if not wants_logarithm(settings)]
    if not skewed or not logarithms:
        return plain
    rest = [settings | {TARGET: LOGARITHM} for settings in plain[1:]] if wants_logarithm(best) else plain[1:]
    return [*plain[:1], *logarithms, *rest]


def is_skewed(values: FloatArray) -> bool:
    """Whether a numeric target has a long tail of large values and none below zero.

    Source: the third standardised moment; above 1 is commonly called highly skewed (Bulmer 1979).
    """
    size = float(np.abs(values).max(initial=0.0))
    if size == 0.0 or values.min() < 0.0:
        return False
    centred = values / size - np.mean(values / size)
    spread = float(np.sqrt(np.mean(centred**2)))
    return spread > 0.0 and float(np.mean((centred / spread) ** 3)) > SKEWED


def in_logarithms(data: TrainingData) -> tuple[TrainingData, float]:
    """The same rows with the logarithm of ``target + origin``, and that origin.

    It is 0 when all values lie above 0; otherwise it lifts the lowest value as far above 0 as the next one is above it.
    """
    lowest = float(data.target.min())
    origin = 0.0
    if lowest <= 0.0:
        origin = float(data.target[data.target > lowest].min()) - 2.0 * lowest
    valid = data.valid_target
    if valid is not None:  # other rows may lie lower still
        valid = np.log(np.maximum(valid + origin, 0.5 * (lowest + origin)))
    return replace(data, target=np.log(data.target + origin), valid_target=valid), origin


def in_values(learner: Learner, data: TrainingData, origin: float) -> Trees:
    """The learner of logarithms with the values themselves as its margins.

    Args:
        learner: margins are logarithms of ``value + origin``.
        data: the training rows, with values as targets.
    """
    if not isinstance(learner, Trees):
        raise TypeError(type(learner).__name__)
    logarithms = learner.margins(data.features)[:, 0]
    highest = float(logarithms.max())  # sums of very large values stay within range
    raised = float(np.average(np.exp(logarithms - highest), weights=data.weights))
    unit = float(np.exp(-highest))
    wanted = float(np.average((data.target + origin) * unit, weights=data.weights))
    return learner.changed(link="exponential", base=learner.base + np.log(wanted / raised), origin=origin)
