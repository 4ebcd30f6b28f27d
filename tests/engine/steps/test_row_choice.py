"""drop_duplicates, sample_rows and remove_outliers: which training rows stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.preview import preview
from narrative.engine.recipe import Recipe, StepSpec
from narrative.engine.steps.base import FitContext
from narrative.engine.steps.remove_outliers import RemoveOutliers, RemoveOutliersParams
from narrative.engine.steps.sample_rows import SampleRows, SampleRowsParams

PAIRS = pl.DataFrame({"id": [0, 1, 2, 3, 4], "a": [1, 1, None, None, 2], "b": ["x", "x", "y", "y", None]})


def stay(frame: pl.DataFrame, *specs: StepSpec) -> list[int]:
    return Recipe(specs).fit(frame).apply(frame, training=True)["id"].to_list()


def step(type_: str, **params: Any) -> StepSpec:
    return StepSpec(type=type_, params=params)


@pytest.mark.parametrize(("keep", "expected"), [("first", [0, 2, 4]), ("last", [1, 3, 4]), ("none", [4])])
def test_of_equal_rows_one_or_none_stays(keep: str, expected: list[int]) -> None:
    assert stay(PAIRS, step("drop_duplicates", columns=["a", "b"], keep=keep)) == expected


def test_rows_that_differ_anywhere_are_no_duplicates() -> None:
    assert stay(PAIRS, step("drop_duplicates")) == [0, 1, 2, 3, 4]


def test_duplicates_are_looked_for_among_the_rows_that_are_still_there() -> None:
    not_first = step("filter_rows", conditions=[{"column": "id", "operator": "not_equals", "values": [0]}])
    recipe = Recipe([not_first, step("drop_duplicates", columns=["a", "b"])])
    fitted, prepared, rows = recipe.fit_matrix(PAIRS)
    assert rows.tolist() == [1, 2, 4]
    assert fitted.kept(PAIRS).to_list() == [False, True, True, False, True]
    assert fitted.apply(PAIRS, training=True)["id"].to_list() == [1, 2, 4]
    assert len(prepared) == 3


def test_a_preview_of_a_sample_shows_the_rows_that_stay_in_the_whole_table() -> None:
    frame = pl.DataFrame({"id": range(100), "key": [0, 1] + [0] * 98})
    shown = preview(Recipe([step("drop_duplicates", columns=["key"])]), frame, n=10)
    assert shown.is_sampled
    assert shown.after["id"].to_list() == [0]  # among the ten rows alone, nothing else would be the first either
    shown = preview(Recipe([step("drop_duplicates", columns=["key"], keep="last")]), frame, n=10)
    assert shown.after["id"].to_list() == [99]
    sampled = Recipe([step("sample_rows", n_rows=50)])
    whole = set(sampled.fit(frame).apply(frame, training=True)["id"].to_list())
    few = preview(sampled, frame, n=10)
    assert few.after["id"].to_list() == [row for row in few.before["id"].to_list() if row in whole]


@pytest.mark.parametrize(("params", "n"), [({"n_rows": 7}, 7), ({"share": 0.25}, 25), ({"n_rows": 500}, 100)])
def test_a_sample_has_exactly_the_asked_size_and_keeps_the_order(params: dict[str, Any], n: int) -> None:
    frame = pl.DataFrame({"id": range(100)})
    rows = stay(frame, step("sample_rows", **params))
    assert len(rows) == n
    assert rows == sorted(rows)
    assert stay(frame, step("sample_rows", **params)) == rows


def test_every_row_is_about_equally_likely_to_be_sampled() -> None:
    frame, counts = pl.DataFrame({"id": range(40)}), np.zeros(40)
    for seed in range(400):
        keep = SampleRows().keep(SampleRowsParams(n_rows=10, seed=seed), {})
        counts += frame.select(keep).to_series().to_numpy()
    # Binomial(400, 1/4): mean 100, standard deviation 8.7; five of them leave one chance in a million.
    assert np.abs(counts - 100).max() < 5 * 8.7


def limits(values: list[float | None], **params: Any) -> list[float] | None:
    outliers = RemoveOutliers()
    state = outliers.fit(pl.DataFrame({"x": values}), RemoveOutliersParams(**params), FitContext())
    found: list[float] | None = state["limits"].get("x")
    return found


def test_the_limits_are_those_of_the_books() -> None:
    values: list[float | None] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, None, 100.0]
    # Quartiles 3 and 7: the middle half is 4 wide.
    assert limits(values, method="iqr") == [3 - 6, 7 + 6]
    # Median 5, absolute deviations 0 1 1 2 2 3 3 4 95: their median is 2.
    assert limits(values, method="robust_z") == pytest.approx([5 - 3.5 * 2.965204, 5 + 3.5 * 2.965204], rel=1e-6)
    assert limits([0.0, 10.0], method="z_score", width=2) == [5 - 2 * 5, 5 + 2 * 5]
    assert limits([float(i) for i in range(101)], method="quantile", share=0.05) == pytest.approx([5, 95])


def test_rows_outside_the_limits_go_and_missing_values_stay() -> None:
    frame = pl.DataFrame({"id": range(10), "x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, None, 100.0]})
    assert stay(frame, step("remove_outliers", columns=["x"])) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("method", ["iqr", "z_score", "robust_z"])
def test_a_column_without_spread_or_beyond_numbers_has_no_outliers(method: str) -> None:
    assert limits([5.0] * 9, method=method) is None
    assert limits([None, None], method=method) is None
    assert limits([1.7e308, 1.7e308, -1.7e308, -1.7e308], method=method) is None
