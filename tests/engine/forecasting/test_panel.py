"""Series over equal periods: gaps hold nothing of what comes after them, and what is not known is not forecast from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.forecasting import find_forecast
from narrative.engine.forecasting.outcome import forecast_frame
from narrative.engine.forecasting.panel import make_panel

START = dt.date(2024, 1, 1)


def days_of(values: Sequence[float | None], shop: str | None = None) -> pl.DataFrame:
    """One row a day; days whose value is NaN have no row."""
    rows = [(START + dt.timedelta(days=n), value) for n, value in enumerate(values) if value is None or value == value]
    frame = pl.DataFrame(rows, schema={"day": pl.Date, "sales": pl.Float64}, orient="row")
    return frame if shop is None else frame.with_columns(pl.lit(shop).alias("shop"))


def with_gaps(n: int = 60, seed: int = 0) -> list[float]:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    values[1 : n - 1] = np.where(rng.random(n - 2) < 0.4, np.nan, values[1 : n - 1])
    return [float(value) for value in values]


def test_no_period_holds_anything_of_a_later_one() -> None:
    values = with_gaps()
    whole = make_panel(days_of(values), "sales", "day")
    assert whole.n_gaps > 10
    for day in range(30, 59):
        if not np.isnan(values[day]):
            known_then = make_panel(days_of(values[: day + 1]), "sales", "day")
            assert known_then.values.tolist() == whole.values[:, : day + 1].tolist()
            # What stands in a gap that ends here is what stood there before this value was known.
            assert whole.values[0, day - 1] in values[:day]


def test_an_earlier_value_of_noise_is_off_by_as_much_as_noise_is_also_where_there_are_gaps() -> None:
    found = find_forecast(days_of(with_gaps(800, seed=3)), "sales", "day", 1)
    naive = next(method for method in found.methods if method.name == "last_value")
    # Two standard normal numbers are 2 / sqrt(pi) = 1.128 apart on average, with a spread of 0.853.
    assert naive.test_mae == pytest.approx(1.128, abs=3 * 0.853 / np.sqrt(found.n_tested))


def test_a_series_is_not_tested_on_forecasts_from_before_it_began() -> None:
    old = days_of([float(n % 5) for n in range(100)], "old")
    new = days_of([float("nan")] * 97 + [50.0, 50.0, 50.0], "new")
    one = find_forecast(pl.concat([old, new]), "sales", "day", 2, series="shop")
    alone = find_forecast(old, "sales", "day", 2, series="shop")
    # From two origins, 98 and 99, but the last one has room for no second period.
    assert one.n_tested - alone.n_tested == 2


def test_rows_without_a_value_are_what_is_to_be_forecast_and_no_series() -> None:
    known = [float(n % 7) for n in range(90)]
    frame = pl.concat([days_of([*known, None, None, None], "open"), days_of([None] * 93, "never")])
    found = find_forecast(frame, "sales", "day", 3, series="shop")
    assert found.n_series == 1
    assert found.forecasts[0].time == START + dt.timedelta(days=90)


def test_a_column_without_values_or_with_none_at_the_end_to_test_is_refused_plainly() -> None:
    with pytest.raises(InvalidInput, match="'sales' holds no value beside a time") as caught:
        find_forecast(days_of([None] * 40), "sales", "day", 3)
    assert caught.value.code == "series_too_short"
    once = days_of([float(n) for n in range(60)]).head(40).vstack(days_of([1.0] * 5_000).tail(1))
    with pytest.raises(InvalidInput, match="can be tested") as caught:
        find_forecast(once, "sales", "day", 3)
    assert caught.value.code == "series_too_short"


def test_a_table_of_forecasts_has_all_its_columns_whatever_the_time_is_called() -> None:
    frame = days_of([float(n % 7) for n in range(90)]).rename({"day": "forecast"})
    found = find_forecast(frame, "sales", "forecast", 3)
    assert forecast_frame(found).columns == ["forecast", "forecast (2)", "lower_90", "upper_90"]


def test_more_forecasts_than_can_be_handed_over_are_refused_before_they_are_made() -> None:
    shops = [days_of([1.0] * 400, f"shop {n}") for n in range(200)]
    with pytest.raises(InvalidInput, match="200 series 101 periods ahead are 20,200 values") as caught:
        find_forecast(pl.concat(shops), "sales", "day", 101, series="shop")
    assert caught.value.code == "too_many_series"
    assert caught.value.fix == "Forecast at most 100 periods ahead, or keep the series that matter."
