"""Linear functions: sums by hand, effects as distances from the mean, gaps as the mean."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray
from tests.fixtures.trees import shapley_values

LEARNER = Linear(np.array([[2.0, -1.0]]), np.array([0.5]), np.array([1.0, 3.0]))


def test_the_margin_is_the_weighted_sum() -> None:
    # 2×4 - 1×5 + 0.5 = 3.5
    np.testing.assert_allclose(LEARNER.margins(np.array([[4.0, 5.0]])), [[3.5]])


def test_the_effect_is_the_distance_from_the_mean_times_the_weight() -> None:
    # Base: 2×1 - 1×3 + 0.5 = -0.5; effects 2×(4-1) = 6 and -1×(5-3) = -2.
    np.testing.assert_allclose(LEARNER.contributions(np.array([[4.0, 5.0]])), [[[6.0, -2.0, -0.5]]])


def test_effects_are_shapley_values_when_unknown_features_are_at_their_mean() -> None:
    row = np.array([4.0, 5.0])

    def worth(known: frozenset[int]) -> FloatArray:
        given = np.array([[row[i] if i in known else LEARNER.means[i] for i in range(2)]])
        return LEARNER.margins(given).reshape(-1)

    np.testing.assert_allclose(LEARNER.contributions(row[None])[0], shapley_values(worth, 2))


def test_a_gap_counts_as_the_mean_and_has_no_effect() -> None:
    gap, mean = np.array([[np.nan, 5.0]]), np.array([[1.0, 5.0]])
    np.testing.assert_array_equal(LEARNER.margins(gap), LEARNER.margins(mean))
    assert LEARNER.contributions(gap)[0, 0, 0] == 0.0


@pytest.mark.parametrize("name", ["weights", "bias", "means"])
def test_parts_that_do_not_fit_are_refused(name: str) -> None:
    description, arrays = LEARNER.to_parts()
    arrays[name] = arrays[name][..., :0]
    with pytest.raises(InvalidInput) as caught:
        Linear.from_parts(description, arrays)
    assert caught.value.code == "learner_damaged"
