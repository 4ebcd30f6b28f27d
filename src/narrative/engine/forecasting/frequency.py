"""How far apart times are: minutes to years, weekdays only, and which periods are left out."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from narrative.core.errors import InvalidInput
from narrative.engine.forecasting.types import Frequency

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
LEAST_ON_GRID: Final = 0.95
LEAST_TIMES: Final = 12
MOST_SEASON: Final = 288
MOST_GRID: Final = 5_000_000
"""Periods between the first and the last time; one wrong year among minutes would make many times as many."""
_CALENDAR: Final = {1: ("months", 12, "monthly"), 3: ("quarters", 4, "quarterly"), 12: ("years", 1, "yearly")}


def detect_frequency(times: pl.Series) -> Frequency:
    """The step of some times (dates or date-times, in any order, repeats allowed).

    Raises:
        InvalidInput: ``times_not_regular`` with fewer than 12 different times or without a common step.
    """
    moments = times.drop_nulls().cast(pl.Datetime("us")).unique().sort()
    if len(moments) < LEAST_TIMES:
        raise _irregular(times.name, f"has {len(moments)} different times; {LEAST_TIMES} are needed")
    by_calendar = _by_calendar(moments)
    found = by_calendar or _by_clock(moments)
    if found is None:
        raise _irregular(times.name, "does not move on in equal steps")
    if (n_periods := _about(moments, found)) > MOST_GRID:
        raise _irregular(times.name, f"reaches from {moments[0]:%Y-%m-%d} to {moments[-1]:%Y-%m-%d}, over "
                         f"{n_periods:,} periods with hardly any value")  # fmt: skip
    grid = periods(moments[0], moments[-1], found)
    if moments.is_in(grid.implode()).mean() < LEAST_ON_GRID:  # type: ignore[operator]  # the mean of truth values
        raise _irregular(times.name, "does not move on in equal steps")
    return found


def periods(first: object, last: object, frequency: Frequency) -> pl.Series:
    """All periods from the first to the last."""
    start = pl.lit(first).cast(pl.Datetime("us"))
    if frequency.at_month_end:
        start = start.dt.month_start()  # counted from the end of a short month, long ones would be dated too early
    grid = pl.datetime_range(start, pl.lit(last), _interval(frequency), time_unit="us", eager=False)
    series = pl.select((grid.dt.month_end() if frequency.at_month_end else grid).alias("time")).to_series()
    return series.filter(series.dt.weekday() <= 5) if frequency.step == "weekdays" else series


def following(last: object, frequency: Frequency, n_periods: int, first: object) -> pl.Series:
    """The periods after the last one. ``first``: of the series, which says on which day months begin."""
    if frequency.step in ("months", "quarters", "years"):
        start = pl.lit(first).cast(pl.Datetime("us"))
        months = {"months": 1, "quarters": 3, "years": 12}[frequency.step]
        gone = len(periods(first, last, frequency))
        dates = [start.dt.offset_by(f"{(gone + ahead) * months}mo") for ahead in range(n_periods)]
        later = [pl.select(date.dt.month_end() if frequency.at_month_end else date).item() for date in dates]
        return pl.Series("time", later, pl.Datetime("us"))
    step = pl.select(pl.lit(last).cast(pl.Datetime("us"))).item()
    factor = 2 if frequency.step == "weekdays" else 1
    micros = _micros(frequency) * (factor * n_periods + 3)
    end = pl.select(pl.lit(step) + pl.duration(microseconds=micros)).item()
    return periods(step, end, frequency).filter(periods(step, end, frequency) > step).head(n_periods)


def _interval(frequency: Frequency) -> str:
    unit = {"minutes": "m", "hours": "h", "days": "d", "weekdays": "d", "weeks": "w", "months": "mo", "years": "y"}
    if frequency.step == "quarters":
        return "3mo"
    return f"{frequency.every}{unit[frequency.step]}"


def _about(moments: pl.Series, frequency: Frequency) -> int:
    """How many periods lie between the first and the last of sorted times, without listing them."""
    if frequency.step in ("months", "quarters", "years"):
        return len(moments)
    ends = moments.cast(pl.Int64)
    return int((ends[-1] - ends[0]) // _micros(frequency)) + 1


def _micros(frequency: Frequency) -> int:
    size = {"minutes": MINUTE, "hours": HOUR, "days": DAY, "weekdays": DAY, "weeks": 7 * DAY}[frequency.step]
    return size * frequency.every


def _by_calendar(moments: pl.Series) -> Frequency | None:
    """Months, quarters and years, which are not equally long."""
    days = moments.dt.day()
    at_month_end = days.n_unique() > 1
    if at_month_end and not bool((days == moments.dt.month_end().dt.day()).all()):
        return None
    months = (moments.dt.year().cast(pl.Int64) * 12 + moments.dt.month()).to_numpy()
    step = int(np.bincount(np.diff(months)).argmax()) if len(months) > 1 else 0
    if step not in _CALENDAR:
        return None
    name, season, words = _CALENDAR[step]
    found = {"step": name, "season": season, "words": words, "at_month_end": at_month_end}
    return Frequency.model_validate(found)


def _by_clock(moments: pl.Series) -> Frequency | None:
    values, counts = np.unique(np.diff(moments.cast(pl.Int64).to_numpy()), return_counts=True)
    step = int(values[counts.argmax()])
    if step % DAY == 0:
        days = step // DAY
        if days == 1:
            weekdays = bool((moments.dt.weekday() <= 5).all())
            return (
                Frequency(step="weekdays", season=5, words="on weekdays")
                if weekdays
                else Frequency(step="days", season=7, words="daily")
            )
        if days % 7 == 0:
            words = "weekly" if days == 7 else f"every {days // 7} weeks"
            return Frequency(step="weeks", every=days // 7, season=52 // (days // 7), words=words)
        return Frequency(step="days", every=days, season=1, words=f"every {days} days")
    if step % HOUR == 0:
        hours = step // HOUR
        season = 24 // hours if 24 % hours == 0 else 1
        return Frequency(
            step="hours", every=hours, season=season, words="hourly" if hours == 1 else f"every {hours} hours"
        )
    if step % MINUTE == 0:
        minutes = step // MINUTE
        season = 1_440 // minutes if 1_440 % minutes == 0 else 1
        words = "every minute" if minutes == 1 else f"every {minutes} minutes"
        return Frequency(step="minutes", every=minutes, season=season if season <= MOST_SEASON else 1, words=words)
    return None


def _irregular(column: str, what: str) -> InvalidInput:
    return InvalidInput(
        "times_not_regular",
        f"Column {column[:80]!r} {what}, so there is no next period.",
        column=column[:80],
        fix="Bring the rows to one per hour, day, week or month first, for example with the step that groups rows.",
    )
