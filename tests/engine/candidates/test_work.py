"""When candidates stop, where they start, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from narrative.core.clock import Deadline, ManualClock
from narrative.core.errors import Canceled, NarrativeError
from narrative.engine.candidates._classes import only_present, present_classes
from narrative.engine.candidates._work import (
    BestRound,
    Watch,
    class_shares,
    require_something_to_learn,
    smallest_probability,
    useful_threads,
)
from narrative.engine.candidates.base import FitOptions, TrainingData
from tests.fixtures.training_rows import training_rows


def test_work_stops_while_there_is_still_time_to_convert_what_there_is() -> None:
    clock = ManualClock()
    watch = Watch(FitOptions(deadline=Deadline(clock, 10.0), clock=clock), 100)
    for done in range(1, 101):
        clock.advance(1.0)
        if watch.time_is_up(done):
            break
    # After round 8 two seconds are left: the next round would take one, converting a little more than none.
    assert done == 9
    assert watch.stopped_by_deadline


def test_without_a_deadline_work_never_stops() -> None:
    clock = ManualClock()
    watch = Watch(FitOptions(clock=clock), 3)
    clock.advance(1e9)
    assert not watch.time_is_up(3)
    assert not watch.stopped_by_deadline


def test_progress_is_the_share_of_rounds_and_cancellation_passes_through() -> None:
    shares: list[float] = []
    watch = Watch(FitOptions(on_progress=shares.append), 4)
    for done in (1, 2, 4, 6):
        watch.time_is_up(done)
    assert shares == [0.25, 0.5, 1.0, 1.0]

    def stop(share: float) -> None:
        raise Canceled("canceled", "Stopped.")

    with pytest.raises(Canceled):
        Watch(FitOptions(on_progress=stop), 4).time_is_up(1)


def test_steps_grow_while_they_are_quick_and_shrink_when_they_are_slow() -> None:
    clock = ManualClock()
    watch = Watch(FitOptions(clock=clock), 100)
    clock.advance(0.01)
    watch.time_is_up(1)
    assert watch.next_step(4, 20) == 8
    assert watch.next_step(16, 20) == 20
    clock.advance(0.3)
    watch.time_is_up(2)
    assert watch.next_step(8, 20) == 8
    clock.advance(2.0)
    watch.time_is_up(3)
    assert watch.next_step(8, 20) == 4
    assert watch.next_step(1, 20) == 1


def test_the_best_round_is_the_first_with_the_least_loss() -> None:
    best = BestRound(patience=3)
    stops = [best.should_stop(done, loss) for done, loss in enumerate([3.0, 2.0, 2.0, 2.5, 2.1], start=1)]
    assert stops == [False, False, False, False, True]
    assert best.best_round == 2


def test_a_loss_that_is_no_number_stops_at_once() -> None:
    best = BestRound(patience=3)
    assert not best.should_stop(1, 1.0)
    assert best.should_stop(2, float("nan"))
    assert best.best_round == 1


def test_shares_of_classes_count_weights() -> None:
    data = TrainingData(np.zeros((3, 1)), np.array([0.0, 1.0, 1.0]), "multiclass", 3, weights=np.array([2.0, 1.0, 1.0]))
    np.testing.assert_allclose(class_shares(data), [0.5, 0.5, 0.0])


def test_the_smallest_probability_follows_the_number_of_rows() -> None:
    assert smallest_probability(training_rows("binary", n_rows=200, n_valid=0)) == pytest.approx(1 / 202)
    assert smallest_probability(training_rows("binary", n_rows=20, n_valid=0)) == 0.01


def test_small_tables_use_one_thread() -> None:
    small = training_rows("binary")
    large = replace(small, features=np.zeros((200_000, 5)))
    assert useful_threads(small, FitOptions(threads=8)) == 1
    assert useful_threads(large, FitOptions(threads=8)) == 4
    assert useful_threads(large, FitOptions(threads=2)) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"features": np.zeros((240, 0))}, "no_features"),
        ({"features": np.zeros((1, 2)), "target": np.zeros(1)}, "too_few_rows"),
        ({"features": np.full((240, 2), np.nan)}, "features_constant"),
        ({"features": 1.0 + np.arange(480).reshape(240, 2) * 1e-12}, "features_constant"),
        ({"target": np.zeros(240)}, "one_class"),
        ({"target": np.full(240, np.nan)}, "target_not_finite"),
        ({"target": np.ones(240), "problem": "regression"}, "nothing_to_learn"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_data_without_anything_to_learn_are_refused_with_the_reason(change: dict[str, object], code: str) -> None:
    data = training_rows("binary", n_valid=0)
    require_something_to_learn(data)
    with pytest.raises(NarrativeError) as caught:
        require_something_to_learn(replace(data, **change))  # type: ignore[arg-type]  # the table above is mixed
    assert caught.value.code == code


def test_a_column_that_is_only_sometimes_missing_is_something_to_learn_from() -> None:
    data = training_rows("binary", n_valid=0)
    flags = np.where(np.arange(240)[:, None] % 2, np.nan, 1.0)
    require_something_to_learn(replace(data, features=flags))


def test_validation_rows_of_classes_that_training_rows_lack_are_left_out() -> None:
    data = training_rows("multiclass")
    kept = data.target != 1.0
    part = replace(data, features=data.features[kept], target=data.target[kept])
    present = present_classes(part)
    assert present is not None
    assert present.tolist() == [0, 2, 3]
    compact = only_present(part, present)
    assert data.valid_target is not None
    assert compact.valid_target is not None
    assert compact.valid_features is not None
    assert len(compact.valid_target) == len(compact.valid_features) == int((data.valid_target != 1.0).sum())
    assert set(compact.target) == set(compact.valid_target) == {0.0, 1.0, 2.0}
    assert present_classes(data) is None
