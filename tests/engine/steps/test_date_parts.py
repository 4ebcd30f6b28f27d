from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from narrative.engine.steps.base import FitContext
from narrative.engine.steps.date_parts import DateParts, DatePartsParams

DAYS = pl.DataFrame({"day": [date(2024, 2, 29), date(1969, 12, 31), None]})


def taken_apart(frame: pl.DataFrame, **params: Any) -> dict[str, list[Any]]:
    return DateParts().fit_apply(frame, DatePartsParams(**params), FitContext())[1].to_dict(as_series=False)


def test_a_day_becomes_year_month_day_weekday_and_running_days() -> None:
    assert taken_apart(DAYS) == {
        "day year": [2024.0, 1969.0, None],
        "day month": [2.0, 12.0, None],
        "day day": [29.0, 31.0, None],
        "day weekday": [4.0, 3.0, None],  # 29 February 2024 was a Thursday, 31 December 1969 a Wednesday
        "day days since 1970": [19782.0, -1.0, None],
    }


def test_a_time_has_hours_and_a_fraction_of_days() -> None:
    frame = pl.DataFrame({"at": [datetime(1970, 1, 2, 6), datetime(1970, 1, 3, 18, 30)]})  # noqa: DTZ001
    found = taken_apart(frame, parts=["hour", "minute", "days_since_epoch", "elapsed"])
    assert found["at hour"] == [6.0, 18.0]
    assert found["at minute"] == [0.0, 30.0]
    assert found["at days since 1970"] == pytest.approx([1.25, 2 + 18.5 / 24])
    assert found["at days elapsed"] == pytest.approx([0.0, 1 + 12.5 / 24])


def test_elapsed_days_count_from_a_start_of_choice() -> None:
    assert taken_apart(DAYS, parts=["elapsed"], start="2024-02-28")["day days elapsed"][0] == 1.0


def test_parts_with_one_value_are_left_out() -> None:
    frame = pl.DataFrame({"day": [date(2024, 5, 1), date(2024, 5, 9)]})
    assert list(taken_apart(frame)) == ["day day", "day weekday", "day days since 1970"]


def test_text_is_read_as_iso_and_anything_else_is_missing() -> None:
    frame = pl.DataFrame({"day": ["2024-05-01", "2024-05-02 13:00:00", "tomorrow", None]})
    found = taken_apart(frame, columns=["day"], parts=["day", "hour"])
    assert found == {"day day": [1.0, 2.0, None, None], "day hour": [0.0, 13.0, None, None]}


def test_a_start_that_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="start"):
        DatePartsParams(start="yesterday")
