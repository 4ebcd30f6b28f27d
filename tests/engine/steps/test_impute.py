from __future__ import annotations

import statistics
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.steps.base import FitContext
from narrative.engine.steps.impute import Impute, ImputeParams


def filled(frame: pl.DataFrame, **params: Any) -> pl.DataFrame:
    return Impute().fit_apply(frame, ImputeParams(**params), FitContext())[1]


VALUES = [1.0, 2.0, 2.0, 10.0]


@pytest.mark.parametrize(
    ("method", "expected"), [("mean", statistics.mean(VALUES)), ("median", statistics.median(VALUES))]
)
def test_numbers_are_filled_by_their_centre(method: str, expected: float) -> None:
    frame = pl.DataFrame({"x": [*VALUES, None]})
    assert filled(frame, method=method)["x"].to_list() == [*VALUES, expected]


def test_the_most_frequent_value_fills_every_type_and_ties_go_to_the_smallest() -> None:
    frame = pl.DataFrame(
        {"city": ["b", "a", None], "day": [date(2024, 1, 2), date(2024, 1, 2), None], "n": [3, None, 3]}
    )
    assert filled(frame, method="most_frequent").row(2) == ("a", date(2024, 1, 2), 3)
    assert filled(frame, method="most_frequent")["n"].to_list() == [3, 3, 3]


def test_a_constant_fills_only_columns_it_fits() -> None:
    frame = pl.DataFrame({"city": ["b", None], "n": [1, None]})
    assert filled(frame, method="constant", value="none").to_dicts()[1] == {"city": "none", "n": None}
    with pytest.raises(InvalidInput) as caught:
        filled(frame, method="constant", value="none", columns=["n"])
    assert caught.value.code == "value_unfit"
    assert caught.value.column == "n"


def test_a_fraction_in_whole_numbers_makes_decimals_of_them() -> None:
    assert filled(pl.DataFrame({"n": [1, None]}), method="constant", value=2.5)["n"].to_list() == [1.0, 2.5]


def test_the_mark_says_where_a_value_was_filled_in() -> None:
    frame = pl.DataFrame({"x": [1.0, None], "whole": [1.0, 2.0]})
    after = filled(frame, method="mean", indicator=True)
    assert after["x is missing"].to_list() == [0.0, 1.0]
    assert "whole is missing" not in after.columns


def test_a_column_without_any_value_becomes_zero() -> None:
    frame = pl.DataFrame({"x": [None, None]}, schema={"x": pl.Float64})
    assert filled(frame, method="mean")["x"].to_list() == [0.0, 0.0]


def test_the_mean_of_huge_numbers_is_a_number() -> None:
    frame = pl.DataFrame({"x": [1.5e308, 1.7e308, None]})
    assert filled(frame, method="mean")["x"].to_list()[2] == pytest.approx(1.6e308)


def test_rows_to_come_are_filled_with_what_training_rows_taught() -> None:
    step, params = Impute(), ImputeParams(method="mean")
    state = step.fit(pl.DataFrame({"x": [1.0, 3.0]}), params, FitContext())
    assert step.apply(pl.LazyFrame({"x": [None, 100.0]}), params, state).collect()["x"].to_list() == [2.0, 100.0]


@pytest.mark.parametrize("params", [{"method": "constant"}, {"method": "constant", "value": float("inf")}])
def test_a_constant_must_be_there_and_finite(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="value"):
        ImputeParams(**params)


def test_gaps_are_filled_from_the_rows_before_and_after_within_a_group() -> None:
    frame = pl.DataFrame(
        {"shop": ["A", "A", "A", "B", "B"], "day": [1, 2, 5, 1, 2], "x": [10.0, None, 40.0, None, 7.0]}
    )
    asked: dict[str, Any] = {"columns": ["x"], "order": "day", "by": ["shop"]}
    assert filled(frame, method="forward", **asked)["x"].to_list() == [10.0, 10.0, 40.0, None, 7.0]
    assert filled(frame, method="backward", **asked)["x"].to_list() == [10.0, 40.0, 40.0, 7.0, 7.0]
    assert filled(frame, method="interpolate", **asked)["x"].to_list() == [10.0, 17.5, 40.0, 7.0, 7.0]


def test_a_row_to_predict_is_filled_from_training_rows_and_not_from_its_neighbours() -> None:
    frame = pl.DataFrame({"day": [1, 2], "x": [10.0, 20.0]})
    step, params = Impute(), ImputeParams(method="forward", columns=["x"], order="day")
    state = step.fit(frame, params, FitContext())
    later = pl.LazyFrame({"day": [3, 4], "x": [99.0, None]})
    assert step.apply(later, params, state).collect()["x"].to_list() == [99.0, 20.0]


def test_a_method_that_needs_an_order_says_so() -> None:
    with pytest.raises(ValueError, match="needs a column that says what came first"):
        ImputeParams(method="forward", columns=["x"])
    with pytest.raises(ValueError, match="cannot be filled themselves"):
        ImputeParams(method="forward", columns=["x"], order="x")


def test_the_nearest_rows_fill_as_in_scikit_learn() -> None:
    from sklearn.impute import KNNImputer

    chance = np.random.default_rng(2)
    table = chance.normal(size=(120, 4)) @ chance.normal(size=(4, 4))
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    gaps = np.where(chance.random(table.shape) < 0.1, np.nan, table)
    # Widths are learned, so the columns are brought to the same one before.
    gaps = gaps / np.nanstd(gaps, axis=0)
    frame = pl.DataFrame({str(i): gaps[:, i] for i in range(4)}, nan_to_null=True)
    found = filled(frame, method="knn", neighbours=5).to_numpy()
    assert found == pytest.approx(KNNImputer(n_neighbors=5).fit_transform(gaps), rel=1e-9)


def test_other_columns_say_what_is_missing() -> None:
    chance = np.random.default_rng(3)
    a = chance.normal(size=300)
    frame = pl.DataFrame({"a": a, "b": 2 * a + 1, "c": chance.normal(size=300)})
    gap = pl.int_range(pl.len()) % 10 == 0
    found = filled(frame.with_columns(pl.when(~gap).then("b")), method="iterative")
    error = (found["b"] - frame["b"]).abs().max()
    assert isinstance(error, float)
    assert error < 0.1
    assert frame["b"].std() > 1.5  # type: ignore[operator]  # what the mean would have missed by
