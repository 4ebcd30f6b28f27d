"""When something is due, by clocks on walls that are put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from narrative.studio.schedules.rules import NewRule, Rule


def dues(after: str, n: int = 1, **rule: Any) -> list[str]:
    """The next times after a moment, in UTC and without seconds."""
    moment, found = datetime.fromisoformat(after).replace(tzinfo=UTC), []
    for _ in range(n):
        moment = Rule.model_validate(rule).next_after(moment)
        assert (moment.second, moment.microsecond, moment.utcoffset()) == (0, 0, UTC.utcoffset(None))
        found.append(moment.strftime("%Y-%m-%d %H:%M"))
    return found


def test_every_day_is_due_at_the_time_on_the_wall_in_summer_and_winter() -> None:
    """Oslo is two hours ahead of UTC in summer, one in winter; clocks went back on 25 October 2026."""
    assert dues("2026-10-23T12:00", 3, every="day", at="06:30", time_zone="Europe/Oslo") == [
        "2026-10-24 04:30", "2026-10-25 05:30", "2026-10-26 05:30",
    ]  # fmt: skip


def test_a_time_that_the_clock_skips_is_due_when_it_goes_on() -> None:
    """In Oslo 02:00 became 03:00 on 29 March 2026, which is 01:00 in UTC."""
    assert dues("2026-03-28T12:00", 2, every="day", at="02:30", time_zone="Europe/Oslo") == [
        "2026-03-29 01:00", "2026-03-30 00:30",
    ]  # fmt: skip


def test_a_time_that_comes_twice_is_due_once_the_first_time() -> None:
    """In Oslo 03:00 became 02:00 on 25 October 2026: 02:30 was at 00:30 and at 01:30 in UTC."""
    assert dues("2026-10-24T12:00", 2, every="day", at="02:30", time_zone="Europe/Oslo") == [
        "2026-10-25 00:30", "2026-10-26 01:30",
    ]  # fmt: skip


def test_a_day_that_a_country_left_out_is_made_up_for_when_it_ends() -> None:
    """Samoa went from 29 to 31 December 2011; midnight between them was 10:00 in UTC."""
    assert dues("2011-12-30T09:00", 1, every="day", at="09:00", time_zone="Pacific/Apia") == ["2011-12-30 10:00"]


def test_a_week_has_its_day_where_the_clock_hangs() -> None:
    assert dues("2026-11-23T12:00", 2, every="week", weekday="monday", at="08:00", time_zone="Asia/Tokyo") == [
        "2026-11-29 23:00", "2026-12-06 23:00",
    ]  # fmt: skip


def test_an_hour_counts_its_minutes_on_the_wall() -> None:
    """India is five hours and a half ahead."""
    assert dues("2026-11-23T12:00", 2, every="hour", at="00:15", time_zone="Asia/Kolkata") == [
        "2026-11-23 12:45", "2026-11-23 13:45",
    ]  # fmt: skip
    assert dues("2026-11-23T12:15", 1, every="hour", at="00:15") == ["2026-11-23 13:15"]


@pytest.mark.parametrize(
    "rule",
    [
        {"every": "minute"},
        {"every": "day", "at": "24:00"},
        {"every": "day", "at": "6:30"},
        {"every": "day", "weekday": "monday"},
        {"every": "week"},
        {"every": "day", "time_zone": "Mars/Base"},
        {"every": "day", "time_zone": "../../etc/passwd"},
        {"every": "day", "time_zone": "/etc/localtime"},
        {"every": "day", "cron": "* * * * *"},
    ],
)
def test_what_is_no_rule_is_refused(rule: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        NewRule.model_validate(rule)


def test_a_rule_is_told_in_words() -> None:
    assert Rule(every="hour", at="00:00").in_words() == "every hour"
    assert Rule(every="hour", at="07:01").in_words() == "every hour, 1 minute past"
    assert Rule(every="day", at="06:00").in_words() == "every day at 06:00 (UTC)"
