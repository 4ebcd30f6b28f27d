"""Splits: nothing is in two places, rare classes and twins and time are respected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.training.splits import Split, SplitChoice, choose_split, twin_groups
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


def grouped(n_rows: int, n_groups: int, seed: int, *, largest: float = 0.0) -> pl.DataFrame:
    """Rows of groups of uneven sizes; ``largest`` is the share of rows that one of them takes."""
    random = np.random.default_rng(seed)
    owner = random.integers(n_groups, size=n_rows)
    owner[random.random(n_rows) < largest] = 0
    kind = np.where(random.random(n_rows) < 0.3, "yes", "no")
    return pl.DataFrame({"owner": owner, "x": random.normal(size=n_rows), "kind": kind})


def sides(split: Split, owner: np.ndarray[Any, Any]) -> list[tuple[set[int], set[int]]]:
    """Owners on both sides of every border of a split."""
    borders = [(fold.train, fold.valid) for fold in split.folds]
    if split.test.size:
        borders.append((split.development, split.test))
    return [(set(owner[one].tolist()), set(owner[other].tolist())) for one, other in borders]


@pytest.mark.parametrize("seed", range(12))
def test_no_group_is_on_both_sides_of_any_border(seed: int) -> None:
    random = np.random.default_rng(100 + seed)
    n_rows, n_groups = int(random.integers(60, 4_000)), int(random.integers(12, 900))
    frame = grouped(n_rows, n_groups, seed, largest=float(random.choice([0.0, 0.3])))
    split = choose_split(frame, coded(frame, "kind"), split="group", group_column="owner", seed=seed)
    owner = frame["owner"].to_numpy()
    assert all(not one & other for one, other in sides(split, owner))
    for repeat in range(split.repeats):
        folds = split.folds[repeat * split.folds_per_repeat : (repeat + 1) * split.folds_per_repeat]
        together = np.concatenate([fold.valid for fold in folds])
        assert sorted(together.tolist()) == sorted(split.development.tolist())
    assert np.union1d(split.development, split.test).size == frame.height
    assert not np.intersect1d(split.development, split.test).size or split.is_small


def test_the_random_split_does_put_groups_on_both_sides() -> None:
    """Negative control: what the test above looks for is there without the split by group."""
    frame = grouped(2_000, 200, 1)
    split = choose_split(frame, coded(frame, "kind"), split="random")
    assert all(len(one & other) > 50 for one, other in sides(split, frame["owner"].to_numpy()))


def test_parts_of_whole_groups_are_alike_in_size_and_in_classes() -> None:
    frame = grouped(5_000, 400, 2)
    split = choose_split(frame, coded(frame, "kind"), split="group", group_column="owner")
    yes = (frame["kind"] == "yes").to_numpy()
    assert split.method == "holdout"
    assert split.group_column == "owner"
    assert split.test.size == pytest.approx(1_000, rel=0.03)
    assert yes[split.test].mean() == pytest.approx(yes.mean(), abs=0.02)


def test_few_groups_are_judged_in_folds_of_whole_groups() -> None:
    frame = grouped(3_000, 20, 3)
    assert choose_split(frame, coded(frame, "kind"), split="group", group_column="owner").method == "cross_validation"


def test_a_row_without_a_group_is_one_of_its_own() -> None:
    frame = grouped(2_000, 100, 4).with_columns(pl.when(pl.col("x") > -1).then(pl.col("owner")).alias("owner"))
    split = choose_split(frame, coded(frame, "kind"), split="group", group_column="owner")
    without = set(np.flatnonzero(frame["owner"].is_null().to_numpy()).tolist())
    assert without & set(split.test.tolist())
    assert without & set(split.development.tolist())


@pytest.mark.parametrize(
    ("split", "column", "code", "words"),
    [
        ("group", None, "split_needs_groups", "needs the column"),
        ("group", "ower", "group_column_unfit", "no column 'ower'"),
        ("random", "owner", "group_column_unfit", "the split is 'random'"),
        ("group", "few", "split_needs_groups", "has 3 groups"),
    ],
)
def test_a_split_by_group_that_cannot_be_is_refused(
    split: SplitChoice, column: str | None, code: str, words: str
) -> None:
    frame = grouped(1_500, 100, 5).with_columns(few=pl.Series(["a", "b", "c"] * 500))
    with pytest.raises(InvalidInput, match=words) as refused:
        choose_split(frame, coded(frame, "kind"), split=split, group_column=column)
    assert refused.value.code == code
    assert refused.value.fix


def test_many_groups_are_dealt_out_evenly() -> None:
    frame = grouped(60_000, 20_000, 6, largest=0.1)
    split = choose_split(frame, coded(frame, "kind"), split="group", group_column="owner")
    assert split.test.size == pytest.approx(12_000, rel=0.03)
    assert all(not one & other for one, other in sides(split, frame["owner"].to_numpy()))
