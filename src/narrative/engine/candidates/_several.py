"""Several models of the same settings from different seeds, averaged: what one of them learned by luck weighs less.

Source: Breiman (1996), "Bagging predictors", Machine Learning 24 (averaging lowers the variance and nothing else); here
the models differ by the rows and columns their seeds draw, not by the rows they are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from narrative.engine.learners.base import Learner
from narrative.engine.learners.trees import Trees

MODELS: Final = "models"
"""The setting that asks for it: ``{"models": 3}``."""
TOGETHER: Final = 3
"""Averaging three takes away two thirds of what chance does, five would take away four fifths for twice the work."""
AFTER: Final = 4
"""So many settings are tried first: averaging is for the best of them."""
NOTE: Final = "Three together: the best so far from three seeds, averaged."


def of_one(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of each single model."""
    return {name: value for name, value in settings.items() if name != MODELS}


def with_several(settings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The settings of a booster and, last, the first of them as an average."""
    return [*settings, {**settings[0], "note": NOTE, MODELS: TOGETHER}]


def around_best(listed: Sequence[Mapping[str, Any]], best: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Listed settings with the average made of the best single ones, after the first few."""
    single = [dict(settings) for settings in listed if MODELS not in settings]
    if len(single) == len(listed):
        return single
    return [*single[:AFTER], {**of_one(best), "note": NOTE, MODELS: TOGETHER}, *single[AFTER:]]


def average(learners: Sequence[Learner]) -> Trees:
    """The mean of the sums of several trees as one learner."""
    trees = [learner for learner in learners if isinstance(learner, Trees)]
    if len(trees) < len(learners) or not trees:
        raise TypeError("only trees can be averaged")
    joined = {name: np.concatenate([getattr(each, name) for each in trees]) for name in _JOINED}
    base = np.mean([each.base for each in trees], axis=0)
    return trees[0].changed(**joined, value=np.concatenate([each.value for each in trees]) / len(trees), base=base)


_JOINED: Final = ("tree_nodes", "tree_output", "inner", "feature", "threshold", "missing_left", "left_share")
