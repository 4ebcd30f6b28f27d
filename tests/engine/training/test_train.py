"""Training through its child process: budget, stops, deaths, and the product's own candidates."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import Canceled, InternalError, InvalidInput
from narrative.engine.training import train as module
from narrative.engine.training.store import RunFolder
from narrative.engine.training.train import train
from narrative.engine.training.types import Progress, TrainingOptions, TrainingResult
from tests.fixtures.starved import seconds_starved
from tests.fixtures.training_runs import assert_sound, run_here
from tests.fixtures.training_tables import binary_table, multiclass_table, regression_table


def fit(frame: pl.DataFrame, target: str, budget: float = 60.0, **options: Any) -> TrainingResult:
    return train(frame, TrainingOptions(target=target, budget_seconds=budget, **options))


@pytest.mark.slow
def test_two_runs_of_the_same_plan_agree_bit_for_bit() -> None:
    """The search goes by the clock; what it did can be done again without one."""
    frame = regression_table(1_200)
    options: dict[str, Any] = {"candidates": ["ridge", "lightgbm"], "seed": 7}
    first = fit(frame, "price", budget=15, **options)
    again = fit(frame, "price", budget=15, plan=first.plan, **options)
    assert [trial["rounds"] for trial in first.plan["trials"]] == [trial["rounds"] for trial in again.plan["trials"]]
    assert first.evaluation == again.evaluation
    features = frame.drop("price")
    assert np.array_equal(first.model.margins(features), again.model.margins(features))
    assert_sound(first, frame)
    assert first.evaluation.interval_coverage == pytest.approx(0.9, abs=0.06)


@pytest.mark.slow
def test_every_row_of_an_odd_table_can_be_learned_from() -> None:
    """A date, an empty and a constant column, text, one missing target, an identifier of 450 values."""
    n = 450
    frame = binary_table(n).with_columns(
        day=pl.Series([date(2024, 1, 1) + timedelta(days=7 * index % 300) for index in range(n)]),
        empty=pl.lit(None, dtype=pl.String),
        constant=pl.lit(3),
        note=pl.format("called about the {} bill on day {}", pl.col("group"), pl.int_range(pl.len())),
        churn=pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise("churn"),
    )
    result = fit(frame, "churn", budget=20)
    assert_sound(result, frame)
    assert result.n_rows_without_target == 1
    assert not any("customer_id" in name for recipe in result.model.recipes.values() for name in recipe.feature_names)


@pytest.mark.slow
def test_many_classes_and_a_class_of_two_rows_are_learned() -> None:
    frame = multiclass_table(520, n_classes=26).with_columns(
        kind=pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("rare")).otherwise("kind")
    )
    result = fit(frame, "kind", budget=20, candidates=["logistic_regression", "lightgbm"])
    assert_sound(result, frame)
    assert len(result.model.classes) == 27
    # All rows, or on a busy machine those of the folds there was time for.
    assert result.test_predictions.shape[0] in range(104, 521, 104)
    assert result.test_predictions.shape[1] == 27


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize("budget", [1.0, 6.0])
def test_the_deadline_holds_on_a_table_that_is_far_too_large_for_it(budget: float) -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame({f"c{index}": random.normal(size=60_000) for index in range(30)})
    frame = frame.with_columns(y=pl.col("c0") * 2 + pl.col("c1") ** 2 + random.normal(size=60_000))
    started, starved = time.monotonic(), seconds_starved()
    result = train(frame, TrainingOptions(target="y", budget_seconds=budget), time_limit_seconds=budget)
    assert time.monotonic() - started - (seconds_starved() - starved) < budget * 1.05 + 2
    assert_sound(result, frame)
    assert any("sample" in warning for warning in result.warnings)


@pytest.mark.slow
@pytest.mark.serial
def test_a_stop_after_the_first_model_keeps_it_and_is_quick() -> None:
    asked: list[float] = []
    seen: list[Progress] = []

    def should_stop() -> bool:
        if any(event.best is not None for event in seen) and not asked:
            asked.append(time.monotonic())
        return bool(asked)

    frame = binary_table(2_000)
    result = train(
        frame, TrainingOptions(target="churn", budget_seconds=60), on_progress=seen.append, should_stop=should_stop
    )
    assert time.monotonic() - asked[0] < 2.0
    assert_sound(result, frame)
    assert any("stopped" in warning for warning in result.warnings)
    assert result.plan["completed"] is False


@pytest.mark.slow
def test_a_listener_that_raises_canceled_stops_it_too() -> None:
    def listener(event: Progress) -> None:
        if event.best is not None:
            raise Canceled("canceled", "Enough.")

    result = train(binary_table(300), TrainingOptions(target="churn", budget_seconds=60), on_progress=listener)
    assert any("stopped" in warning for warning in result.warnings)


def test_a_stop_before_the_first_model_is_a_cancellation() -> None:
    with pytest.raises(Canceled):
        train(binary_table(300), TrainingOptions(target="churn"), should_stop=lambda: True)


def child(*deaths: Exception | None) -> Callable[..., dict[str, Any]]:
    """A stand-in for the child process: it dies in a fit of ``lightgbm`` for every error, and works for None."""
    told = list(deaths)

    def run_child(_function: str, payload: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        folder = RunFolder(Path(payload["folder"]))
        death = told.pop(0)
        if death is not None:
            folder.write_json("running", {"fits": [{"trial": "lightgbm", "scope": "fold_0"}], "at": 1.0})
            raise death
        run_here(stand_in(folder), seconds=60)
        return {}

    return run_child


def stand_in(folder: RunFolder) -> Any:
    """Only the folder matters to :func:`run_here`."""
    return type("Stand", (), {"folder": folder})()


def test_a_candidate_that_kills_the_process_is_given_up_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    death = InternalError("child_failed", "A worker process ended without a result.")
    monkeypatch.setattr(module, "run_child", child(death, None))
    frame = binary_table(200)
    result = fit(frame, "churn", candidates=["logistic_regression", "lightgbm"])
    assert_sound(result, frame)
    line = next(line for line in result.candidates if line.name == "lightgbm")
    assert line.state == "failed"
    assert "ended the training process" in str(line.reason)
    assert result.best_candidate in ("logistic_regression", "baseline")


def test_a_process_that_dies_without_fitting_anything_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_child(*_args: Any, **_rest: Any) -> dict[str, Any]:
        raise InternalError("child_failed", "A worker process ended without a result.")

    monkeypatch.setattr(module, "run_child", run_child)
    with pytest.raises(InternalError):
        fit(binary_table(200), "churn")


def test_an_unknown_target_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInput) as caught:
        fit(binary_table(100), "chrun")
    assert caught.value.code == "target_unknown"
    assert "churn" in str(caught.value.fix)
