from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from narrative.core.errors import InvalidInput
from narrative.engine.evaluation.pairing import compare
from narrative.engine.evaluation.rows import Rows
from tests.fixtures.evaluated import scored, scored_numbers


def noisy(rows: Rows, spread: float, seed: int) -> Rows:
    """The same model with noise in its answers."""
    noise = spread * np.random.default_rng(seed).normal(size=rows.size)
    if rows.problem == "regression":
        return Rows("regression", rows.target, rows.predictions + noise, rows.positions)
    margin = np.log(rows.positive() / (1 - rows.positive())) + noise
    positive = 1 / (1 + np.exp(-margin))
    return Rows("binary", rows.target, np.column_stack([1 - positive, positive]), rows.positions)


def test_a_better_model_is_told_from_a_worse_one_whichever_comes_first() -> None:
    rows = scored(2_000)
    assert compare(rows, noisy(rows, 2.0, 1), companions=False).verdict == "first"
    assert compare(noisy(rows, 2.0, 1), rows, companions=False).verdict == "second"
    ours = scored_numbers(1_000)
    found = compare(ours, noisy(ours, 1.0, 1), names=("line", "noise"))
    assert found.verdict == "first"
    assert found.words.sentence is not None
    assert found.words.sentence.text.startswith("line is better")


def test_two_models_that_are_equally_good_show_no_real_difference() -> None:
    luck = 0
    for seed in range(40):
        rows = scored(600, seed=seed)
        verdict = compare(noisy(rows, 0.7, 2 * seed), noisy(rows, 0.7, 2 * seed + 1), companions=False).verdict
        luck += verdict != "no_real_difference"
    assert luck <= 6  # at 5 % more has a chance below 1 in 100


def test_a_model_compared_with_itself_differs_by_nothing() -> None:
    rows = scored(500)
    found = compare(rows, rows)
    assert found.verdict == "no_real_difference"
    assert found.same_answers == 1.0
    assert all(each.difference == 0.0 for each in found.scores)


def test_the_interval_of_a_difference_of_squared_errors_is_that_of_a_paired_test() -> None:
    """For values near each other the difference of root mean squares follows that of mean squares."""
    rows = scored_numbers(5_000)
    other = noisy(rows, 0.5, 3)
    found = compare(rows, other).primary
    squares = [(each.target - each.predictions) ** 2 for each in (rows, other)]
    roots = [float(np.sqrt(each.mean())) for each in squares]
    paired = stats.ttest_rel(squares[0] / (2 * roots[0]), squares[1] / (2 * roots[1])).confidence_interval(0.95)
    assert found.interval is not None
    assert found.interval[1] - found.interval[0] == pytest.approx(paired.high - paired.low, rel=0.02)


def test_every_score_is_paired_and_has_an_interval() -> None:
    rows = scored(500)
    for each in compare(rows, noisy(rows, 0.5, 1)).scores:
        assert each.interval is not None
        assert each.difference is not None
        assert each.interval[0] <= each.difference <= each.interval[1]


def test_other_rows_cannot_be_paired() -> None:
    with pytest.raises(InvalidInput, match="same rows"):
        compare(scored(100, seed=1), scored(100, seed=2))


def test_where_the_score_does_not_apply_there_is_no_verdict() -> None:
    rows = scored()
    part = rows.at(np.flatnonzero(rows.target == 1))
    found = compare(part, part)
    assert found.verdict is None
    assert found.primary.not_applicable is not None
