"""How far a run is and how long it will take: work that was really done against work that is really left."""

from __future__ import annotations

from typing import Final

from narrative.core.clock import Deadline

FASTEST, SLOWEST = 0.1, 10.0
TRUSTED_SECONDS: Final = 0.5
TELLING_SECONDS: Final = 0.1
"""Pieces estimated shorter than this tell how long a library takes to load, not how fast the machine is."""


class Meter:
    """Estimated and measured seconds of the pieces of work.

    Estimates come from the plan; what was measured tells how this machine relates to them.
    """

    def __init__(self, deadline: Deadline, planned_seconds: float) -> None:
        self._deadline = deadline
        self._planned = max(planned_seconds, 0.1)
        self._done = 0.0
        self._estimated = 0.0
        self._spent = 0.0
        self._current = 0.0

    def finished(self, estimated: float, measured: float) -> None:
        """A piece of work is done."""
        self._done += estimated
        self._current = 0.0
        if estimated >= TELLING_SECONDS:
            self._estimated += estimated
            self._spent += measured

    def running(self, estimated: float, share: float) -> None:
        """A piece of work is done to this share."""
        self._current = estimated * min(max(share, 0.0), 1.0)

    def skipped(self, estimated: float) -> None:
        """A planned piece of work will not be done."""
        self._planned = max(self._planned - estimated, 0.1)

    @property
    def speed(self) -> float:
        """Measured seconds per estimated second; 1 until something was measured."""
        if self._spent < TRUSTED_SECONDS:
            return 1.0
        return min(max(self._spent / self._estimated, FASTEST), SLOWEST)

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1."""
        return min((self._done + self._current) / self._planned, 1.0)

    @property
    def seconds_left(self) -> float:
        """What is left, at the measured speed, never beyond the deadline."""
        left = max(self._planned - self._done - self._current, 0.0) * self.speed
        return max(min(left, self._deadline.remaining()), 0.0)
