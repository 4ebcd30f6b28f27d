"""How far a run is and how long it will take: it fills its time, unless the search is foreseen to end before."""

from __future__ import annotations

from typing import Final

from narrative.core.clock import Deadline

FASTEST, SLOWEST = 0.1, 10.0
TRUSTED_SECONDS: Final = 0.5
TELLING_SECONDS: Final = 0.1
"""Pieces estimated shorter than this tell how long a library takes to load, not how fast the machine is."""


class Meter:
    """Where a run stands between its beginning and its end.

    Args:
        deadline: of the work.
        tail: seconds the run takes after the work.
        elapsed: seconds of the run that were over before the work.
    """

    def __init__(self, deadline: Deadline, *, tail: float = 0.0, elapsed: float = 0.0) -> None:
        self._deadline, self._tail = deadline, tail
        self._whole = elapsed + deadline.remaining()
        self._estimated = 0.0
        self._spent = 0.0
        self.foreseen: float | None = None
        """Seconds of work that are left when the search is about to end by itself; None: it goes on to the deadline."""

    def finished(self, estimated: float, measured: float) -> None:
        """A piece of work is done."""
        if estimated >= TELLING_SECONDS:
            self._estimated += estimated
            self._spent += measured

    @property
    def speed(self) -> float:
        """Measured seconds per estimated second; 1 until something was measured."""
        if self._spent < TRUSTED_SECONDS:
            return 1.0
        return min(max(self._spent / self._estimated, FASTEST), SLOWEST)

    @property
    def share(self) -> float:
        """Share of the run that is over, 0 to 1."""
        gone = max(self._whole - self._deadline.remaining(), 0.0)
        return min(gone / max(gone + self.seconds_left - self._tail, 1e-9), 1.0)

    @property
    def seconds_left(self) -> float:
        """Seconds to the end of the run, what follows the work included."""
        left = max(self._deadline.remaining(), 0.0)
        return self._tail + (left if self.foreseen is None else min(max(self.foreseen, 0.0), left))
