"""A lease runs out when its document stood still, as long as the observer's own clock says."""

from __future__ import annotations

from narrative.background.jobs import Job
from narrative.background.leases import LeaseWatch
from narrative.core.clock import ManualClock


def job(rev: int, *, lease_seconds: float | None = 10.0, worker: str = "w1") -> Job:
    return Job("job_1", "ws_one", "a.b", {}, state="running", rev=rev, lease_seconds=lease_seconds, worker=worker)


def watch(clock: ManualClock) -> LeaseWatch:
    return LeaseWatch(clock, default_seconds=30.0, is_gone=lambda worker: worker == "gone")


def test_a_document_that_stands_still_for_the_lease_is_given_up() -> None:
    clock = ManualClock()
    observer = watch(clock)
    assert observer.expired([job(1)]) == []
    clock.advance(9.9)
    assert observer.expired([job(1)]) == []
    clock.advance(0.1)
    assert observer.expired([job(1)]) == [job(1)]


def test_every_change_begins_the_lease_anew() -> None:
    clock = ManualClock()
    observer = watch(clock)
    for rev in range(5):
        assert observer.expired([job(rev)]) == []
        clock.advance(9.0)


def test_an_observer_that_looks_for_the_first_time_waits_a_whole_lease() -> None:
    clock = ManualClock()
    clock.advance(1e6)
    assert watch(clock).expired([job(1)]) == []


def test_each_lease_has_its_own_length_and_a_default() -> None:
    clock = ManualClock()
    observer = watch(clock)
    observer.expired([job(1, lease_seconds=None)])
    clock.advance(29.0)
    assert observer.expired([job(1, lease_seconds=None)]) == []
    clock.advance(1.0)
    assert observer.expired([job(1, lease_seconds=None)]) != []


def test_a_worker_that_is_gone_is_not_waited_for() -> None:
    assert watch(ManualClock()).expired([job(1, worker="gone")]) != []


def test_a_job_that_was_not_running_in_between_is_new_again() -> None:
    clock = ManualClock()
    observer = watch(clock)
    observer.expired([job(1)])
    clock.advance(9.0)
    observer.expired([])
    clock.advance(9.0)
    assert observer.expired([job(1)]) == []
