"""Forecasts: chosen and tested on different periods, blind to the future, covered as often as they say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from narrative.core.clock import ManualClock
from narrative.core.errors import InvalidInput
from narrative.engine.forecasting import find_forecast
from narrative.engine.forecasting.boosted import BoostedTrees, calendar_of
from narrative.engine.forecasting.forecast import divide
from narrative.engine.forecasting.intervals import learn_widths
from narrative.engine.forecasting.luck import is_less
from narrative.engine.forecasting.methods import LastValue, Method, SeasonalNaive, Smoothing
from narrative.engine.types import FloatArray


def days(values: FloatArray, start: dt.date = dt.date(2023, 1, 1)) -> pl.DataFrame:
    moments = [start + dt.timedelta(days=day) for day in range(len(values))]
    return pl.DataFrame({"day": moments, "sales": values})


def weekly(n_periods: int = 300, seed: int = 0, noise: float = 3.0) -> FloatArray:
    rng = np.random.default_rng(seed)
    t = np.arange(n_periods)
    return np.asarray(100 + 0.05 * t + 10 * np.sin(2 * np.pi * t / 7) + rng.normal(0, noise, n_periods))


def test_a_season_and_a_trend_are_forecast_better_than_by_the_naive_way() -> None:
    found = find_forecast(days(weekly()), "sales", "day", 7)
    assert found.frequency.words == "daily"
    assert found.baseline == "Last season repeated"
    assert found.is_better is True
    # The noise has mean absolute value 3 * sqrt(2 / pi) = 2.39, below which no forecast can be.
    assert 2.0 < found.mae < 2.9
    assert [point.time for point in found.forecasts[:2]] == [dt.date(2023, 10, 28), dt.date(2023, 10, 29)]
    truth = 100 + 0.05 * 300 + 10 * np.sin(2 * np.pi * 300 / 7)
    assert found.forecasts[0].forecast == pytest.approx(truth, abs=3.5)
    assert all(point.lower < point.forecast < point.upper for point in found.forecasts)
    assert found.story.cut == []
    assert found.story.headline.text.startswith("sales next: ")


def test_pure_noise_is_not_said_to_be_forecast_better() -> None:
    rng = np.random.default_rng(3)
    walk = 500 + np.cumsum(rng.normal(size=250))
    found = find_forecast(days(walk), "sales", "day", 5)
    assert found.is_better is not True
    assert not any("beyond luck" in sentence.text for sentence in found.story.meaning)


@pytest.mark.parametrize("name", ["last", "seasonal", "smoothing", "logarithms", "trees"])
def test_no_way_to_forecast_sees_what_comes_after_its_origin(name: str) -> None:
    values = np.stack([weekly(200, 1), weekly(200, 2)])
    calendar = calendar_of(pl.datetime_range(pl.date(2023, 1, 1), pl.date(2023, 8, 1), "1d", eager=True))
    ways: dict[str, Method] = {
        "last": LastValue(),
        "seasonal": SeasonalNaive(7),
        "smoothing": Smoothing(7),
        "logarithms": Smoothing(7, by_logarithm=True),
        "trees": BoostedTrees(7, calendar, seed=1),
    }
    origins = np.array([150, 160])
    other = values.copy()
    other[:, 160:] += 1_000.0
    ahead, again = (
        ways[name].forecasts(given, learn_until=140, origins=origins, horizon=9) for given in (values, other)
    )
    assert np.array_equal(ahead, again)
    # The control: what lies before an origin does count.
    other = values.copy()
    other[:, 159] += 1_000.0
    changed = ways[name].forecasts(other, learn_until=140, origins=origins, horizon=9)
    assert np.array_equal(ahead[:, 0], changed[:, 0])
    assert not np.array_equal(ahead[:, 1], changed[:, 1])


def test_the_seasonal_naive_way_repeats_the_last_season() -> None:
    values = np.arange(10.0)[None, :]
    ahead = SeasonalNaive(3).forecasts(values, learn_until=5, origins=np.array([6]), horizon=5)
    assert ahead[0, 0].tolist() == [3.0, 4.0, 5.0, 3.0, 4.0]


def test_smoothing_follows_a_line_and_a_season_without_noise() -> None:
    t = np.arange(120)
    values = (50 + np.tile([5.0, -5.0, 0.0, 0.0], 30) + 0.0 * t)[None, :]
    ahead = Smoothing(4).forecasts(values, learn_until=100, origins=np.array([100]), horizon=8)
    assert ahead[0, 0] == pytest.approx(values[0, 100:108], abs=1e-6)


def test_parts_do_not_overlap_and_everything_tested_lies_at_the_end() -> None:
    parts = divide(200, 10)
    chosen, tested = parts.origins(10, test=False), parts.origins(10, test=True)
    assert chosen.max() + 10 <= parts.test_from == tested.min()
    assert tested.max() + 10 == 200


def test_widths_cover_the_share_of_errors_they_are_learned_for() -> None:
    rng = np.random.default_rng(0)
    errors = rng.normal(size=(1, 3_000, 4)) * np.array([1.0, 2.0, 3.0, 4.0])
    known = np.ones(errors.shape, dtype=bool)
    widths = learn_widths(errors, known)
    fresh = rng.normal(size=(20_000, 4)) * np.array([1.0, 2.0, 3.0, 4.0])
    assert (np.abs(fresh) <= widths.half()[0]).mean() == pytest.approx(0.9, abs=0.02)
    # Two-sided 90 % of a normal error is 1.645 standard deviations.
    assert widths.half()[0] == pytest.approx(1.645 * np.array([1, 2, 3, 4]), rel=0.1)


def test_less_is_only_said_beyond_luck() -> None:
    rng = np.random.default_rng(2)
    pairs = rng.normal(size=(200, 2, 1, 60, 3))
    known = np.ones(pairs.shape[2:], dtype=bool)
    alarms = [is_less(one, other, known, horizon=3, seed=1) for one, other in pairs]
    # One in forty is meant to be; with twenty blocks the bootstrap gives somewhat more.
    assert sum(alarm is True for alarm in alarms) <= 14
    one, other = pairs[0]
    assert is_less(0.2 * one, other, known, horizon=3, seed=1) is True
    assert is_less(one[:, :8], other[:, :8], known[:, :8], horizon=3, seed=1) is None


def test_several_series_are_told_apart_and_gaps_are_counted() -> None:
    north, south = days(weekly(150, 1)), days(weekly(150, 2) * 3)
    frame = pl.concat(
        [north.with_columns(pl.lit("north").alias("shop")), south.with_columns(pl.lit("south").alias("shop"))]
    )
    frame = frame.filter(~((pl.col("shop") == "north") & (pl.col("day") == dt.date(2023, 2, 3))))
    found = find_forecast(frame, "sales", "day", 3, series="shop")
    assert found.n_series == 2
    assert found.n_gaps == 1
    by_shop = {point.series: point.forecast for point in found.forecasts}
    assert by_shop["south"] > 2 * by_shop["north"]
    assert any("1 period without a value was filled" in warning for warning in found.warnings)


def test_times_that_repeat_are_refused_unless_somebody_says_how_to_combine() -> None:
    frame = pl.concat([days(weekly(150)), days(weekly(150))])
    with pytest.raises(InvalidInput, match="have a time that another row has too") as caught:
        find_forecast(frame, "sales", "day", 3)
    assert caught.value.code == "times_repeat"
    found = find_forecast(frame, "sales", "day", 3, combine="sum")
    assert found.forecasts[0].forecast > 150


@pytest.mark.parametrize(
    ("change", "horizon", "code"),
    [
        ({}, 0, "horizon_out_of_range"),
        ({}, 60, "series_too_short"),
        ({"target": "day"}, 3, "target_not_numeric"),
        ({"time": "sales"}, 3, "time_not_a_date"),
        ({"target": "nothing"}, 3, "column_unknown"),
        ({"series": "sales"}, 3, "too_many_series"),
    ],
)
def test_what_cannot_be_forecast_is_refused_with_a_reason(change: dict[str, str], horizon: int, code: str) -> None:
    frame = pl.concat([days(weekly(300, 1)).head(100 if code == "series_too_short" else 300)])
    given = {"target": "sales", "time": "day"} | change
    with pytest.raises(InvalidInput) as caught:
        find_forecast(frame, given.pop("target"), given.pop("time"), horizon, **given)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_without_time_only_the_naive_ways_are_tried() -> None:
    class Busy(ManualClock):
        def monotonic(self) -> float:
            self.advance(1.0)
            return super().monotonic()

    found = find_forecast(days(weekly(150)), "sales", "day", 3, budget=2.0, clock=Busy())
    assert all(method.is_baseline for method in found.methods)
    assert any("was left out" in warning for warning in found.warnings)


def test_a_count_is_never_forecast_below_zero() -> None:
    rng = np.random.default_rng(4)
    found = find_forecast(days(rng.poisson(0.5, 200).astype(float)), "sales", "day", 5)
    assert min(point.lower for point in found.forecasts) >= 0.0


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say_on_fresh_values() -> None:
    """The true next values of 60 simulated series, of four kinds, against the intervals of 7 periods."""
    inside, told = [], []
    for seed in range(60):
        rng = np.random.default_rng(1_000 + seed)
        noise = rng.normal(size=407)
        ar = np.zeros(407)
        for t in range(1, 407):
            ar[t] = 0.7 * ar[t - 1] + noise[t]
        kinds = [weekly(407, seed), 500 + np.cumsum(noise), 50 + 3 * ar, np.exp(3 + 0.3 * ar / ar.std())]
        values = kinds[seed % 4]
        found = find_forecast(days(values[:400]), "sales", "day", 7)
        inside += [
            point.lower <= value <= point.upper for point, value in zip(found.forecasts, values[400:], strict=True)
        ]
        told.append(found.coverage)
    assert 0.88 < float(np.mean(inside)) < 0.92
    assert 0.87 < float(np.mean(told)) < 0.93
