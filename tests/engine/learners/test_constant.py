"""A constant answers alike for every row."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.learners.constant import Constant


def test_every_row_gets_the_base_and_no_feature_has_an_effect() -> None:
    learner = Constant(3, np.array([1.0, -2.0]))
    rows = np.full((4, 3), np.nan)
    np.testing.assert_array_equal(learner.margins(rows), np.tile([1.0, -2.0], (4, 1)))
    assert not learner.contributions(rows)[:, :, :-1].any()


def test_a_constant_without_an_output_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Constant.from_parts({"n_features": 3}, {"base": np.zeros(0)})
    assert caught.value.code == "learner_damaged"
