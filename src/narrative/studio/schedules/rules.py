"""When something is due: every hour, every day or every week, by the clock on the wall of a time zone.

A time that the clock skips in spring is due when it goes on; one that comes twice in autumn is due the first time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Every = Literal["hour", "day", "week"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME: Final = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
_ZONE: Final = re.compile(r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$")
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_LONGEST_GAP_MINUTES: Final = 26 * 60
"""Samoa left out a whole day when it changed sides of the date line."""


class Rule(BaseModel):
    """Every hour at a minute, every day at a time, or every week at a weekday and a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    every: Every
    at: str = Field(default="06:00", examples=["06:30"], description="hh:mm; of it, an hourly rule uses the minutes.")
    weekday: Weekday | None = Field(default=None, description="Of a weekly rule.")
    time_zone: str = Field(default="UTC", max_length=60, examples=["Europe/Oslo"])

    @field_validator("at")
    @classmethod
    def _is_time(cls, value: str) -> str:
        if not _TIME.match(value):
            raise ValueError("it is not a time such as 06:30")
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if not _ZONE.match(value):
            raise ValueError("it is not a time zone such as Europe/Oslo")
        return value

    @property
    def is_known_here(self) -> bool:
        """Whether this machine knows the time zone; another one may have known it when the rule was made."""
        return _is_known(self.time_zone)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.every == "week") != (self.weekday is not None):
            raise ValueError("a weekly rule, and no other, names a weekday")
        return self

    def in_words(self) -> str:
        """For people.

        >>> Rule(every="week", at="06:30", weekday="monday", time_zone="Europe/Oslo").in_words()
        'every Monday at 06:30 (Europe/Oslo)'
        """
        if self.every == "hour":
            minutes = int(self.at[3:])
            return f"every hour, {minutes} {'minute' if minutes == 1 else 'minutes'} past" if minutes else "every hour"
        day = "day" if self.weekday is None else self.weekday.capitalize()
        return f"every {day} at {self.at} ({self.time_zone})"

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment at which something is due, in UTC."""
        zone = ZoneInfo(self.time_zone)
        if self.every == "hour":
            return _next_minute(moment.astimezone(UTC), int(self.at[3:]), zone)
        day = moment.astimezone(zone).date()
        wanted = time.fromisoformat(self.at)
        for n_days in range(-1, 9):
            that = day + n_days * _DAY
            if self.weekday is not None and that.weekday() != WEEKDAYS.index(self.weekday):
                continue
            found = _in_utc(datetime.combine(that, wanted), zone)
            if found > moment:
                return found
        raise RuntimeError("there is a due time within every nine days")


class NewRule(Rule):
    """A rule as people give it: in a time zone this machine knows."""

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, value: str) -> str:
        if not _is_known(value):
            raise ValueError("it is not a time zone such as Europe/Oslo")
        return value


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _next_minute(moment: datetime, minute: int, zone: ZoneInfo) -> datetime:
    """The next time at which the clock on the wall shows these minutes."""
    found = moment.replace(second=0, microsecond=0) + _MINUTE
    while found.astimezone(zone).minute != minute:
        found += _MINUTE
    return found


def _in_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clock on the wall first shows a time, or goes on after having skipped it."""
    for n_minutes in range(_LONGEST_GAP_MINUTES):
        earlier = wall - n_minutes * _MINUTE
        moment = earlier.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == earlier:
            return moment if n_minutes == 0 else moment + _MINUTE
    raise RuntimeError("a clock that skips more than a day")
