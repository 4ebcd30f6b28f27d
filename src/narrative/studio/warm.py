"""Warm child processes for what people wait for: previews and comparisons.

The process that answers requests computes none of it itself, so nothing a table can do slows its other answers. Of
the children one person's calls hold all but one at most, so whatever they ask, the next person finds one free.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from narrative.core.clock import Deadline
from narrative.core.errors import LimitExceeded
from narrative.engine.children import ChildLimits
from narrative.engine.warm import WarmChild
from narrative.studio.platform import Platform

CHILDREN: Final = 2
IDLE_SECONDS: Final = 180.0
WAIT_SECONDS: Final = 20.0
MOST_WAITING: Final = 6
"""Calls of one person that run or wait."""
OPEN_FILES: Final = 256
PRELOAD: Final = "narrative.studio.warm_work"


@dataclass
class _Seat:
    """A place for a child; ``about`` is what it last worked on."""

    child: WarmChild | None = None
    about: str = ""
    is_taken: bool = False
    used_at: float = 0.0


class WarmPool:
    """Children that are started when they are first needed and end when nobody has called for a while."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._seats = [_Seat() for _ in range(CHILDREN)]
        self._changed = threading.Condition()
        self._holding: Counter[str] = Counter()
        self._present: Counter[str] = Counter()
        self._timer: threading.Timer | None = None

    def call(
        self, person: str, about: str, function: str, payload: dict[str, Any], *, seconds: float
    ) -> dict[str, Any]:
        """The result of ``module:function(payload)`` in a child, if possible one that knows what it is ``about``.

        Raises:
            LimitExceeded: ``preview_busy``, ``preview_too_large``; and what the function raises.
        """
        with self._changed:
            if self._present[person] >= MOST_WAITING:
                raise _busy(MOST_WAITING, is_own=True)
            self._present[person] += 1
        try:
            seat = self._take(person, about)
            try:
                child = self._child(seat)
                return child.call(function, payload, seconds=seconds)
            finally:
                self._give_back(person, seat)
        finally:
            with self._changed:
                self._present[person] -= 1

    def close(self) -> None:
        """End all children."""
        with self._changed:
            if self._timer is not None:
                self._timer.cancel()
            for seat in self._seats:
                if seat.child is not None:
                    seat.child.close()
                    seat.child = None

    def _take(self, person: str, about: str) -> _Seat:
        deadline = Deadline(self._platform.clock, WAIT_SECONDS)
        with self._changed:
            while True:
                free = [seat for seat in self._seats if not seat.is_taken]
                if free and self._holding[person] < CHILDREN - 1:
                    seat = max(free, key=lambda item: (item.about == about, item.child is not None))
                    seat.is_taken, seat.about = True, about
                    self._holding[person] += 1
                    return seat
                if deadline.remaining() <= 0 or not self._changed.wait(max(0.0, deadline.remaining())):
                    raise _busy(CHILDREN - 1, is_own=self._holding[person] >= CHILDREN - 1)

    def _child(self, seat: _Seat) -> WarmChild:
        if seat.child is None or not seat.child.is_alive:
            limits = self._platform.limits
            seat.child = WarmChild(
                ChildLimits(
                    memory_bytes=limits.child_memory_bytes, cpu_seconds=0, wall_seconds=0.0,
                    threads=limits.threads, open_files=OPEN_FILES,
                ),
                PRELOAD,
            )  # fmt: skip
        return seat.child

    def _give_back(self, person: str, seat: _Seat) -> None:
        with self._changed:
            seat.is_taken, seat.used_at = False, self._platform.clock.monotonic()
            self._holding[person] -= 1
            self._changed.notify_all()
            if self._timer is None:
                self._arm()

    def _arm(self) -> None:
        self._timer = threading.Timer(IDLE_SECONDS, self._end_idle)
        self._timer.daemon = True
        self._timer.start()

    def _end_idle(self) -> None:
        now = self._platform.clock.monotonic()
        with self._changed:
            self._timer = None
            for seat in self._seats:
                if seat.child is not None and not seat.is_taken and now - seat.used_at >= IDLE_SECONDS:
                    seat.child.close()
                    seat.child = None
            if any(seat.child is not None for seat in self._seats):
                self._arm()


def _busy(limit: int, *, is_own: bool) -> LimitExceeded:
    """``is_own``: what is waited for was asked by the same person, not by others."""
    whose = "Earlier previews of yours" if is_own else "Previews of other people"
    return LimitExceeded(
        "preview_busy",
        f"{whose} are still being computed.",
        fix="Wait a moment and try again.",
        limit=limit,
        value=limit + 1,
        retry_after_seconds=2,
    )
