"""A way to balance is taken only when it beats doing nothing beyond chance; what is chosen about it is checked."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from narrative.core.errors import InvalidInput
from narrative.engine.training.imbalance import check_choice, is_rare
from narrative.engine.training.imbalance_comparison import Judging, Looked, compare, difference, recommend
from narrative.engine.training.imbalance_types import Difference, MethodComparison
from narrative.engine.types import FloatArray

JUDGING = Judging("binary", rarest=1, ratio=0.25, by_average_precision=True)


def looked(positive: FloatArray) -> Looked:
    return Looked(np.column_stack([1 - positive, positive]), [90, 10], [90.0, 90.0], [])


def folds(lift: float, count: int = 8, seed: int = 1) -> tuple[dict[str, list[Looked]], list[FloatArray]]:
    """Doing nothing tells the classes apart a little; the other way ``lift`` better, with luck of its own."""
    random = np.random.default_rng(seed)
    truths, seen = list[FloatArray](), dict[str, list[Looked]](none=[], smote=[])
    for _ in range(count):
        truth = (random.random(400) < 0.05).astype(np.float64)
        noise = random.normal(size=400)
        for name, strength in (("none", 1.0), ("smote", 1.0 + lift)):
            margin = strength * truth + noise + 0.1 * random.normal(size=400) - 3
            seen[name].append(looked(1 / (1 + np.exp(-margin))))
        truths.append(truth)
    return seen, truths


def test_the_interval_is_that_of_the_corrected_test_over_resampled_folds() -> None:
    """By hand: mean ± t × sqrt((1/J + n_test/n_train) × variance)."""
    gains = np.array([0.02, 0.05, -0.01, 0.03, 0.04])
    made = difference(gains, ratio=0.25)
    half = student.ppf(0.975, 4) * np.sqrt((1 / 5 + 0.25) * gains.var(ddof=1))
    assert made is not None
    assert (made.value, made.low, made.high) == pytest.approx((0.026, 0.026 - half, 0.026 + half))
    several = difference(gains, ratio=0.25, n_compared=4)
    assert several is not None
    assert several.high - several.value == pytest.approx(
        student.ppf(1 - 0.05 / 8, 4) * np.sqrt((1 / 5 + 0.25) * gains.var(ddof=1))
    )


def test_folds_without_the_class_do_not_count_and_one_fold_says_nothing() -> None:
    with_gap = difference(np.array([0.1, np.nan, 0.2, 0.3]), ratio=0.25)
    assert with_gap is not None
    assert with_gap.value == pytest.approx(0.2)
    assert difference(np.array([0.1, np.nan]), ratio=0.25) is None


def test_a_way_that_is_clearly_better_is_recommended_and_luck_is_not() -> None:
    for lift, outcome in ((1.5, "smote"), (0.0, "none"), (-1.0, "none")):
        lines = compare(*folds(lift), JUDGING)
        assert recommend(lines, by_average_precision=True) == outcome
        assert [line.name for line in lines] == ["none", "smote"]
        assert lines[0].average_precision_difference is None
        assert lines[1].rows_after == [90.0, 90.0]


def test_scores_of_the_table_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    seen, truths = folds(0.5)
    line = compare(seen, truths, JUDGING)[1]
    own = [look.predictions[:, 1] for look in seen["smote"]]
    assert line.score == pytest.approx(np.mean([roc_auc_score(*pair) for pair in zip(truths, own, strict=True)]))
    assert line.average_precision == pytest.approx(
        np.mean([average_precision_score(*pair) for pair in zip(truths, own, strict=True)])
    )


def test_a_way_that_harms_the_score_that_ranks_is_not_recommended() -> None:
    good, bad = Difference(value=0.1, low=0.05, high=0.15), Difference(value=-0.1, low=-0.15, high=-0.05)
    line = MethodComparison(name="smote", title="SMOTE", average_precision_difference=good, score_difference=bad)
    assert recommend([line], by_average_precision=True) == "none"
    fine = line.model_copy(update={"score_difference": Difference(value=-0.01, low=-0.05, high=0.03)})
    assert recommend([fine], by_average_precision=True) == "smote"
    assert recommend([fine], by_average_precision=False) == "none"


def test_a_lower_log_loss_is_a_gain() -> None:
    truth = np.array([0.0, 1.0, 2.0] * 20)
    blurred, sharp = np.full((60, 3), 1 / 3), np.full((60, 3), 0.1)
    sharp[np.arange(60), truth.astype(int)] = 0.8
    seen = {
        "none": [Looked(blurred, [1] * 3, [1.0] * 3, [])] * 3,
        "smote": [Looked(sharp, [1] * 3, [1.0] * 3, [])] * 3,
    }
    line = compare(seen, [truth] * 3, Judging("multiclass", 2, 0.25, by_average_precision=False))[1]
    assert line.score_difference is not None
    assert line.score_difference.value == pytest.approx(np.log(3) + np.log(0.8))


def test_a_class_is_rare_below_one_in_twenty() -> None:
    assert is_rare(np.array([2_100, 100]))
    assert not is_rare(np.array([2_000, 100]))
    assert not is_rare(np.array([40, 45, 50] * 8)), "many classes of about the same size are none of them rare"
    assert not is_rare(np.array([50, 0]))


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(InvalidInput) as numbers:
        check_choice("smote", {}, "regression")
    assert numbers.value.code == "imbalance_for_numbers"
    with pytest.raises(InvalidInput) as settings:
        check_choice("auto", {"k_neighbors": 3}, "binary")
    assert settings.value.code == "imbalance_setting_invalid"
    check_choice("auto", {}, "regression")
    check_choice("none", {}, "regression")
    check_choice("smote", {"k_neighbors": 3.0}, "binary")
