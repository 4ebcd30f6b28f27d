"""Choices of the runner that no whole run shows reliably."""

from __future__ import annotations

import importlib
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from narrative.core.clock import ManualClock, SystemClock
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData
from narrative.engine.scores import primary_score
from narrative.engine.training import assemble as assembling
from narrative.engine.training.assemble import assemble
from narrative.engine.training.child import read_setup
from narrative.engine.training.models import DEVELOPMENT
from narrative.engine.training.select import Selection, loses, read_selection, select, write_selection
from narrative.engine.training.session import LEAST_SECONDS, Session
from narrative.engine.training.types import TrainingOptions
from narrative.engine.types import Problem
from tests.fixtures.training_runs import Fake, prepared, run_here, use_candidates
from tests.fixtures.training_tables import binary_table


def scored(score: float) -> Selection:
    nothing = np.zeros(0)
    return Selection(["a"], [1.0], 1.0, nothing, None, nothing.astype(np.int64), nothing, score, 5)


@pytest.mark.parametrize(
    ("problem", "naive", "whole", "rest", "lost"),
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
    problem: Problem, naive: float, whole: float, rest: float, lost: bool
) -> None:
    assert loses(primary_score(problem), naive, scored(whole), scored(rest)) is lost


def test_loading_a_library_is_not_taken_for_what_a_fit_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    real = importlib.import_module
    monkeypatch.setattr(
        importlib, "import_module", lambda name: clock.advance(30.0) if name == "a_large_library" else real(name)
    )

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


def test_waiting_for_libraries_and_matrices_takes_nothing_from_what_a_fit_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, given = ManualClock(), list[float]()
    real = importlib.import_module
    monkeypatch.setattr(
        importlib, "import_module", lambda name: clock.advance(30.0) if name == "a_large_library" else real(name)
    )

    class Laden(Fake):
        name: ClassVar[str] = "laden"
        libraries: ClassVar[tuple[str, ...]] = ("a_large_library",)

        def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
            assert options.deadline is not None
            given.append(options.deadline.remaining())
            return super().fit(data, settings, options)

    use_candidates(monkeypatch, Laden)
    run = prepared(tmp_path, binary_table(300), TrainingOptions(target="churn"))
    session = Session(run.folder, read_setup(run.folder, 100.0), lambda _line: None, clock)
    trial = session.trial("laden")
    for index, kept in enumerate((0.0, 39.0, 60.0)):
        fold = session.setup.split.folds[index]
        session.fit(trial, f"fold_{index}", fold.train, fold.valid, rounds=None, seconds=2.0, kept=kept)
    # 70, 40 and 10 seconds are left: nothing kept takes from the first, one second stays for the second, and the third
    # may take the least a fit is given.
    assert given == pytest.approx([2.0, 1.0, LEAST_SECONDS])


def test_a_fit_that_only_says_it_goes_on_does_not_wait_for_another(tmp_path: Path) -> None:
    run = prepared(tmp_path, binary_table(300), TrainingOptions(target="churn"))
    reports = list[dict[str, Any]]()
    session = Session(run.folder, read_setup(run.folder, 60.0), reports.append, ManualClock())
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with session.lock:
            held.set()
            done.wait(30.0)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(30.0)
    session.say("training")
    assert reports == []  # and it came back at once
    done.set()
    other.join()
    session.say("training")
    assert len(reports) == 1


def test_a_leader_whose_fit_for_the_score_did_not_end_in_time_is_delivered_from_the_first_fold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Weak(Fake):
        name: ClassVar[str] = "weak"

        def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
            shuffled = np.random.default_rng(1).permutation(data.features, axis=0)
            return super().fit(replace(data, features=shuffled), settings, options)

    use_candidates(monkeypatch, Fake, Weak)
    run = prepared(tmp_path, binary_table(1_200), TrainingOptions(target="churn"))
    run_here(run)
    chosen = read_selection(run.folder)
    assert chosen is not None
    write_selection(run.folder, replace(chosen, trials=["fake", "weak"], shares=[0.9, 0.1]))
    session = Session(run.folder, read_setup(run.folder, 60.0), lambda _line: None, SystemClock())
    split = run.split
    session.fit(session.trial("weak"), DEVELOPMENT, split.development, split.test, rounds=None, seconds=50.0)
    for left_over in [*tmp_path.glob(f"fit-fake-{DEVELOPMENT}.*"), *tmp_path.glob("fit-*-all.*")]:
        left_over.unlink()
    result = assemble(run, was_stopped=False, seconds=1.0)
    assert "fake" in [member.candidate for member in result.model.members]
    assert result.evaluation.n_train_rows == split.folds[0].train.size


def test_one_view_prepared_in_a_busy_moment_does_not_claim_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    run = prepared(tmp_path, binary_table(300), TrainingOptions(target="churn"))
    session = Session(run.folder, read_setup(run.folder, 60.0), lambda _line: None, ManualClock())
    assert session.view_seconds == 0.0
    session._view_seconds += [0.2, 6.0, 0.4]
    assert session.view_seconds == 0.4


def test_after_a_stop_the_model_is_chosen_once_and_not_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    run = prepared(tmp_path, binary_table(1_200), TrainingOptions(target="churn"))
    run_here(run)
    for later in [
        tmp_path / "selection.json",
        *tmp_path.glob("fit-*-development.json"),
        *tmp_path.glob("fit-*-all.json"),
    ]:
        later.unlink()
    calls: list[Any] = []

    def counted(*args: Any, **rest: Any) -> Selection | None:
        calls.append(args)
        return select(*args, **rest)

    monkeypatch.setattr(assembling, "select", counted)
    result = assembling.assemble(run, was_stopped=True, seconds=1.0)
    assert len(calls) == 1
    assert result.best_candidate == "fake"
