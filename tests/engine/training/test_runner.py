"""Choices of the runner that no whole run shows reliably."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from narrative.engine.training.runner import Runner
from narrative.engine.training.select import Selection
from narrative.engine.types import Problem


def runner(problem: Problem, naive: float) -> Runner:
    session = SimpleNamespace(
        board=SimpleNamespace(standing=lambda _trial: SimpleNamespace(score=naive)),
        setup=SimpleNamespace(
            target=SimpleNamespace(problem=problem),
            split=SimpleNamespace(is_small=False),
            plan=SimpleNamespace(score_scope="development"),
        ),
    )
    return Runner(cast("Any", session))


def scored(score: float) -> Selection:
    nothing = np.zeros(0)
    return Selection(["a"], [1.0], 1.0, nothing, None, nothing.astype(np.int64), nothing, score, 5)


@pytest.mark.parametrize(
    ("problem", "naive", "whole", "rest", "loses"),
    [
        ("multiclass", 1.63, 0.175, 0.209, True),
        ("multiclass", 1.63, 0.175, 0.180, False),
        ("binary", 0.5, 0.86, 0.85, True),
        ("binary", 0.5, 0.86, 0.859, False),
        ("binary", 0.5, 0.86, 0.87, False),
        ("regression", 4000.0, 550.0, 560.0, False),
        ("regression", 4000.0, 550.0, 630.0, True),
    ],
)
def test_a_member_is_only_left_out_for_time_when_the_model_can_do_without_it(
    problem: Problem, naive: float, whole: float, rest: float, loses: bool
) -> None:
    assert runner(problem, naive)._loses(scored(whole), scored(rest)) is loses
