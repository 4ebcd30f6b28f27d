"""Time as a parameter: production passes :class:`SystemClock`, tests pass :class:`ManualClock`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for people, monotonic time for durations, and the only way to wait."""

    def now(self) -> datetime:
        """Current UTC time, timezone-aware."""

    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class ManualClock:
    """A clock that moves only when told to.

    >>> clock = ManualClock()
    >>> before = clock.now()
    >>> clock.advance(5)
    >>> (clock.now() - before).total_seconds()
    5.0
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move both kinds of time forward."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Set wall time forward or back, as an operator or a time server does; monotonic time does not notice."""
        self._now += timedelta(seconds=seconds)


class Deadline:
    """A point in monotonic time that work must not pass.

    >>> clock = ManualClock()
    >>> deadline = Deadline(clock, seconds=10)
    >>> clock.advance(4)
    >>> deadline.remaining()
    6.0
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._at = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; negative once passed."""
        return self._at - self._clock.monotonic()

    def passed(self) -> bool:
        return self.remaining() <= 0
