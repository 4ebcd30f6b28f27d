from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from narrative.core.errors import NotApplicable
from narrative.engine.evaluation.uncertainty import (
    difference_bounds,
    found_by_false_discovery,
    mean_bounds,
    newcombe,
    ratio_bounds,
    score_bounds,
    two_shares_p,
    welch_p,
    wilson,
)
from narrative.engine.types import IntArray


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (3, 10), (10, 10), (480, 1000), (1, 5000)])
def test_the_interval_of_a_share_is_that_of_scipy(hits: int, rows: int) -> None:
    expected = stats.binomtest(hits, rows).proportion_ci(0.95, method="wilson")
    assert wilson(hits, rows) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_without_rows_a_share_may_be_anything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("hits", "rows", "expected"),
    # Newcombe (1998), table II, method 10: cases (a), (b), (d) and (h).
    [
        ((56, 48), (70, 80), (0.0524, 0.3339)),
        ((9, 3), (10, 10), (0.1705, 0.8090)),
        ((5, 0), (56, 29), (-0.0381, 0.1926)),
        ((10, 0), (10, 10), (0.6075, 1.0)),
    ],
)
def test_the_interval_of_a_difference_of_shares_is_that_of_the_paper(
    hits: tuple[int, int], rows: tuple[int, int], expected: tuple[float, float]
) -> None:
    assert newcombe(hits, rows) == pytest.approx(expected, abs=6e-5)


def test_the_interval_of_a_ratio_is_that_of_scipy() -> None:
    expected = stats.contingency.relative_risk(30, 100, 60, 120).confidence_interval(0.95)
    assert ratio_bounds((30, 60), (100, 120)) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert ratio_bounds((0, 60), (100, 120)) is None


def test_intervals_of_means_are_those_of_scipy() -> None:
    random = np.random.default_rng(1)
    one, other = random.normal(3, 2, 40), random.exponential(1, 90)
    expected = stats.t.interval(0.95, 39, one.mean(), stats.sem(one))
    assert mean_bounds(one) == pytest.approx(expected, rel=1e-9)
    welch = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert difference_bounds(one, other) == pytest.approx((welch.low, welch.high), rel=1e-9)
    with pytest.raises(NotApplicable, match="two rows"):
        mean_bounds(one[:1])


def test_what_stands_of_many_tests_is_what_scipy_lets_stand() -> None:
    random = np.random.default_rng(2)
    for _ in range(20):
        p = np.concatenate([random.random(20), random.random(5) * 0.01])
        expected = stats.false_discovery_control(p) <= 0.05
        assert found_by_false_discovery(p.tolist()) == expected.tolist()
    assert found_by_false_discovery([]) == []


@pytest.mark.parametrize(
    ("hits", "rows"),
    [((8, 1), (20, 19)), ((0, 5), (9, 30)), ((40, 60), (100, 100)), ((3, 3), (3, 9)), ((0, 0), (4, 4))],
)
def test_the_p_value_of_two_shares_is_that_of_scipy(hits: tuple[int, int], rows: tuple[int, int]) -> None:
    cells = [[hits[0], rows[0] - hits[0]], [hits[1], rows[1] - hits[1]]]
    assert two_shares_p(hits, rows) == pytest.approx(stats.fisher_exact(cells)[1], rel=1e-9)


def test_the_p_value_of_two_means_is_that_of_scipy() -> None:
    random = np.random.default_rng(5)
    for shift in (-1.0, 0.0, 1.0):
        one, other = random.normal(shift, 3, 30), random.normal(0, 1, 80)
        expected = stats.ttest_ind(one, other, equal_var=False, alternative="greater").pvalue
        assert welch_p(one, other) == pytest.approx(expected, rel=1e-9)


def test_two_equal_shares_give_no_small_p_value() -> None:
    assert two_shares_p((10, 10), (50, 50)) == pytest.approx(1.0)
    assert two_shares_p((5, 45), (50, 50)) < 1e-12


@pytest.mark.parametrize("rows", [900, 9_000])
def test_resampling_and_leaving_out_blocks_agree_with_the_closed_form(rows: int) -> None:
    values = (np.random.default_rng(3).random(rows) < 0.3).astype(float)

    def mean(picked: IntArray) -> float:
        return float(values[picked].mean())

    low, high = score_bounds(mean, rows, float(values.mean()))
    expected = wilson(float(values.sum()), rows)
    width = expected[1] - expected[0]
    assert low == pytest.approx(expected[0], abs=0.15 * width)
    assert high == pytest.approx(expected[1], abs=0.15 * width)


def test_a_score_that_is_hardly_ever_defined_has_no_interval() -> None:
    def never(picked: IntArray) -> float:
        raise NotApplicable("one_class", "One class only.")

    with pytest.raises(NotApplicable, match="too few rows"):
        score_bounds(never, 20, 0.5)
