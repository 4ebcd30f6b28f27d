"""Several models from different seeds, averaged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from narrative.core.clock import Deadline, ManualClock
from narrative.engine.candidates._several import around_best, average, of_one, with_several
from narrative.engine.candidates.base import FitOptions
from narrative.engine.candidates.catboost import CatBoost
from narrative.engine.candidates.lightgbm import LightGBM
from narrative.engine.candidates.xgboost import XGBoost
from narrative.engine.learners.constant import Constant
from narrative.engine.learners.trees import Trees
from narrative.engine.types import Problem
from tests.fixtures.training_rows import loss, training_rows
from tests.fixtures.trees import random_rows, random_trees

BOOSTERS = [CatBoost(), LightGBM(), XGBoost()]


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_average_of_trees_has_the_mean_of_their_margins_and_effects(n_outputs: int) -> None:
    trees = [random_trees(seed, n_outputs=n_outputs, n_splits=8) for seed in range(3)]
    together, rows = average(trees), random_rows(4, 50, 5)
    np.testing.assert_allclose(together.margins(rows), np.mean([each.margins(rows) for each in trees], axis=0))
    effects = np.mean([each.contributions(rows) for each in trees], axis=0)
    np.testing.assert_allclose(together.contributions(rows), effects, atol=1e-12)
    again = Trees.from_parts(*together.to_parts())
    np.testing.assert_array_equal(again.margins(rows), together.margins(rows))


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("candidate", BOOSTERS, ids=lambda candidate: candidate.name)
def test_it_is_the_mean_of_the_models_of_each_seed_with_the_rounds_of_the_first(
    candidate: CatBoost, problem: Problem
) -> None:
    data = training_rows(problem)
    settings = candidate.settings(problem, 240, 4)[0]
    first = candidate.fit(data, settings, FitOptions(threads=1))
    alone = replace(data, valid_features=None, valid_target=None)
    others = [
        candidate.fit(alone, settings, FitOptions(seed=seed, threads=1, rounds=first.rounds)) for seed in (43, 44)
    ]
    together = candidate.fit(data, {**settings, "models": 3}, FitOptions(threads=1))
    expected = np.mean([each.learner.margins(data.features) for each in (first, *others)], axis=0)
    np.testing.assert_allclose(together.learner.margins(data.features), expected, rtol=1e-9, atol=1e-9)
    assert together.rounds == first.rounds


def test_the_average_loses_less_than_its_models_do_on_average() -> None:
    candidate = LightGBM()
    data = training_rows("regression", n_valid=400)
    assert data.valid_features is not None
    assert data.valid_target is not None
    settings = candidate.settings("regression", 240, 4)[0]
    learners = [
        candidate.fit(data, settings, FitOptions(seed=seed, threads=1, rounds=40)).learner for seed in (42, 43, 44)
    ]
    losses = [loss("regression", each.margins(data.valid_features), data.valid_target) for each in learners]
    together = average(learners).margins(data.valid_features)
    # Convexity: never worse than the mean, and better as soon as the models differ (Krogh and Vedelsby 1995).
    assert loss("regression", together, data.valid_target) < np.mean(losses)


def test_what_the_clock_cut_short_is_left_out_of_the_average() -> None:
    clock = ManualClock()
    data, settings = training_rows("regression", n_valid=0), LightGBM().settings("regression", 240, 4)[0]
    one = LightGBM().fit(data, settings, FitOptions(threads=1, rounds=30)).learner

    def until_the_second(share: float) -> None:
        clock.advance(1.0 if share < 0.5 else 0.0)

    deadline = Deadline(clock, 25.0)
    options = FitOptions(threads=1, rounds=30, deadline=deadline, on_progress=until_the_second, clock=clock)
    cut = LightGBM().fit(data, {**settings, "models": 3}, options)
    assert cut.stopped_by_deadline
    np.testing.assert_array_equal(cut.learner.margins(data.features), one.margins(data.features))


def test_the_average_is_made_of_the_best_single_settings_after_the_first_few() -> None:
    listed = with_several([{"note": "A.", "depth": depth} for depth in (6, 5, 4, 3, 2)])
    assert listed[-1]["models"] == 3
    offered = around_best(listed, {"note": "B.", "depth": 9, "models": 3})
    assert [(each["depth"], each.get("models")) for each in offered] == [
        (6, None),
        (5, None),
        (4, None),
        (3, None),
        (9, 3),
        (2, None),
    ]
    assert of_one(offered[4])["depth"] == 9
    assert around_best([{"depth": 6}], {"depth": 6}) == [{"depth": 6}]


def test_only_trees_can_be_averaged() -> None:
    with pytest.raises(TypeError):
        average([Constant(4, np.zeros(1))])
