"""Bounds that may be watched: right at every moment at once, and narrow enough to decide."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from narrative.engine.sequential import (
    Difference,
    RunningMean,
    arm,
    difference_of_arms,
    difference_of_pairs,
    pair_value,
    paired,
)
from narrative.engine.types import FloatArray


def test_the_bounds_are_those_of_the_paper_computed_with_arrays() -> None:
    """The same theorem written out with cumulative sums instead of running ones."""
    values = np.random.default_rng(3).beta(2, 5, 300)
    n = np.arange(1, 301)
    means = (0.5 + np.cumsum(values)) / (n + 1)
    before = np.concatenate([[0.5], means[:-1]])
    variances = (0.25 + np.cumsum((values - means) ** 2)) / (n + 1)
    past = np.concatenate([[0.25], variances[:-1]])
    weights = np.minimum(np.sqrt(2 * math.log(2 / 0.05) / (past * n * np.log(1 + n))), 0.5)
    psi = (-np.log(1 - weights) - weights) / 4
    center = np.cumsum(weights * values) / np.cumsum(weights)
    radius = (math.log(2 / 0.05) + np.cumsum(4 * (values - before) ** 2 * psi)) / np.cumsum(weights)
    found = RunningMean(alpha=0.05).after(values.tolist())
    assert found.low == pytest.approx(max(0.0, float((center - radius).max())), abs=1e-9)
    assert found.high == pytest.approx(min(1.0, float((center + radius).min())), abs=1e-9)
    assert found.mean == pytest.approx(values.mean(), abs=1e-12)


def test_values_in_one_go_or_one_by_one_give_the_same() -> None:
    values = np.random.default_rng(4).random(50).tolist()
    state = arm()
    for value in values:
        state = state.after([value])
    assert state == arm().after(values)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan])
def test_what_is_not_between_0_and_1_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        arm().after([value])


def test_two_alike_stay_undecided_and_a_clear_difference_is_found() -> None:
    random = np.random.default_rng(5)

    def right(share: float, n: int) -> list[float]:
        return (random.random(n) < share).astype(float).tolist()  # type: ignore[no-any-return]

    alike = difference_of_arms(arm().after(right(0.8, 2_000)), arm().after(right(0.8, 2_000)))
    better = difference_of_arms(arm().after(right(0.7, 2_000)), arm().after(right(0.85, 2_000)))
    worse = difference_of_arms(arm().after(right(0.85, 2_000)), arm().after(right(0.7, 2_000)))
    assert [item.verdict for item in (alike, better, worse)] == ["undecided", "challenger", "champion"]
    assert better.low <= 0.15 <= better.high


def test_pairs_need_fewer_rows_than_two_groups() -> None:
    """Both are right on most rows; only the difference counts when they answer the same ones."""
    random = np.random.default_rng(6)
    champion = (random.random(600) < 0.8).astype(float)
    challenger = np.where(random.random(600) < 0.06, 1.0, champion)
    pairs = difference_of_pairs(paired().after(map(pair_value, champion, challenger)))
    groups = difference_of_arms(arm().after(champion.tolist()), arm().after(challenger.tolist()))
    assert pairs.high - pairs.low < 0.5 * (groups.high - groups.low)


def test_nothing_is_said_before_the_first_value() -> None:
    assert difference_of_arms(arm(), arm()) == Difference(estimate=None, low=-1.0, high=1.0)
    assert difference_of_pairs(paired()) == Difference(estimate=None, low=-1.0, high=1.0)


def ever_decided(verdict: Callable[[RunningMean, RunningMean], str], draws: FloatArray) -> bool:
    champion, challenger = arm(), arm()
    for first, second in draws.tolist():
        champion, challenger = champion.after([first]), challenger.after([second])
        if verdict(champion, challenger) != "undecided":
            return True
    return False


def fixed_size_verdict(champion: RunningMean, challenger: RunningMean) -> str:
    """The usual test for two shares at 5 %, as if the present sample were the only one (from 20 values on)."""
    n, first, second = champion.n, champion.mean or 0.0, challenger.mean or 0.0
    share = (first + second) / 2
    error = math.sqrt(2 * share * (1 - share) / n) if 0 < share < 1 else math.inf
    return "decided" if n >= 20 and abs(first - second) > 1.96 * error else "undecided"


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.9, 0.98])
def test_watching_every_value_declares_a_winner_of_two_equals_in_less_than_5_of_100_cases(share: float) -> None:
    random = np.random.default_rng(int(share * 100))
    runs = [(random.random((500, 2)) < share).astype(float) for _ in range(200)]
    wrong = sum(ever_decided(lambda a, b: difference_of_arms(a, b).verdict, draws) for draws in runs)
    # 0.05 with the room that 200 runs leave: one-sided binomial bound at 1 in 1,000 is 18.
    assert wrong <= 10
    naive = sum(ever_decided(fixed_size_verdict, draws) for draws in runs)
    assert naive > 20, "the usual test watched all the time would not be wrong often, so this shows nothing"
