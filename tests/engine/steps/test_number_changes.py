"""clip_values, power_transform, bin_values and round_values, against hand calculation, numpy and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import FittedRecipe, Recipe, StepSpec


def fitted(values: list[Any], type_: str, **params: Any) -> tuple[FittedRecipe, pl.DataFrame]:
    frame = pl.DataFrame({"x": values})
    return Recipe([StepSpec(type=type_, params={"columns": ["x"], **params})]).fit(frame), frame


def after(values: list[Any], type_: str, **params: Any) -> list[Any]:
    recipe, frame = fitted(values, type_, **params)
    return recipe.apply(frame)["x"].to_list()


def refused(values: list[Any], type_: str, **params: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        after(values, type_, **params)
    return caught.value


def test_values_beyond_a_limit_become_the_limit() -> None:
    assert after([1.0, None, 9.5, 4.0], "clip_values", low=2, high=5) == [2.0, None, 5.0, 4.0]
    whole = after([1, 9, 4], "clip_values", low=2, high=5)
    assert (whole, type(whole[0])) == ([2, 5, 4], int)
    assert after([1, 9], "clip_values", high=5.5) == [1.0, 5.5]


def test_winsorizing_takes_its_limits_from_the_training_rows() -> None:
    recipe, frame = fitted([float(i) for i in range(1, 11)], "clip_values", low_share=0.1, high_share=0.1)
    # As scipy.stats.mstats.winsorize((0.1, 0.1)) has it: the lowest and the highest of ten values move by one.
    assert recipe.apply(frame)["x"].to_list() == [2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.0]
    assert recipe.apply(pl.DataFrame({"x": [-50.0, 50.0]}))["x"].to_list() == [2.0, 9.0]


@pytest.mark.parametrize(
    "params", [{}, {"low": 5, "high": 1}, {"low": 1, "low_share": 0.1}, {"high": float("inf")}, {"low_share": 0.5}]
)
def test_limits_that_make_no_sense_are_refused(params: dict[str, Any]) -> None:
    assert refused([1.0], "clip_values", **params).code == "step_parameter_invalid"


@pytest.mark.parametrize(("method", "name"), [("yeo_johnson", "yeo-johnson"), ("box_cox", "box-cox")])
def test_powers_are_those_of_scikit_learn(method: str, name: str) -> None:
    from sklearn.preprocessing import PowerTransformer

    values = np.random.default_rng(1).lognormal(1.0, 0.8, 300) - (0.0 if method == "box_cox" else 2.0)
    expected = PowerTransformer(name, standardize=False).fit_transform(values[:, None])[:, 0]
    assert np.allclose(after(values.tolist(), "power_transform", method=method), expected, rtol=1e-3, atol=1e-3)


def test_logarithms_and_roots_are_taken_value_by_value() -> None:
    assert after([0.0, np.e - 1, None], "power_transform", method="log1p") == pytest.approx([0.0, 1.0, None])
    assert after([0, 9, 2], "power_transform", method="sqrt") == pytest.approx([0.0, 3.0, 2**0.5])


def test_a_value_without_a_result_is_an_error_in_training_and_missing_later() -> None:
    error = refused([4.0, -1.0], "power_transform", method="sqrt")
    assert (error.code, error.column) == ("value_unfit", "x")
    assert "no result for -1" in error.message
    recipe, _ = fitted([4.0, 1.0], "power_transform", method="box_cox")
    later = pl.DataFrame({"x": [0.0, 4.0]})
    assert recipe.apply(later)["x"].is_null().to_list() == [True, False]
    assert "1 value of 'x'" in recipe.notes(later)[0]


@pytest.mark.parametrize("values", [[5.0, 5.0, 5.0], [1.0], [1e200, 3.0]])
def test_values_without_a_best_power_keep_their_size(values: list[float]) -> None:
    assert after(values, "power_transform", method="yeo_johnson") == pytest.approx(values)


def test_ranges_are_those_of_numpy() -> None:
    values = np.random.default_rng(2).normal(10, 5, 200)
    edges = [4.0, 8.5, 12.0]
    found = after(values.tolist(), "bin_values", method="edges", edges=edges, labels="number")
    assert found == np.digitize(values, edges).tolist()
    wide = after(values.tolist(), "bin_values", method="equal_width", n_bins=4, labels="number")
    inner = np.histogram_bin_edges(values, 4)[1:-1]
    assert wide == np.digitize(values, inner).tolist()


def test_ranges_of_equal_frequency_hold_as_many_rows_each() -> None:
    found = after([float(i) for i in range(100)], "bin_values", n_bins=4)
    assert pl.Series(found).value_counts()["count"].to_list() == [25, 25, 25, 25]


def test_ranges_are_named_by_their_limits_and_open_at_the_ends() -> None:
    recipe, _ = fitted([1.0, 2.0], "bin_values", method="edges", edges=[10, 20.5])
    rows = pl.DataFrame({"x": [-1e9, 10.0, 20.4, 20.5, None]})
    assert recipe.apply(rows)["x"].to_list() == ["below 10", "10 to 20.5", "10 to 20.5", "20.5 or more", None]


def test_equal_values_make_fewer_ranges() -> None:
    assert after([0.0] * 9 + [1.0], "bin_values", labels="number", n_bins=2) == [0.0] * 10


@pytest.mark.parametrize("params", [{"method": "edges"}, {"method": "edges", "edges": [2, 1]}, {"edges": [1]}])
def test_edges_that_do_not_rise_or_are_not_asked_for_are_refused(params: dict[str, Any]) -> None:
    assert refused([1.0], "bin_values", **params).code == "step_parameter_invalid"


@pytest.mark.parametrize(
    ("decimals", "mode", "expected"),
    [
        (0, "nearest", [3.0, -3.0, 1.0, None]),
        (0, "up", [3.0, -2.0, 2.0, None]),
        (0, "down", [2.0, -3.0, 1.0, None]),
        (1, "up", [2.5, -2.5, 1.1, None]),
        (1, "down", [2.5, -2.5, 1.1, None]),
    ],
)
def test_numbers_are_rounded_in_the_chosen_direction(decimals: int, mode: str, expected: list[float | None]) -> None:
    assert after([2.5, -2.5, 1.1, None], "round_values", decimals=decimals, mode=mode) == expected


def test_whole_numbers_and_huge_ones_are_not_touched() -> None:
    assert after([7, 2**60], "round_values") == [7, 2**60]
    assert after([1e300, -1e17], "round_values", decimals=2, mode="up") == [1e300, -1e17]
