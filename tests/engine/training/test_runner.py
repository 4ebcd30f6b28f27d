"""Choices of the runner that no whole run shows reliably."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from narrative.core.clock import ManualClock
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData
from narrative.engine.training.child import read_setup
from narrative.engine.training.runner import Runner
from narrative.engine.training.select import Selection
from narrative.engine.training.session import Session
from narrative.engine.training.types import TrainingOptions
from narrative.engine.types import Problem
from tests.fixtures.training_runs import Fake, prepared, use_candidates
from tests.fixtures.training_tables import binary_table


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


def test_loading_a_library_is_not_taken_for_what_a_fit_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    monkeypatch.setattr(importlib, "import_module", lambda _name: clock.advance(30.0))

    class Laden(Fake):
        name: ClassVar[str] = "laden"
        libraries: ClassVar[tuple[str, ...]] = ("a_large_library",)

        def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
            clock.advance(2.0)
            return super().fit(data, settings, options)

    use_candidates(monkeypatch, Laden)
    run = prepared(tmp_path, binary_table(300), TrainingOptions(target="churn"))
    session = Session(run.folder, read_setup(run.folder, 60.0), lambda _line: None, clock)
    fold, trial = session.setup.split.folds[0], session.trial("laden")
    session.fit(trial, "fold_0", fold.train, fold.valid, rounds=None, seconds=50.0)
    assert session.board.failed == {}
    assert session.expected(trial) == pytest.approx(2.0)
    assert session.deadline.remaining() == pytest.approx(28.0)
