"""What the search does next, when it stops, and what it never does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest

from narrative.core.clock import ManualClock
from narrative.engine.candidates._logarithm import with_logarithm
from narrative.engine.candidates.base import FitOptions, Fitted, TrainingData
from narrative.engine.learners.linear import Linear
from narrative.engine.training.child import read_setup
from narrative.engine.training.further import next_settings
from narrative.engine.training.lanes import Lanes
from narrative.engine.training.outlook import outlook_of
from narrative.engine.training.search import FURTHER_RANGE, Search, expected_improvement
from narrative.engine.training.session import Session
from narrative.engine.training.types import CurvePoint, TrainingOptions
from narrative.engine.types import Problem
from tests.fixtures.training_runs import Fake, assert_sound, prepared, train_here, use_candidates
from tests.fixtures.training_tables import binary_table, regression_table

LISTED: list[dict[str, Any]] = [
    {"note": "first", "rate": 0.1, "depth": 4, "kind": "a"},
    {"note": "second", "rate": 0.02, "depth": 8, "kind": "b"},
]


class Tunable(Fake):
    """Shrinks its answer by a setting: the nearer to 1, the better."""

    name: ClassVar[str] = "tunable"
    title: ClassVar[str] = "Tunable"

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return [{"shrink": 0.5}, {"shrink": 0.7}, {"shrink": 0.2}]

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        whole = super().fit(data, settings, options).learner
        assert isinstance(whole, Linear)
        share = float(settings["shrink"])
        return Fitted(Linear(weights=whole.weights * share, bias=whole.bias, means=whole.means))


class Boosted(Fake):
    """Lists what boosters list."""

    name: ClassVar[str] = "boosted"
    title: ClassVar[str] = "Boosted"

    def settings(self, problem: Problem, n_rows: int, n_features: int) -> list[dict[str, Any]]:
        return with_logarithm([{"note": "Standard.", "depth": 3}], problem)


class Useless(Fake):
    """Knows nothing about the rows."""

    name: ClassVar[str] = "useless"
    title: ClassVar[str] = "Useless"

    def fit(self, data: TrainingData, settings: dict[str, Any], options: FitOptions) -> Fitted:
        n = data.features.shape[1]
        return Fitted(Linear(weights=np.zeros((1, n)), bias=np.zeros(1), means=np.zeros(n)))


def searching(path: Path, **options: Any) -> tuple[Search, Session]:
    run = prepared(path, regression_table(1_200), TrainingOptions(target="price", **options))
    session = Session(run.folder, read_setup(run.folder, 60.0), lambda _line: None, ManualClock())
    return Search(session), session


def fit(session: Session, task: Any) -> None:
    trial, fold = task
    rows = session.setup.split.folds[fold]
    session.fit(trial, f"fold_{fold}", rows.train, rows.valid, rounds=None, seconds=50.0)


def test_every_candidate_is_looked_at_before_any_is_looked_at_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, Tunable, Useless)
    search, session = searching(tmp_path)
    seen: list[tuple[str, int]] = []
    while len(seen) < 20 and (task := search.next(frozenset(), 60.0)) is not None:
        seen.append((task[0].candidate, task[1]))
        fit(session, task)
    real = [each for each in seen if each[0] != "baseline"]
    assert real[:3] == [("fake", 0), ("tunable", 0), ("useless", 0)]
    assert all(fold > 0 for _, fold in real[3:7])


def test_of_a_skewed_target_the_logarithm_is_among_the_first_looks_and_stays_there_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Boosted)
    frame = regression_table(1_200).with_columns(pl.col("price").exp())
    run = prepared(tmp_path, frame, TrainingOptions(target="price"))
    for _ in range(2):
        session = Session(run.folder, read_setup(run.folder, 60.0), lambda _line: None, ManualClock())
        search, looks = Search(session), list[tuple[str, int]]()
        while len(looks) < 7 and (task := search.next({*looks}, 60.0)) is not None:
            looks.append((task[0].id, task[1]))
        assert ("boosted", 0) in looks
        assert ("boosted-2", 0) in looks
        assert [trial.id for trial in session.board.trials] == ["baseline", "boosted", "boosted-2"]


def test_of_a_target_that_is_not_skewed_the_logarithm_is_never_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Boosted)
    run = prepared(tmp_path, regression_table(1_200), TrainingOptions(target="price"))
    session = Session(run.folder, read_setup(run.folder, 60.0), lambda _line: None, ManualClock())
    Search(session)
    assert [trial.id for trial in session.board.trials] == ["baseline", "boosted"]


def test_what_is_clearly_worse_on_the_same_rows_gets_no_second_look_and_the_list_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake, Useless)
    frame = regression_table(1_200)
    result = train_here(tmp_path, frame, target="price")
    assert_sound(result, frame)
    line = next(line for line in result.candidates if line.name == "useless")
    assert (line.state, line.folds_done) == ("finished", 1)
    assert line.reason == "Given up early: clearly worse than Fake on the same rows."
    same = next(line for line in result.candidates if line.name == "fake")
    assert same.folds_done == same.folds == 5


def test_the_search_goes_on_beyond_the_listed_settings_and_finds_better_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Tunable)
    frame = regression_table(1_200)
    result = train_here(tmp_path, frame, target="price")
    tried = [trial["settings"]["shrink"] for trial in result.plan["trials"] if trial["candidate"] == "tunable"]
    assert tried[:2] == [0.5, 0.7]
    assert len(tried) > 3
    best = next(line for line in result.candidates if line.name == "tunable")
    assert best.settings["shrink"] > 0.7
    scores = [point.score for point in result.curve]
    assert scores == sorted(scores, reverse=True)
    assert [point.seconds for point in result.curve] == sorted(point.seconds for point in result.curve)


def test_a_search_with_nothing_left_to_try_ends_by_itself_and_promises_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_candidates(monkeypatch, Fake)
    result = train_here(tmp_path, binary_table(1_200), target="churn")
    assert result.plan["searched_out"]
    assert result.outlook is not None
    assert (result.outlook.gain, result.outlook.searched_out) == (0.0, True)


def test_few_rows_bound_how_many_settings_are_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_candidates(monkeypatch, Tunable)
    result = train_here(tmp_path, regression_table(100), target="price")
    assert len(result.plan["trials"]) - result.plan["first_trials"] <= FURTHER_RANGE[0]


def test_nothing_is_begun_that_does_not_fit_into_the_time_but_the_first_steps_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Costly(Fake):
        name: ClassVar[str] = "costly"
        seconds_at_least: ClassVar[float] = 10.0

    use_candidates(monkeypatch, Costly)
    search, session = searching(tmp_path)
    task = search.next(frozenset(), 0.0)
    assert task is not None
    assert (task[0].candidate, task[1]) == ("baseline", 0)
    while task is not None:
        assert task[0].candidate == "baseline"
        fit(session, task)
        task = search.next(frozenset(), 0.0)
    assert search.is_truncated


def test_settings_are_the_listed_ones_first_and_then_new_ones_within_their_range() -> None:
    tried: list[dict[str, Any]] = []
    for _ in range(40):
        made = next_settings(LISTED, tried, LISTED[0], name="x", seed=1)
        assert made is not None
        tried.append(made)
    assert tried[:2] == LISTED
    assert len({tuple(sorted(each.items())) for each in tried}) == 40
    for each in tried[2:]:
        assert 0.01 <= each["rate"] <= 0.2
        assert isinstance(each["depth"], int)
        assert 2 <= each["depth"] <= 16
        assert each["kind"] in ("a", "b")
    assert next_settings(LISTED, tried[:5], LISTED[0], name="x", seed=1) == tried[5]
    assert next_settings([{}], [{}], {}, name="x", seed=1) is None


def test_expected_improvement_is_that_of_a_normal_value() -> None:
    """Source: tables of the normal distribution; phi(0) = 0.3989, and 0.0833 is the unit loss at one deviation."""
    assert expected_improvement(0.0, 2.0) == pytest.approx(2 * 0.39894, rel=1e-4)
    assert expected_improvement(-1.0, 1.0) == pytest.approx(0.08332, rel=1e-3)


def points(*pairs: tuple[float, float]) -> list[CurvePoint]:
    return [CurvePoint(seconds=seconds, score=score) for seconds, score in pairs]


def test_more_time_is_expected_to_bring_ever_less_of_what_the_last_doubling_brought() -> None:
    curve = points((10, 0.70), (200, 0.80), (250, 0.82), (300, 0.84))
    told = outlook_of(curve, seconds=300, higher_is_better=True, searched_out=False)
    assert told is not None
    assert told.gain == pytest.approx(0.14 / 2)  # one doubling: half of what came after 150 s
    falling = outlook_of(
        points((10, 5.0), (40, 4.0), (60, 4.0)), seconds=60, higher_is_better=False, searched_out=False
    )
    assert falling is not None
    assert falling.gain == pytest.approx((1 - 0.5 ** np.log2(6)) * 1.0)


def test_a_flat_curve_promises_nothing_and_a_single_point_says_nothing() -> None:
    flat = outlook_of(points((1, 0.6), (5, 0.7)), seconds=60, higher_is_better=True, searched_out=False)
    assert flat is not None
    assert flat.gain == 0.0
    assert outlook_of(points((1, 0.6)), seconds=60, higher_is_better=True, searched_out=False) is None


def test_what_the_first_model_brought_beyond_guessing_is_no_promise_of_more() -> None:
    curve = points((0.1, 0.5), (11, 0.79), (12, 0.80))
    told = outlook_of(curve, seconds=12, higher_is_better=True, searched_out=False, naive=0.5)
    assert told is not None
    assert told.gain < 0.01
    assert outlook_of(curve[:2], seconds=12, higher_is_better=True, searched_out=False, naive=0.5) is None


@pytest.mark.parametrize("count", [1, 3])
def test_lanes_do_every_piece_once_and_raise_what_a_piece_raises(count: int) -> None:
    waiting, done = list(range(20)), list[int]()
    lanes = Lanes[int](count)
    lanes.run(lambda _busy: waiting.pop() if waiting else None, done.append)
    assert sorted(done) == list(range(20))
    again = [1, 2]
    with pytest.raises(ZeroDivisionError):
        lanes.run(lambda _busy: again.pop() if again else None, lambda item: 1 / (item - 1))
