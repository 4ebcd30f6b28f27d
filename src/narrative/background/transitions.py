"""What becomes of a job: pure functions from one state to the next. Moments are UTC in ISO 8601."""

from __future__ import annotations

from typing import Final

from narrative.background.jobs import Job, JobState
from narrative.core.errors import Canceled, NarrativeError, Unavailable

FIRST_WAIT_SECONDS: Final = 2.0
LONGEST_WAIT_SECONDS: Final = 60.0
MAX_WAITS: Final = 6
"""2 + 4 + 8 + 16 + 32 + 60 s: a dependency may be away for about two minutes before its jobs fail."""


def wait_seconds(n_waits: int, chance: float) -> float:
    """How long to wait for an absent dependency after so many waits; ``chance`` is between 0 and 1.

    Half of the wait is fixed and half random: never at once, and not all at the same moment.

    >>> [wait_seconds(n, 1.0) for n in range(6)], wait_seconds(0, 0.0)
    ([2.0, 4.0, 8.0, 16.0, 32.0, 60.0], 1.0)
    """
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**n_waits)
    return float(longest * (0.5 + 0.5 * chance))


def may_wait(job: Job, error: NarrativeError) -> bool:
    """Whether trying again later may help, and is still wanted."""
    return isinstance(error, Unavailable) and job.waits < MAX_WAITS and not job.cancel_requested


def waiting(job: Job, now: str) -> Job:
    """Back in the queue as if the last claim had not been; ended when somebody canceled it meanwhile."""
    if job.cancel_requested:
        return ended(job, "canceled", now, Canceled("canceled", "The work was stopped."))
    return job.with_(
        state="queued",
        attempt=max(0, job.attempt - 1),
        worker=None,
        lease_until=None,
        heartbeat_at=None,
        not_before="",
        progress={},
    )


def postponed(job: Job, until: str, error: NarrativeError) -> Job:
    """Back in the queue until a dependency may have returned; the attempt does not count."""
    return waiting(job, until).with_(not_before=until, waits=job.waits + 1, error=error.to_dict())


def abandoned(job: Job, now: str) -> Job:
    """What becomes of a job whose worker is gone: another attempt, or the end when there were enough."""
    if job.cancel_requested or job.attempt < job.max_attempts:
        back = waiting(job, now)
        return back if back.has_ended else back.with_(attempt=job.attempt)
    error = Unavailable(
        "worker_lost",
        f"The worker died {job.attempt} times while doing this, so it is not tried again.",
        fix="It may need more memory than there is: try fewer rows or columns, then start it again.",
        attempts=job.attempt,
    )
    return ended(job, "failed", now, error)


def ended(job: Job, state: JobState, now: str, error: NarrativeError | None = None) -> Job:
    """The last state of a job."""
    return job.with_(
        state=state,
        worker=None,
        lease_until=None,
        error=None if error is None else error.to_dict(),
        finished_at=now,
    )
