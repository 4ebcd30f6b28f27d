"""Steps that look back: lag and rolling_window, against Polars' own shift and rolling functions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.recipe import FittedRecipe, Recipe, StepSpec


def sales(n_rows: int = 200, seed: int = 1) -> pl.DataFrame:
    """A shop and a day per row, each day of a shop once, in any order."""
    chance = np.random.default_rng(seed)
    rows = [
        {"shop": shop, "day": date(2025, 1, 1) + timedelta(days=day), "sum": float(chance.integers(0, 100)) / 4}
        for shop in "ABC"
        for day in range(n_rows // 3)
    ]
    table = pl.DataFrame(rows)
    return table.select(pl.all().gather(chance.permutation(len(rows)).tolist()))


def fitted(frame: pl.DataFrame, type: str, **params: Any) -> FittedRecipe:
    return Recipe([StepSpec(type=type, params={"column": "sum", "order": "day", "name": "new", **params})]).fit(frame)


def same(found: pl.Series, wanted: pl.Series) -> bool:
    """Equal numbers in the same rows."""
    return bool(np.allclose(found.fill_null(-1.0).to_numpy(), wanted.fill_null(-1.0).to_numpy(), rtol=1e-9, atol=1e-9))


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("shop", "day")


@pytest.mark.parametrize("rows", [1, 3])
def test_lag_is_the_value_some_rows_earlier_in_the_group(rows: int) -> None:
    frame = sales()
    found = ordered(fitted(frame, "lag", by=["shop"], rows=rows).apply(frame))["new"]
    assert found.to_list() == ordered(frame).select(pl.col("sum").shift(rows).over("shop")).to_series().to_list()


@pytest.mark.parametrize("statistic", ["mean", "sum", "min", "max", "std"])
def test_a_window_of_rows_is_that_of_polars_without_the_row_itself(statistic: str) -> None:
    frame = sales()
    found = ordered(fitted(frame, "rolling_window", by=["shop"], rows=5, statistic=statistic).apply(frame))["new"]
    rolling = getattr(pl.col("sum").shift(1), f"rolling_{statistic}")(5, min_samples=2 if statistic == "std" else 1)
    wanted = ordered(frame).select(rolling.over("shop")).to_series()
    assert same(found, wanted)


def test_a_window_of_days_is_that_of_polars_without_the_row_itself() -> None:
    frame = sales().sample(fraction=0.6, seed=2)
    found = ordered(fitted(frame, "rolling_window", by=["shop"], days=7, statistic="sum").apply(frame))["new"]
    wanted = ordered(frame).select(pl.col("sum").rolling_sum_by("day", "7d", closed="left", min_samples=1).over("shop"))
    assert same(found, wanted.to_series())


def test_rows_of_the_same_moment_and_the_row_itself_are_not_earlier() -> None:
    frame = pl.DataFrame({"day": [1, 2, 2, 3], "sum": [10.0, 20.0, 30.0, 40.0]})
    assert fitted(frame, "lag").apply(frame)["new"].to_list() == [None, 10.0, 10.0, 30.0]
    counts = fitted(frame, "rolling_window", rows=9, statistic="count").apply(frame)["new"]
    assert counts.to_list() == [0.0, 1.0, 1.0, 3.0]


def test_rows_to_predict_look_into_the_history_and_not_at_each_other() -> None:
    frame = pl.DataFrame({"day": [1, 2, 3], "sum": [10.0, 20.0, 30.0]})
    later = pl.DataFrame({"day": [4, 5, 2, None], "sum": [7.0, 8.0, 9.0, 1.0]})
    step = fitted(frame, "lag")
    assert step.apply(later)["new"].to_list() == [30.0, 30.0, 10.0, None]
    assert [step.apply(later[i])["new"][0] for i in range(4)] == [30.0, 30.0, 10.0, None]


def test_an_order_of_text_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'shop' does not say what came first") as caught:
        fitted(sales(), "rolling_window", order="shop", rows=2)
    assert caught.value.column == "shop"
