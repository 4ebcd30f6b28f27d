"""Every learner keeps the contract, and the checks notice a learner that does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.learners.base import Arrays, Learner
from narrative.engine.learners.linear import Linear
from narrative.engine.types import FloatArray
from tests.contracts import learner_contract as contract
from tests.fixtures.learners import N_FEATURES, example_learners
from tests.fixtures.trees import random_rows

LEARNERS = example_learners()
Check = Callable[[Learner, FloatArray], None]


def test_every_format_has_an_example() -> None:
    formats = set(discover("narrative.engine.learners", Learner))
    assert {learner.name for learner in LEARNERS.values()} == formats


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", LEARNERS)
def test_learner_keeps_the_contract(name: str, check: Check) -> None:
    check(LEARNERS[name], _rows(LEARNERS[name]))


@pytest.mark.parametrize("name", LEARNERS)
def test_rows_of_another_width_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        LEARNERS[name].margins(np.zeros((2, N_FEATURES + 1)))
    assert caught.value.code == "features_mismatch"


def _rows(learner: Learner) -> FloatArray:
    rows = random_rows(0, 40, N_FEATURES)
    # A sum of weighted infinities is no number; the linear view has none.
    return np.where(np.isinf(rows), 3.0, rows) if learner.name == "linear" else rows


class _Breach(Linear):
    """A linear learner with one planted fault."""

    def __init__(self, fault: str) -> None:
        super().__init__(np.ones((1, N_FEATURES)), np.zeros(1), np.zeros(N_FEATURES))
        self.fault = fault

    def margins(self, features: FloatArray) -> FloatArray:
        margins = super().margins(features)
        if self.fault == "check_shapes":
            return margins[:, 0]
        if self.fault == "check_input_stays":
            features[...] = 0.0
        if self.fault == "check_effects_add_up":
            return margins + 1e-6
        if self.fault == "check_rows_alone":
            return margins + 1e-12 * len(features)
        return margins

    def of_row(self, cells: Sequence[float | None]) -> FloatArray:
        return super().of_row(cells) + (1e-12 if self.fault == "check_row_of_cells" else 0.0)

    def contributions(self, features: FloatArray) -> FloatArray:
        effects = super().contributions(features)
        if self.fault == "check_base_is_one":
            effects[:, :, -1] += features[:, :1]
        return effects

    @classmethod
    def from_parts(cls, description: dict[str, object], arrays: Arrays) -> Linear:
        return Linear(arrays["weights"].astype(np.float32).astype(np.float64) + 1e-9, arrays["bias"], arrays["means"])


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_the_check_notices_a_planted_breach(check: Check) -> None:
    rows = np.random.default_rng(0).normal(size=(7, N_FEATURES))
    with pytest.raises(AssertionError):
        check(_Breach(check.__name__), rows)
