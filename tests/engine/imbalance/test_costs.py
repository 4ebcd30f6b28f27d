"""The cut between yes and no: cheapest on rows the models had not seen, stated honestly."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from narrative.core.errors import InvalidInput
from narrative.engine.training.imbalance_types import Costs
from narrative.engine.training.threshold import check_costs, choose_threshold, cost_report, ideal_threshold
from narrative.engine.types import FloatArray


def sample(n: int, seed: int, share: float = -2.0) -> tuple[FloatArray, FloatArray]:
    """Targets drawn from their own probabilities: calibrated by construction."""
    random = np.random.default_rng(seed)
    positive = 1 / (1 + np.exp(-(1.5 * random.normal(size=n) + share)))
    return (random.random(n) < positive).astype(np.float64), positive


def cost(target: FloatArray, positive: FloatArray, cut: float, costs: Costs) -> float:
    """By definition, one row at a time."""
    total = 0.0
    for truth, probability in zip(target, positive, strict=True):
        if probability >= cut and truth == 0:
            total += costs.false_positive
        if probability < cut and truth == 1:
            total += costs.false_negative
    return total


@pytest.mark.parametrize(("wrong_yes", "wrong_no"), [(1, 1), (1, 10), (10, 1), (0, 5), (5, 0), (2.5, 40)])
def test_no_other_cut_is_cheaper(wrong_yes: float, wrong_no: float) -> None:
    costs = Costs(false_positive=wrong_yes, false_negative=wrong_no)
    target, positive = sample(300, seed=1)
    own = cost(target, positive, choose_threshold(target, positive, costs=costs), costs)
    others = [cost(target, positive, cut, costs) for cut in [0.0, *positive, 1.0]]
    assert own == pytest.approx(min(others))


def test_with_many_calibrated_rows_the_cut_is_what_the_costs_alone_say() -> None:
    costs = Costs(false_positive=1, false_negative=4)
    assert ideal_threshold(costs) == pytest.approx(0.2)
    target, positive = sample(60_000, seed=2)
    assert choose_threshold(target, positive, costs=costs) == pytest.approx(0.2, abs=0.04)


def test_stated_costs_come_before_the_rule_for_rare_classes() -> None:
    target, positive = sample(5_000, seed=3, share=-4.0)
    plain = choose_threshold(target, positive)
    dear = choose_threshold(target, positive, costs=Costs(false_positive=1, false_negative=100))
    assert dear < plain
    balanced, chances = sample(500, seed=4, share=0.5)
    assert choose_threshold(balanced, chances) == 0.5
    by_f1 = choose_threshold(balanced, chances, by_f1=True)
    assert f1_score(balanced, chances >= by_f1) >= f1_score(balanced, chances >= 0.5)


def test_certain_probabilities_and_one_sided_costs_give_a_cut_that_can_be_used() -> None:
    target = np.array([0.0, 0.0, 1.0, 1.0])
    costs = Costs(false_positive=1, false_negative=1)
    assert choose_threshold(target, np.array([0.0, 0.0, 1.0, 1.0]), costs=costs) == pytest.approx(0.5)
    for positive in (np.array([0.2, 0.4, 0.6, 0.8]), np.array([0.0, 1.0, 0.0, 1.0])):
        for each in (Costs(false_positive=0, false_negative=1), Costs(false_positive=1, false_negative=0)):
            assert 0.0 <= choose_threshold(target, positive, costs=each) <= 1.0


def test_the_saving_is_measured_on_untouched_rows() -> None:
    costs = Costs(false_positive=1, false_negative=20)
    cut = choose_threshold(*sample(3_000, seed=5), costs=costs)
    target, positive = sample(800, seed=6)
    made = cost_report(target, positive, cut, costs, tuned_on_these=False)
    assert made.cost == pytest.approx(cost(target, positive, cut, costs))
    assert made.cost_at_half == pytest.approx(cost(target, positive, 0.5, costs))
    assert made.saved == pytest.approx(made.cost_at_half - made.cost)
    assert made.saved > 0
    assert made.saved_interval[0] < made.saved < made.saved_interval[1]


def test_a_saving_on_rows_the_cut_was_tuned_on_is_not_flattered() -> None:
    """Probabilities that say nothing: tuning on the same rows seems to save, tuning on others does not."""
    costs = Costs(false_positive=1, false_negative=1)
    flattered, honest = [], []
    for seed in range(60):
        random = np.random.default_rng(seed)
        target = random.permutation(np.repeat([0.0, 1.0], 40))
        positive = random.uniform(0.4, 0.6, size=80)
        cut = choose_threshold(target, positive, costs=costs)
        flattered.append(cost_report(target, positive, cut, costs, tuned_on_these=False).saved)
        honest.append(cost_report(target, positive, cut, costs, tuned_on_these=True).saved)
    error = float(np.std(honest) / np.sqrt(len(honest)))
    assert np.mean(flattered) > 3.0
    assert np.mean(honest) < 2.0 * error


def test_costs_that_say_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput) as zero:
        check_costs(Costs(false_positive=0, false_negative=0), "binary")
    assert zero.value.code == "costs_are_zero"
    with pytest.raises(InvalidInput) as several:
        check_costs(Costs(false_positive=1, false_negative=2), "multiclass")
    assert several.value.code == "costs_need_two_classes"
    check_costs(None, "regression")
