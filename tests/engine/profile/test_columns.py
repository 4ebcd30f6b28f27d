"""Statistics of columns, against NumPy, SciPy and pandas."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from narrative.engine.profile.columns import column_statistics
from narrative.engine.profile.numbers import median_deviation
from narrative.engine.profile.ordering import in_order, most_frequent, ordered_numbers, runs

RANDOM = np.random.default_rng(7)
NUMBERS = {
    "normal": RANDOM.normal(50, 12, 997),
    "skewed": np.exp(RANDOM.normal(0, 1.2, 500)),
    "counts": RANDOM.poisson(2.0, 800).astype(np.float64),
    "two values": np.array([1.0, 1.0, 5.0]),
    "large": RANDOM.normal(1e12, 1.0, 300),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_agree_with_the_reference_libraries(name: str) -> None:
    values = NUMBERS[name]
    column = pl.Series("v", [None, *values.tolist(), None])
    fields = column_statistics(column).fields
    assert (fields["count"], fields["missing"]) == (len(values), 2)
    assert fields["distinct"] == len(np.unique(values))
    assert fields["mean"] == pytest.approx(values.mean(), rel=1e-12)
    assert fields["std"] == pytest.approx(values.std(ddof=1), rel=1e-6)
    assert fields["skewness"] == pytest.approx(stats.skew(values - np.round(values.mean())), rel=1e-5, abs=1e-9)
    for q, value in fields["quantiles"].items():
        assert value == pytest.approx(np.quantile(values, float(q)), rel=1e-12)
    assert sum(fields["histogram"].counts) == len(values)
    counts, _ = np.histogram(values, bins=np.asarray(fields["histogram"].edges))
    assert fields["histogram"].counts == counts.tolist()


def test_top_values_are_those_pandas_counts() -> None:
    values = RANDOM.integers(0, 40, 2_000)
    fields = column_statistics(pl.Series("v", values)).fields
    counts = pd.Series(values).value_counts().sort_index().sort_values(ascending=False, kind="stable").head(10)
    assert [(int(top.value), top.count) for top in fields["top_values"]] == list(counts.items())
    words = [f"w{value}" for value in values]
    texts = column_statistics(pl.Series("v", words)).fields
    assert [top.count for top in texts["top_values"]] == counts.tolist()
    assert texts["mean_length"] == pytest.approx(np.mean([len(word) for word in words]))


def test_outliers_need_both_fences() -> None:
    """Quartile fence at 151, robust fence at 182: only the value beyond both counts."""
    column = pl.Series("v", [*range(1, 100), 160, 200])
    fields = column_statistics(column.cast(pl.Float64)).fields
    median = float(np.median(column))
    deviation = float(np.median(np.abs(column.to_numpy() - median)))
    assert fields["outlier_bounds"][1] == pytest.approx(median + 3.5 * deviation / 0.6745)
    assert fields["outliers"] == 1  # 160 lies outside the quartile fence only


def test_a_column_of_mostly_one_value_has_no_outliers() -> None:
    assert column_statistics(pl.Series("v", [0] * 90 + [5] * 10)).fields["outliers"] == 0


def test_zeros_and_negatives_are_counted() -> None:
    fields = column_statistics(pl.Series("v", [-1.0, 0.0, -0.0, 2.0, None])).fields
    assert (fields["zeros"], fields["negatives"]) == (2, 1)


def test_times_have_a_range_and_a_histogram_but_no_mean() -> None:
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(100)]
    fields = column_statistics(pl.Series("v", [*days, None])).fields
    assert (fields["minimum"], fields["maximum"], fields["distinct"]) == ("2024-01-01", "2024-04-09", 100)
    assert sum(fields["histogram"].counts) == 100
    assert "mean" not in fields
    moment = column_statistics(pl.Series("v", [datetime(2024, 1, 1, 10), datetime(2024, 1, 2)]))  # noqa: DTZ001
    assert moment.fields["minimum"] == "2024-01-01T10:00:00"


def test_stray_spaces_variants_and_mixed_content_are_counted() -> None:
    cells = ["Paris"] * 30 + ["paris"] * 2 + ["Paris "] * 3 + ["Lyon"] * 40 + ["7"] * 2
    fields = column_statistics(pl.Series("v", cells)).fields
    assert fields["stray_spaces"] == 3
    assert fields["spelling_variants"] == 5
    assert fields["numbers_in_text"] == 2


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("v", [], dtype=pl.Float64),
        pl.Series("v", [None, None], dtype=pl.String),
        pl.Series("v", [None], dtype=pl.Int64),
        pl.Series("v", [3]),
        pl.Series("v", ["x"]),
        pl.Series("v", [True]),
        pl.Series("v", [date(2024, 1, 1)]),
        pl.Series("v", [1e308, -1e308, 0.0]),
    ],
)
def test_odd_columns_get_a_profile(column: pl.Series) -> None:
    fields = column_statistics(column).fields
    assert fields["count"] + fields["missing"] == len(column)
    assert fields["kind"]


@pytest.mark.parametrize("name", NUMBERS)
def test_shape_and_robust_spread_agree_with_scipy(name: str) -> None:
    values = NUMBERS[name]
    fields = column_statistics(pl.Series("v", values)).fields
    shifted = values - np.round(values.mean())
    assert fields["kurtosis"] == pytest.approx(stats.kurtosis(shifted), rel=1e-5, abs=1e-9)
    deviations = np.sort(np.abs(values - np.median(values)))
    assert fields["median_deviation"] == pytest.approx(deviations[len(values) // 2], rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_median_deviation_is_found_without_sorting_deviations(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = np.sort(np.round(random.normal(0, 3, int(random.integers(1, 60))), int(random.integers(3))))
    median = float(np.median(values))
    expected = np.sort(np.abs(values - median))[len(values) // 2]
    assert median_deviation(values, median) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_whole_numbers_of_a_small_range_are_counted_to_the_same_order() -> None:
    values = RANDOM.integers(-50, 300, 3_000)
    assert ordered_numbers(pl.Series(values)).tolist() == sorted(values.tolist())
    assert ordered_numbers(pl.Series([5, 2**60, None])).tolist() == [5.0, float(2**60)]
    assert ordered_numbers(pl.Series([1, 1, 2, 2])).tolist() == [1, 1, 2, 2]


@pytest.mark.parametrize("digits", range(6))
def test_decimals_of_a_few_digits_are_counted_to_the_same_order(digits: int) -> None:
    values = np.round(RANDOM.normal(0, 1, 3_000) * 100.0 / 10**digits, digits)
    values[:2] = [-0.0, 0.0]
    series = pl.Series(values)
    assert ordered_numbers(series).tolist() == sorted(values.tolist())
    assert ordered_numbers(series.append(pl.Series([0.1 + 0.2, 1e300, None]))).tolist() == sorted(
        [*values.tolist(), 0.1 + 0.2, 1e300]
    )


@pytest.mark.parametrize("most", [1, 3, 100_000])
def test_the_most_frequent_come_first_and_among_equals_the_smaller(most: int) -> None:
    counts = RANDOM.integers(1, most + 1, 5_000)
    expected = sorted(range(5_000), key=lambda place: (-counts[place], place))
    assert [most_frequent(counts, n).tolist() for n in (1, 10, 6_000)] == [expected[:1], expected[:10], expected]
    assert most_frequent(counts[:20], 10).tolist() == sorted(range(20), key=lambda place: (-counts[place], place))[:10]


def test_runs_of_equal_values_are_counted() -> None:
    for values in ([1.0], [1.0, 2.0], [1.0, 1.0, 2.0], [1.0, 2.0, 2.0, 5.0, 5.0, 5.0]):
        different, counts = runs(np.asarray(values))
        assert different.tolist() == sorted(set(values))
        assert counts.tolist() == [values.count(value) for value in different]


def test_lengths_and_patterns_of_text() -> None:
    cells = ["AB-12"] * 6 + ["Zürich 8"] * 3 + ["x"]
    fields = column_statistics(pl.Series("v", [*cells, None])).fields
    assert (fields["min_length"], fields["median_length"], fields["max_length"]) == (1, 5.0, 8)
    assert fields["mean_length"] == pytest.approx((6 * 5 + 3 * 8 + 1) / 10)
    assert [(item.value, item.count) for item in fields["patterns"]] == [("AA-99", 6), ("Aaaaaa 9", 3), ("a", 1)]
    assert fields["pattern_rows"] is None
    assert sum(fields["lengths"].counts) == 10


def test_text_that_mostly_differs_is_counted_by_hash_to_the_same_figures() -> None:
    random = np.random.default_rng(3)
    cells = [f"Client {number}" for number in random.integers(0, 200_000, 60_000)] + [" 12 ", "7"] + ["twice"] * 40
    fields = column_statistics(pl.Series("v", cells)).fields
    counts = pd.Series(cells).value_counts()
    assert fields["distinct"] == len(counts)
    assert (fields["top_values"][0].value, fields["top_values"][0].count) == ("twice", 40)
    assert [item.count for item in fields["top_values"]] == counts.head(10).tolist()
    lengths = np.array([len(cell) for cell in cells])
    assert fields["mean_length"] == pytest.approx(lengths.mean())
    assert fields["median_length"] == np.median(lengths)
    assert (fields["stray_spaces"], fields["numbers_in_text"]) == (1, 2)
    assert fields["pattern_rows"] == 2_000


def test_text_without_repeats_has_no_top_values() -> None:
    fields = column_statistics(pl.Series("v", [f"name {i}" for i in range(60_000)])).fields
    assert (fields["distinct"], fields["top_values"]) == (60_000, [])


def test_holes_in_times_are_counted_and_the_longest_is_named() -> None:
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(40) if i not in {5, 20, 21, 22}]
    gaps = column_statistics(pl.Series("v", days)).fields["gaps"]
    assert (gaps.step_seconds, gaps.n_gaps, gaps.n_missing) == (86_400.0, 2, 4)
    assert gaps.longest == ("2024-01-20", "2024-01-24")


def test_months_are_a_step_and_random_times_are_none() -> None:
    months = [date(2020 + i // 12, i % 12 + 1, 1) for i in range(36) if i != 17]
    gaps = column_statistics(pl.Series("v", months)).fields["gaps"]
    assert (gaps.n_gaps, gaps.n_missing) == (1, 1)
    moments = pl.Series("v", RANDOM.integers(0, 10**15, 300)).cast(pl.Datetime("us"))
    assert column_statistics(moments).fields["gaps"] is None


@pytest.mark.parametrize("step", [1.0, 0.01, 1 / 3])
def test_counting_and_sorting_give_the_same_values_and_counts(step: float) -> None:
    wide = np.random.default_rng(1).integers(-4_000, 4_000, 3_000) * step
    found = in_order(pl.Series(wide if step < 1 else wide.astype(np.int64)))
    values, counts = np.unique(wide, return_counts=True)
    assert found.numbers.tolist() == sorted(wide.tolist())
    assert (found.values.tolist(), found.counts.tolist()) == (values.tolist(), counts.tolist())


def test_whole_numbers_that_floats_do_not_tell_apart_count_as_one_value() -> None:
    found = in_order(pl.Series([2**53, 2**53 + 1, 2**53 + 2]))
    assert (found.values.tolist(), found.counts.tolist()) == ([2.0**53, 2.0**53 + 2], [2, 1])
