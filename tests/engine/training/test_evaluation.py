"""The evaluation: every figure from targets and predictions, the interval honest about time, rare classes first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from narrative.core.errors import NotApplicable
from narrative.engine.scores.intervals import fresh_interval
from narrative.engine.training.conformal import conformal_intervals
from narrative.engine.training.evaluation import Growth, Unseen, after_uses, evaluate
from narrative.engine.training.types import Evaluation
from narrative.engine.types import FloatArray


def binary(share: float = 0.3, n: int = 600) -> Unseen:
    random = np.random.default_rng(1)
    target = (np.arange(n) < share * n).astype(np.float64)
    positive = np.clip(share + 0.3 * (target - share) + 0.1 * random.normal(size=n), 0.001, 0.999)
    return Unseen(target, two(positive), np.tile([1 - share, share], (n, 1)))


def two(positive: FloatArray) -> FloatArray:
    return np.column_stack([1 - positive, positive])


def numbers(n: int = 600) -> Unseen:
    random = np.random.default_rng(2)
    target = random.normal(size=n) * 10
    return Unseen(target, target + random.normal(size=n), np.zeros(n))


def evaluated(unseen: Unseen, **given: Any) -> Evaluation:
    regression = unseen.predictions.ndim == 1
    plain: dict[str, Any] = {
        "problem": "regression" if regression else "binary",
        "target": "t",
        "classes": [] if regression else ["no", "yes"],
        "method": "holdout",
        "method_sentence": "Set aside.",
        "n_train_rows": 2_400,
        "n_rows": 3_000,
        "cross_validated_score": 0.8,
        "threshold": None if regression else 0.5,
    }
    return evaluate(unseen, **(plain | given))


def test_the_gap_is_negative_when_the_model_is_worse_than_promised_whatever_the_direction() -> None:
    good = evaluated(binary(), cross_validated_score=0.9)
    assert good.honesty_gap == pytest.approx(good.score - 0.9)
    worse = evaluated(numbers(), cross_validated_score=0.5)
    assert worse.score > 0.9
    assert worse.honesty_gap == pytest.approx(0.5 - worse.score)
    assert evaluated(binary(), method="cross_validation").honesty_gap is None


def test_a_rare_class_puts_average_precision_first() -> None:
    assert next(iter(evaluated(binary(share=0.03)).companions)) == "average_precision"
    assert next(iter(evaluated(binary(share=0.3)).companions)) != "average_precision"


def test_the_naive_model_stands_beside_every_figure() -> None:
    made = evaluated(binary())
    assert made.baseline_score == 0.5
    assert made.companion_baselines.keys() == made.companions.keys()
    assert made.companion_baselines["accuracy"] == pytest.approx(0.7)
    assert made.companion_baselines["precision"] is None


def test_the_confusion_matrix_follows_the_threshold() -> None:
    strict, loose = evaluated(binary(), threshold=0.6), evaluated(binary(), threshold=0.2)
    assert strict.confusion is not None
    assert loose.confusion is not None
    assert sum(map(sum, strict.confusion)) == sum(map(sum, loose.confusion)) == 600
    assert strict.confusion[0][1] < loose.confusion[0][1]


def test_the_interval_is_that_of_a_fresh_set_of_a_fifth_of_the_rows() -> None:
    unseen = numbers()
    assert evaluated(unseen).interval == fresh_interval("rmse", unseen.target, unseen.predictions, 600)


def test_periods_that_differ_widen_the_interval_and_like_ones_do_not() -> None:
    unseen = numbers()
    plain = evaluated(unseen, method="time_holdout").interval
    alike = evaluated(unseen, method="time_holdout", period_scores=[1.0, 1.01, 0.99]).interval
    unlike = evaluated(unseen, method="time_holdout", period_scores=[0.5, 2.0, 1.0]).interval
    assert alike == plain
    assert unlike[0] < plain[0]
    assert unlike[1] > 1.5 * plain[1]


def test_the_better_end_leaves_room_for_rows_the_delivered_model_learned_from_besides() -> None:
    """From 640 to 800 rows the error fell by a tenth; from 800 to 1,000, as many times more, it may again."""
    unseen, growth = numbers(), Growth(640, 800, 1_000)
    plain = evaluated(unseen)
    falling = evaluated(unseen, cross_validated_score=plain.score / 0.9, growth=growth).interval
    assert falling == pytest.approx((0.9 * plain.interval[0], plain.interval[1]))
    chances = binary()
    plain = evaluated(chances)
    rising = evaluated(chances, cross_validated_score=1 - (1 - plain.score) / 0.9, growth=growth).interval
    assert rising == pytest.approx((plain.interval[0], 1 - 0.9 * (1 - plain.interval[1])))


def test_some_room_is_left_even_where_the_folds_showed_no_gain_and_none_without_further_rows() -> None:
    unseen = numbers()
    plain = evaluated(unseen)
    worse = evaluated(unseen, cross_validated_score=plain.score * 0.9, growth=Growth(640, 800, 1_000)).interval
    first_fold = evaluated(unseen, cross_validated_score=plain.score, growth=Growth(640, 640, 1_000)).interval
    same_rows = evaluated(unseen, cross_validated_score=plain.score / 0.9, growth=Growth(640, 800, 800)).interval
    assert worse == pytest.approx((0.8**0.1 * plain.interval[0], plain.interval[1]))
    assert first_fold == pytest.approx((0.64**0.1 * plain.interval[0], plain.interval[1]))
    assert same_rows == plain.interval


def test_coverage_is_counted_on_the_untouched_rows() -> None:
    unseen = numbers(2_000)
    learned = numbers(2_000)
    shifted = Unseen(unseen.target + 5, unseen.predictions, unseen.naive)
    intervals = conformal_intervals(learned.target, learned.predictions)
    assert evaluated(unseen, intervals=intervals).interval_coverage == pytest.approx(0.9, abs=0.03)
    assert evaluated(shifted, intervals=intervals).interval_coverage == pytest.approx(0.0, abs=0.05)


def test_charts_belong_to_the_problem() -> None:
    classes, values = evaluated(binary()), evaluated(numbers())
    assert classes.roc is not None
    assert classes.thresholds
    assert classes.predicted_actual is None
    assert values.predicted_actual
    assert values.residual_histogram
    assert values.roc is None
    assert values.confusion is None


def test_rows_of_one_class_only_have_no_ranking_score() -> None:
    with pytest.raises(NotApplicable):
        evaluated(Unseen(np.zeros(10), two(np.full(10, 0.2)), two(np.full(10, 0.2))))


def test_a_chosen_score_is_reported_with_its_own_interval_and_baseline() -> None:
    unseen = binary()
    made = evaluated(unseen, metric="f1", threshold=0.35)
    flagged, truth = unseen.predictions[:, 1] >= 0.35, unseen.target == 1
    f1 = 2 * (flagged & truth).sum() / (flagged.sum() + truth.sum())
    assert made.metric == "f1"
    assert made.score == pytest.approx(f1)
    assert made.interval[0] < made.score < made.interval[1]
    assert made.baseline_score == pytest.approx(2 * 0.3 / 1.3)  # flagging everybody
    assert "roc_auc" in made.companions
    assert "f1" not in made.companions


def test_rows_of_groups_that_move_together_widen_the_interval() -> None:
    random, owner = np.random.default_rng(3), np.repeat(np.arange(30), 20)
    target = random.normal(size=600) + 2 * random.normal(size=30)[owner]
    unseen = Unseen(target, np.zeros(600), np.zeros(600))
    alone, together = evaluated(unseen), evaluated(unseen, groups=owner, group_column="owner")
    assert np.diff(together.interval)[0] > 1.3 * np.diff(alone.interval)[0]
    assert together.group_column == "owner"


def test_the_interval_of_the_best_of_several_runs_holds_it_95_of_100_times() -> None:
    """Luck picks the best of 8 equal models on the same rows; the plain interval breaks its promise, the wider does
    not."""
    random, n, uses = np.random.default_rng(4), 400, 8
    base, plain, wider = evaluated(numbers()), 0, 0
    for _ in range(400):
        errors = random.normal(size=(uses, n)) ** 2  # independent: luck has the most room
        scores = np.sqrt(errors.mean(axis=1))
        best = int(np.argmin(scores))
        error = errors[best].std() / np.sqrt(n) / (2 * scores[best])
        interval = (scores[best] - 1.96 * error, scores[best] + 1.96 * error)
        made = base.model_copy(update={"score": scores[best], "interval": interval})
        after = after_uses(made, uses).interval_after_uses
        assert after is not None
        plain += interval[0] <= 1.0 <= interval[1]
        wider += after[0] <= 1.0 <= after[1]
    assert plain / 400 < 0.9
    assert wider / 400 > 0.93


def test_a_single_run_keeps_its_interval_and_the_wider_one_stays_within_the_score() -> None:
    made = evaluated(binary())
    assert after_uses(made, 1) == made
    worn = after_uses(made, 10**6)
    assert worn.test_uses == 10**6
    assert worn.interval_after_uses is not None
    assert 0.0 <= worn.interval_after_uses[0] < made.interval[0]
    assert made.interval[1] < worn.interval_after_uses[1] <= 1.0
