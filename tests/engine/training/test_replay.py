"""The same work again: a recorded plan, a run that was killed, limits that shape the choice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

from narrative.core.clock import SystemClock
from narrative.core.errors import Canceled, LimitExceeded
from narrative.engine.bundle.parts import model_parts
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData
from narrative.engine.learners.linear import Linear
from narrative.engine.model import Model
from narrative.engine.training import train as module
from narrative.engine.training.assemble import assemble
from narrative.engine.training.child import read_setup
from narrative.engine.training.limits import Cost, Limits, broken_by
from narrative.engine.training.models import ALL, DEVELOPMENT
from narrative.engine.training.select import read_selection, write_selection
from narrative.engine.training.session import Session
from narrative.engine.training.store import RunFolder
from narrative.engine.training.train import seconds_used, train
from narrative.engine.training.types import TrainingOptions
from tests.engine.training.test_search import Tunable
from tests.fixtures.training_runs import Fake, Slow, assert_sound, prepared, run_here, train_here, use_candidates
from tests.fixtures.training_tables import binary_table, regression_table


def same(first: Model, second: Model) -> bool:
    """Whether two models are stored as the same bytes."""
    return model_parts(first) == model_parts(second)


def test_a_recorded_plan_gives_the_same_model_though_the_clock_runs_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Tunable, Slow)
    frame = regression_table(1_200)
    first = train_here(tmp_path / "first", frame, seconds=2.5, target="price")
    plan = json.loads(json.dumps(first.plan))
    again = train_here(tmp_path / "again", frame, seconds=60.0, target="price", plan=plan)
    assert same(first.model, again.model)
    assert first.evaluation == again.evaluation
    assert again.plan["trials"] == first.plan["trials"]
    assert again.plan["done"] == first.plan["done"]


def test_a_choice_that_was_made_again_for_want_of_a_last_fit_is_made_again_by_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Near(Fake):
        """Hardly worse."""

        name: ClassVar[str] = "near"

        def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
            noise = 0.02 * np.random.default_rng(1).normal(size=data.features.shape)
            return super().fit(replace(data, features=data.features + noise), settings, options)

    use_candidates(monkeypatch, Fake, Near)
    frame = binary_table(1_200)
    run = prepared(tmp_path / "first", frame, TrainingOptions(target="churn"))
    run_here(run)
    chosen = read_selection(run.folder)
    assert chosen is not None
    assert "fake" in chosen.trials
    # As if both had been chosen and the fits of one had come too late.
    write_selection(run.folder, replace(chosen, trials=["fake", "near"], shares=[0.5, 0.5]))
    session = Session(run.folder, read_setup(run.folder, 60.0), lambda _line: None, SystemClock())
    split, every = run.split, np.arange(1_200, dtype=np.int64)
    for scope, train_rows, other in ((DEVELOPMENT, split.development, split.test), (ALL, every, every[:0])):
        session.fit(session.trial("near"), scope, train_rows, other, rounds=None, seconds=50.0)
        for late in run.folder.path.glob(f"fit-fake-{scope}.*"):
            late.unlink()
    first = assemble(run, was_stopped=False, seconds=1.0)
    assert [member.candidate for member in first.model.members] == ["near"]
    again = train_here(tmp_path / "again", frame, target="churn", plan=json.loads(json.dumps(first.plan)))
    assert same(first.model, again.model)


@pytest.mark.slow
def test_training_again_by_its_plan_gives_an_equal_model() -> None:
    frame = binary_table(1_500)
    options = TrainingOptions(target="churn", budget_seconds=12)
    first = train(frame, options)
    again = train(frame, options.model_copy(update={"plan": json.loads(json.dumps(first.plan))}))
    assert same(first.model, again.model)
    assert again.evaluation.score == first.evaluation.score
    assert_sound(again, frame)


def test_a_folder_of_the_same_run_keeps_what_is_finished_and_one_of_another_run_is_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    frame, options = binary_table(300), TrainingOptions(target="churn")
    run_here(prepared(tmp_path, frame, options))
    assert prepared(tmp_path, frame, options).folder.has_fit("fake", "fold_0")
    assert seconds_used(RunFolder(tmp_path)) > 0
    other = prepared(tmp_path, frame, options.model_copy(update={"seed": 1})).folder
    assert not other.has_fit("fake", "fold_0")
    assert seconds_used(RunFolder(tmp_path)) == 0


def test_the_time_of_an_earlier_attempt_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Fake)
    frame, options = binary_table(300), TrainingOptions(target="churn", budget_seconds=60)
    run = prepared(tmp_path, frame, options)
    run.folder.write_json("running", {"fits": [], "at": 45.0})
    told: list[float] = []

    def run_child(_function: str, payload: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        told.extend([payload["ends_at"] - time.monotonic(), time.monotonic() - payload["began_at"]])
        run_here(run)
        return {}

    monkeypatch.setattr(module, "run_child", run_child)
    train(frame, options, folder=tmp_path)
    assert 0 < told[0] <= 54.0 - 45.0
    assert told[1] >= 45.0


def test_a_start_that_took_all_the_time_gives_the_naive_model_at_once_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run_child(*_given: Any, **_rest: Any) -> dict[str, Any]:
        raise AssertionError("a child was started though there was no time for it")

    monkeypatch.setattr(module, "run_child", run_child)
    options = TrainingOptions(target="churn", budget_seconds=5)
    result = train(binary_table(1_200), options, time_limit_seconds=-13.0, elapsed_seconds=18.0)
    assert [member.candidate for member in result.model.members] == ["baseline"]
    assert any("of the 5 seconds" in said for said in result.warnings)


KILLED = """
import sys
from pathlib import Path
import polars as pl
from narrative.engine.training.train import train
from narrative.engine.training.types import TrainingOptions
folder = Path(sys.argv[1])
train(pl.read_parquet(folder / "table.parquet"), TrainingOptions(target="churn", budget_seconds=15),
      folder=folder / "run", time_limit_seconds=15)
"""


@pytest.mark.slow
@pytest.mark.serial
def test_a_run_that_is_killed_goes_on_with_all_that_was_finished(tmp_path: Path) -> None:
    frame = binary_table(1_500)
    frame.write_parquet(tmp_path / "table.parquet")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    limit = time.monotonic() + 60
    while len(list((tmp_path / "run").glob("fit-*.json"))) < 8 and time.monotonic() < limit:
        time.sleep(0.05)
    process.kill()
    process.wait()
    time.sleep(0.5)  # the child notices that its parent is gone
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").glob("fit-*-fold_*.json")}
    assert kept
    result = train(
        pl.read_parquet(tmp_path / "table.parquet"),
        TrainingOptions(target="churn", budget_seconds=15),
        folder=tmp_path / "run",
        time_limit_seconds=15,
    )
    assert_sound(result, frame)
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").glob("fit-*-fold_*.json")}
    assert {name: after[name] for name in kept} == kept


class Heavy(Fake):
    """The best, and large as its pieces say."""

    name: ClassVar[str] = "heavy"
    title: ClassVar[str] = "Heavy"


class Weak(Fake):
    """A small model that knows less."""

    name: ClassVar[str] = "weak"
    title: ClassVar[str] = "Weak"

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        noise = np.random.default_rng(1).normal(size=data.features.shape) * data.features.std(axis=0)
        return super().fit(TrainingData(**{**vars(data), "features": data.features + noise}), settings, options)


def test_a_model_that_breaks_a_limit_is_left_out_and_its_line_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Heavy, Weak)
    frame = regression_table(1_200)
    free = prepared(tmp_path / "free", frame, TrainingOptions(target="price"))
    run_here(free)
    assert "heavy" in {member.candidate for member in assemble(free, was_stopped=False, seconds=1.0).model.members}

    limited = prepared(tmp_path / "limited", frame, TrainingOptions(target="price", max_megabytes=1.0))
    write = limited.folder.write_json

    def larger(name: str, value: Any) -> None:
        write(name, {**value, "bytes": 5_000_000} if name.startswith("fit-heavy") else value)

    monkeypatch.setattr(RunFolder, "write_json", lambda self, name, value: larger(name, value))
    run_here(limited)
    result = assemble(limited, was_stopped=False, seconds=1.0)
    assert {member.candidate for member in result.model.members} == {"weak"}
    line = next(line for line in result.candidates if line.name == "heavy")
    assert line.reason == "Not in the model: it takes 5 MB, and 1 MB are allowed."
    assert_sound(result, frame)


def test_a_model_that_more_rows_made_larger_than_allowed_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    frame = regression_table(1_200)
    run = prepared(tmp_path, frame, TrainingOptions(target="price", max_megabytes=0.001))
    run_here(run)
    assert assemble(run, was_stopped=False, seconds=1.0).warnings == []
    monkeypatch.setattr(Linear, "size_bytes", lambda _self: 5_000)
    said = assemble(run, was_stopped=False, seconds=1.0).warnings
    assert said == ["The model takes 0.005 MB and 0.001 MB are allowed: with all rows it became larger."]


def test_limits_that_leave_only_guessing_are_refused_with_the_nearest_possible_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    run = prepared(tmp_path, regression_table(1_200), TrainingOptions(target="price", max_megabytes=1e-6))
    run_here(run)
    bytes_of_fold = RunFolder(tmp_path).read_json("fit-fake-fold_0")["bytes"]  # type: ignore[index]  # it is finished
    with pytest.raises(LimitExceeded, match="the nearest is Fake with") as refused:
        assemble(run, was_stopped=False, seconds=1.0)
    assert refused.value.code == "model_limits_too_tight"
    assert f"{bytes_of_fold / 1e6:.3g} MB" in refused.value.message


def test_a_model_of_all_rows_that_is_too_large_gives_way_to_the_one_that_was_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    run = prepared(tmp_path, regression_table(1_200), TrainingOptions(target="price", max_megabytes=0.5))
    run_here(run)
    assert assemble(run, was_stopped=False, seconds=1.0).n_rows_learned == 1_200
    for trial in ("fake",):
        facts = run.folder.read_json(f"fit-{trial}-all")
        assert facts is not None
        run.folder.write_json(f"fit-{trial}-all", {**facts, "bytes": 900_000})
    result = assemble(run, was_stopped=False, seconds=1.0)
    assert result.n_rows_learned == run.split.development.size
    assert result.warnings == [
        "With all rows the model would be larger than the 0.5 MB that are allowed; it learned from 960 of 1,200 rows."
    ]


def test_costs_count_together_and_only_against_a_limit_that_was_given() -> None:
    costs = [Cost(0.2, 1.0), Cost(0.4, 2.0)]
    assert broken_by(costs, Limits()) is None
    assert broken_by(costs, Limits(ms_per_row=0.6, megabytes=3.0)) is None
    assert broken_by(costs, Limits(ms_per_row=0.5)) == (
        "Not in the model: it takes 0.6 ms per row, and 0.5 ms are allowed."
    )
    assert "3 MB" in str(broken_by(costs, Limits(megabytes=2.5)))


def test_a_canceled_run_in_a_kept_folder_keeps_its_pieces(tmp_path: Path) -> None:
    with pytest.raises(Canceled):
        train(binary_table(300), TrainingOptions(target="churn"), should_stop=lambda: True, folder=tmp_path)
    assert (tmp_path / "setup.json").exists()
