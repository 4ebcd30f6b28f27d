"""Steps of time are found, whatever the calendar does, and the next periods follow."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.forecasting.frequency import detect_frequency, following, periods

START = dt.datetime.fromisoformat("2024-01-31")


def times(interval: str, start: dt.datetime = START, n: int = 30) -> pl.Series:
    return pl.Series("t", [pl.select(pl.lit(start).dt.offset_by(_times(interval, i))).item() for i in range(n)])


def _times(interval: str, number: int) -> str:
    digits = interval.rstrip("hdwmoyq")
    return f"{int(digits) * number}{interval.removeprefix(digits)}"


@pytest.mark.parametrize(
    ("interval", "words", "season"),
    [
        ("15m", "every 15 minutes", 96),
        ("1h", "hourly", 24),
        ("1d", "daily", 7),
        ("1w", "weekly", 52),
        ("1mo", "monthly", 12),
        ("3mo", "quarterly", 4),
        ("1y", "yearly", 1),
    ],
)
def test_steps_are_found_and_the_next_period_follows(interval: str, words: str, season: int) -> None:
    series = times(interval, n=31)
    found = detect_frequency(series.head(30).sample(fraction=1.0, shuffle=True, seed=1))
    assert (found.words, found.season) == (words, season)
    assert following(series[29], found, 1, series[0]).to_list() == [series[30]]


def test_weekdays_are_seen_and_the_weekend_is_left_out() -> None:
    every = pl.date_range(dt.date(2024, 1, 1), dt.date(2024, 3, 1), "1d", eager=True).alias("t")
    found = detect_frequency(every.filter(every.dt.weekday() <= 5))
    assert found.words == "on weekdays"
    friday, monday = dt.datetime.fromisoformat("2024-03-01"), dt.datetime.fromisoformat("2024-03-04")
    assert following(friday, found, 2, every[0]).to_list() == [monday, monday + dt.timedelta(days=1)]


def test_days_left_out_do_not_change_the_step() -> None:
    series = times("1d", n=60)
    assert detect_frequency(series.gather([i for i in range(60) if i % 9])).words == "daily"


def test_times_without_a_step_are_refused() -> None:
    odd = pl.Series("t", [START + dt.timedelta(seconds=i**3 * 37) for i in range(40)])
    with pytest.raises(InvalidInput, match="does not move on in equal steps") as caught:
        detect_frequency(odd)
    assert caught.value.code == "times_not_regular"
    with pytest.raises(InvalidInput, match="5 different times"):
        detect_frequency(times("1d", n=5))


@pytest.mark.parametrize("months", [1, 3])
@pytest.mark.parametrize("first", ["2024-04-30", "2024-02-29", "2023-06-30", "2024-01-31"])
def test_ends_of_months_are_followed_by_ends_of_months_whichever_month_is_the_first(first: str, months: int) -> None:
    start = dt.datetime.fromisoformat(first)
    ends = [pl.select(pl.lit(start).dt.offset_by(f"{i * months}mo").dt.month_end()).item() for i in range(31)]
    series = pl.Series("t", ends)
    found = detect_frequency(series.head(30))
    assert found.words == ("monthly" if months == 1 else "quarterly")
    assert periods(series[0], series[29], found).to_list() == ends[:30]
    assert following(series[29], found, 1, series[0]).to_list() == [ends[30]]


def test_one_wrong_year_among_minutes_is_refused_before_the_minutes_are_listed() -> None:
    minutes = times("1m", n=40)
    wrong = minutes.append(pl.Series("t", [dt.datetime.fromisoformat("1900-01-01")]))
    with pytest.raises(InvalidInput, match="reaches from 1900-01-01 to 2024-01-31") as caught:
        detect_frequency(wrong)
    assert caught.value.code == "times_not_regular"
