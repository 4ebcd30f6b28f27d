from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.evaluation.groups import fairness
from narrative.engine.evaluation.mitigation import even_out, even_weights
from narrative.engine.evaluation.rows import Rows
from narrative.engine.model import Intervals
from narrative.engine.training.imbalance_types import Costs
from narrative.engine.types import FloatArray
from tests.fixtures.evaluated import scored, scored_numbers


def people(n_rows: int, seed: int, *, penalty: float) -> Rows:
    """Two groups with equal chances, of which the model gives one less than it should."""
    random = np.random.default_rng(seed)
    group = random.choice(["old", "young"], n_rows)
    margin = 2 * random.normal(size=n_rows)
    target = (random.random(n_rows) < 1 / (1 + np.exp(-margin))).astype(float)
    said = 1 / (1 + np.exp(-(margin - penalty * (group == "old"))))
    frame = pl.DataFrame({"age": group, "x": margin})
    return Rows("binary", target, np.column_stack([1 - said, said]), np.arange(n_rows), frame=frame)


def test_rates_of_a_group_are_those_counted_by_hand() -> None:
    group = ["f"] * 40 + ["m"] * 40
    target = np.tile(np.r_[np.ones(20), np.zeros(20)], 2)
    flagged = np.r_[
        np.ones(10), np.zeros(10), np.ones(5), np.zeros(15), np.ones(16), np.zeros(4), np.ones(8), np.zeros(12)
    ]
    rows = Rows(
        "binary", target, np.column_stack([1 - flagged, flagged]), np.arange(80), frame=pl.DataFrame({"sex": group})
    )
    found = fairness(rows, "sex")
    women = next(each for each in found.groups if each.value == "f")
    assert {rate.name: rate.value for rate in women.rates} == pytest.approx(
        {"selection_rate": 15 / 40, "true_positive_rate": 10 / 20, "false_positive_rate": 5 / 20}
    )
    assert {rate.name: rate.others for rate in women.rates} == pytest.approx(
        {"selection_rate": 24 / 40, "true_positive_rate": 16 / 20, "false_positive_rate": 8 / 20}
    )
    assert women.ratio == pytest.approx(15 / 24)
    assert women.below_four_fifths
    assert women.calibration_gap == pytest.approx(15 / 40 - 0.5)


def test_a_difference_too_clear_for_the_smallest_float_is_told() -> None:
    group, said = np.array(["f", "m"] * 2_000), np.tile([0.9, 0.1], 2_000)
    target = np.tile([1.0, 1.0, 0.0, 0.0], 1_000)
    frame = pl.DataFrame({"sex": group})
    found = fairness(Rows("binary", target, np.column_stack([1 - said, said]), np.arange(4_000), frame=frame), "sex")
    assert [rate.p_value for each in found.groups for rate in each.rates] == [0.0] * 6  # every f a yes, every m a no
    assert found.n_tests == found.n_differences == 6
    assert found.words.sentence is not None
    assert found.words.sentence.text.endswith("beyond luck.")
    assert not found.words.sentence.text.startswith("By sex, none")


def test_a_planted_unfair_group_is_found_and_its_clean_twin_is_silent() -> None:
    for seed in range(5):
        found = fairness(people(1_500, seed, penalty=1.5), "age")
        assert found.n_differences > 0
        old = next(each for each in found.groups if each.value == "old")
        assert old.calibration_interval is not None
        assert old.calibration_interval[1] < 0
        assert found.words.sentence is not None
    told = sum(fairness(people(1_500, seed, penalty=0.0), "age").n_differences > 0 for seed in range(20))
    assert told <= 4  # at 5 % false alarms more has a chance below 1 in 100


def test_cuts_by_group_even_out_what_is_found_and_say_what_it_costs() -> None:
    rows = people(4_000, 1, penalty=1.5)
    evened = even_out(rows, "age", aim="true_positive_rate", costs=Costs(false_positive=1.0, false_negative=2.0))
    assert evened.gap_before > 0.15
    assert evened.gap_after < 0.08
    assert evened.cost_interval[0] < evened.cost < evened.cost_interval[1]
    cuts = {each.group: each.threshold for each in evened.groups}
    assert cuts["age is old"] < cuts["age is young"]
    assert evened.words.sentence is not None
    selected = even_out(rows, "age", aim="selection_rate")
    assert selected.gap_after < selected.gap_before


def weighted_share(target: FloatArray, weights: FloatArray, inside: list[bool]) -> float:
    return float(np.average(target[inside], weights=weights[inside]))


def test_weights_make_group_and_class_independent() -> None:
    random = np.random.default_rng(4)
    group = random.choice(["p", "q", "r"], 500, p=[0.6, 0.3, 0.1])
    target = (random.random(500) < np.where(group == "p", 0.2, 0.7)).astype(float)
    weights = even_weights(target, group.tolist())
    shares = [weighted_share(target, weights, (group == name).tolist()) for name in ("p", "q", "r")]
    assert shares == pytest.approx([target.mean()] * 3)
    assert weights.sum() == pytest.approx(500)
    # Equal shares need no weights.
    assert even_weights(np.array([0.0, 1.0, 0.0, 1.0]), ["p", "p", "q", "q"]).tolist() == [1.0] * 4


def test_ranges_are_held_to_their_word_in_every_group() -> None:
    rows = scored_numbers(3_000, wide=True)
    frame = rows.cells.with_columns(pl.Series("side", np.where(rows.cells["a"] > 1, "wide", "usual")))
    grouped = Rows("regression", rows.target, rows.predictions, rows.positions, frame=frame)
    found = fairness(grouped, "side", intervals=Intervals(0.9, np.array([]), np.array([-1.645]), np.array([1.645])))
    covered = {each.value: each.coverage_interval for each in found.groups}
    assert covered["wide"] is not None
    assert covered["usual"] is not None
    assert covered["wide"][1] < 0.9
    assert covered["usual"][0] <= 0.9 <= covered["usual"][1]


def test_groups_that_cannot_be_formed_are_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="'sex'") as unknown:
        fairness(scored(), "sex")
    assert unknown.value.fix is not None
    rows = scored()
    one = Rows("binary", rows.target, rows.predictions, rows.positions, frame=pl.DataFrame({"k": ["u"] * rows.size}))
    with pytest.raises(NotApplicable, match="two groups"):
        fairness(one, "k")
    with pytest.raises(NotApplicable):
        even_out(scored(150), "g")
