"""Which leases have run out, judged without any wall clock.

A lease is alive while its document changes: each heartbeat gives it a new revision.  An observer that has seen one
revision stand still for the whole lease, on its own monotonic clock, may take the job.  So a clock that jumps, or two
machines that disagree about the time, neither steal work nor leave it lying (the same idea as in "Building distributed
locks with the DynamoDB lock client", Amazon 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from narrative.background.jobs import Job
from narrative.background.presence import is_gone
from narrative.core.clock import Clock


class LeaseWatch:
    """The memory of one observer."""

    def __init__(self, clock: Clock, default_seconds: float, is_gone: Callable[[str | None], bool] = is_gone) -> None:
        self._clock = clock
        self._default_seconds = default_seconds
        self._is_gone = is_gone
        self._seen: dict[str, tuple[int, float]] = {}

    def expired(self, running: Iterable[Job]) -> list[Job]:
        """Those of the running jobs that nobody works on any more. Call it often, each time with all of them."""
        now = self._clock.monotonic()
        seen: dict[str, tuple[int, float]] = {}
        expired = []
        for job in running:
            rev, since = self._seen.get(job.id, (None, now))
            if rev != job.rev:
                since = now
            seen[job.id] = (job.rev, since)
            lease_seconds = self._default_seconds if job.lease_seconds is None else job.lease_seconds
            if now - since >= lease_seconds or self._is_gone(job.worker):
                expired.append(job)
        self._seen = seen
        return expired
