"""Splits: nothing is in two places, rare classes and twins and time are respected."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.training.splits import Split, choose_split, twin_groups
from narrative.engine.training.targets import Target, code_target
from tests.fixtures.training_tables import binary_table, multiclass_table, regression_table


def coded(frame: pl.DataFrame, name: str) -> Target:
    series = frame[name]
    return code_target(
        series, "regression" if series.dtype.is_float() else "binary" if series.n_unique() == 2 else "multiclass"
    )


def assert_sound(split: Split, n: int) -> None:
    """Test and development part the rows; a fold never learns from rows it predicts."""
    assert sorted([*split.test, *split.development]) == list(range(n))
    for fold in split.folds:
        assert not set(fold.train) & set(fold.valid)
        assert not (set(fold.train) | set(fold.valid)) & set(split.test)


def test_a_large_table_keeps_a_fifth_untouched_with_the_same_share_of_positives() -> None:
    frame = binary_table(2_000)
    target = coded(frame, "churn")
    split = choose_split(frame, target)
    assert split.method == "holdout"
    assert_sound(split, 2_000)
    assert split.test.size == pytest.approx(400, abs=2)
    assert target.values[split.test].mean() == pytest.approx(target.values.mean(), abs=0.003)
    assert len(split.folds) == 5
    assert sorted(np.concatenate([fold.valid for fold in split.folds])) == split.development.tolist()


def test_a_small_table_is_predicted_whole_in_every_repeat() -> None:
    frame = multiclass_table(150)
    split = choose_split(frame, coded(frame, "kind"), repeats=2)
    assert split.method == "cross_validation"
    assert split.test.size == 0
    assert split.repeats == 2
    for repeat in range(2):
        own = split.folds[5 * repeat : 5 * repeat + 5]
        assert sorted(np.concatenate([fold.valid for fold in own])) == list(range(150))
    assert not np.array_equal(split.folds[0].valid, split.folds[5].valid)


def test_too_few_rows_of_the_rarer_class_are_cross_validated_even_in_a_larger_table() -> None:
    frame = binary_table(3_000, positive=0.005)
    assert choose_split(frame, coded(frame, "churn")).method == "cross_validation"


def test_two_rows_of_a_class_never_fall_into_the_same_part() -> None:
    frame = multiclass_table(200).with_columns(
        kind=pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("rare")).otherwise("kind")
    )
    target = coded(frame, "kind")
    rare = target.classes.index("rare")
    for seed in range(20):
        split = choose_split(frame, target, repeats=1, seed=seed)
        for fold in split.folds:
            assert np.sum(target.values[fold.train] == rare) >= 1


def test_exact_twins_stay_together() -> None:
    frame = regression_table(1_200)
    frame = pl.concat([frame, frame.head(60)])
    split = choose_split(frame, coded(frame, "price"))
    assert_sound(split, 1_260)
    part = np.zeros(1_260)
    part[split.test] = 1
    for fold, own in enumerate(split.folds):
        part[own.valid] = fold + 2
    assert np.array_equal(part[:60], part[1_200:])


def test_a_table_that_repeats_rows_by_nature_is_not_grouped() -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame(
        {"a": random.integers(3, size=500), "b": random.integers(3, size=500), "y": random.integers(2, size=500)}
    )
    assert twin_groups(frame) is None
    assert twin_groups(pl.concat([regression_table(50), regression_table(50)])) is not None


def dated(n: int) -> pl.DataFrame:
    day = [date(2024, 1, 1) + timedelta(days=index // 4) for index in range(n)]
    return regression_table(n).with_columns(day=pl.Series(day))


def test_numbers_in_a_table_ordered_by_date_are_split_in_time() -> None:
    frame = dated(2_000)
    split = choose_split(frame, coded(frame, "price"), time_columns=["day"])
    assert split.method == "time_holdout"
    assert split.time_column == "day"
    assert_sound(split, 2_000)
    days = frame["day"].to_physical().to_numpy()
    assert days[split.test].min() > days[split.development].max()
    for fold in split.folds:
        assert days[fold.train].max() < days[fold.valid].min()
    assert [fold.train.size for fold in split.folds] == sorted((fold.train.size for fold in split.folds), reverse=True)


def test_shuffled_dates_classes_or_a_wish_for_random_give_a_random_split() -> None:
    frame = dated(1_500)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    assert choose_split(shuffled, coded(shuffled, "price"), time_columns=["day"]).method == "holdout"
    assert choose_split(frame, coded(frame, "price"), time_columns=["day"], split="random").method == "holdout"
    classes = frame.with_columns(
        kind=pl.lit("a").append(pl.lit("b")) if False else (pl.col("price") > 60).cast(pl.String)
    )
    assert choose_split(classes, coded(classes, "kind"), time_columns=["day"]).method == "holdout"
    assert choose_split(shuffled, coded(shuffled, "price"), time_columns=["day"], split="time").method == "time_holdout"


def test_a_split_in_time_without_dates_says_what_to_do() -> None:
    frame = regression_table(1_500)
    with pytest.raises(InvalidInput, match="dates") as caught:
        choose_split(frame, coded(frame, "price"), split="time")
    assert caught.value.code == "split_needs_time"
    assert caught.value.fix


def test_the_same_seed_gives_the_same_split_and_another_seed_another_one() -> None:
    frame = binary_table(1_500)
    target = coded(frame, "churn")
    first, again, other = (choose_split(frame, target, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)
