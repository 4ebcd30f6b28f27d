"""Every change of a job is one conditional write: races, fences, retries, cancellation, lost workers, clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.adapters.metadata.sqlite import SQLiteMetadataStore
from narrative.background.handlers import JobHandler, JobRegistry, Result
from narrative.background.jobs import JOBS, Job
from narrative.background.presence import this_process
from narrative.background.queue import FenceLost, Queue
from narrative.background.transitions import MAX_WAITS
from narrative.core.clock import ManualClock
from narrative.core.errors import Canceled, Conflict, InvalidInput, NotFound, Unavailable
from narrative.ports.metadata import CollectionSpec, Query, Tenant, UnitOfWork
from tests.contracts.metadata_contract import in_threads

ONE, TWO = Tenant("ws_one"), Tenant("ws_two")
LEASE = 30.0
BUSY = Unavailable("narrator_away", "The narrator does not answer.")


def nothing(context: object) -> Result:
    return Result()


def note(unit: UnitOfWork, job: Job) -> None:
    """An ``on_failed`` that leaves a mark."""
    unit.insert(job.tenant, "notes", {"id": job.id, "state": job.state, "code": (job.error or {})["code"]})


def refuse(unit: UnitOfWork, job: Job) -> None:
    """An ``on_failed`` with a fault."""
    unit.insert(job.tenant, "notes", {"id": job.id})
    raise KeyError("a fault in a slice")


REGISTRY = JobRegistry(
    [
        JobHandler("things.make", nothing, on_failed=note),
        JobHandler("things.train", nothing, lane="long"),
        JobHandler("things.faulty", nothing, on_failed=refuse),
    ]
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteMetadataStore]:
    store = SQLiteMetadataStore(tmp_path / "metadata.db")
    store.ensure([JOBS, CollectionSpec("notes")])
    yield store
    store.close()


@pytest.fixture
def queue(store: SQLiteMetadataStore, clock: ManualClock) -> Queue:
    return Queue(store, REGISTRY, clock, lease_seconds=LEASE, random=lambda: 1.0)


def take(queue: Queue, worker: str = "w1") -> Job:
    job = queue.claim("quick", worker)
    assert job is not None
    return job


# ---------------------------------------------------------------------- enqueue
def test_a_job_is_recorded_with_the_write_that_causes_it_or_not_at_all(
    store: SQLiteMetadataStore, queue: Queue
) -> None:
    def cause(unit: UnitOfWork) -> None:
        unit.insert(ONE, "notes", {"id": "n"})
        queue.enqueue(ONE, "things.make", {"note": "n"}, unit=unit)
        raise KeyError("undone")

    with pytest.raises(KeyError):
        store.atomic(cause)
    assert queue.find(ONE) == []
    job = store.atomic(lambda unit: queue.enqueue(ONE, "things.make", {"note": "n"}, unit=unit))
    assert queue.get(ONE, job.id) == job
    assert (job.state, job.attempt, job.fence, job.payload) == ("queued", 0, 0, {"note": "n"})


def test_a_repeated_request_finds_the_job_of_the_first(queue: Queue) -> None:
    first = queue.enqueue(ONE, "things.make", {"a": 1}, idempotency_key="k")
    assert queue.enqueue(ONE, "things.make", {"a": 1}, idempotency_key="k").id == first.id
    with pytest.raises(Conflict) as caught:
        queue.enqueue(ONE, "things.make", {"a": 2}, idempotency_key="k")
    assert caught.value.code == "idempotency_key_reused"
    assert queue.enqueue(TWO, "things.make", {"a": 1}, idempotency_key="k").id != first.id


def test_many_equal_requests_at_once_make_one_job(queue: Queue) -> None:
    found: list[str] = []
    assert in_threads(8, lambda n: found.append(queue.enqueue(ONE, "things.make", {}, idempotency_key="k").id)) == []
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_kind_of_job_that_nobody_can_do_is_a_fault_of_ours(queue: Queue) -> None:
    with pytest.raises(ValueError, match=r"things\.unknown"):
        queue.enqueue(ONE, "things.unknown", {})


def test_a_job_of_another_workspace_does_not_exist(queue: Queue) -> None:
    job = queue.enqueue(ONE, "things.make", {})
    for tenant, job_id in ((TWO, job.id), (ONE, "job_" + "0" * 20), (ONE, "../x")):
        for call in (queue.get, queue.cancel):
            with pytest.raises(NotFound) as caught:
                call(tenant, job_id)
            assert caught.value.code == "job_not_found"
    assert queue.find(TWO) == []


def test_jobs_are_listed_newest_first_by_project_state_and_type(queue: Queue, clock: ManualClock) -> None:
    jobs = []
    for number in range(4):
        clock.advance(1)
        jobs.append(queue.enqueue(ONE, "things.make", {}, project_id=f"p{number % 2}"))
    clock.advance(1)
    other = queue.enqueue(ONE, "things.train", {}, project_id="p0")
    taken = take(queue)
    assert [job.id for job in queue.find(ONE, project_id="p0")] == [other.id, jobs[2].id, jobs[0].id]
    assert [job.id for job in queue.find(ONE, states=["running"])] == [taken.id] == [jobs[0].id]
    assert [job.id for job in queue.find(ONE, type="things.train")] == [other.id]
    assert [job.id for job in queue.find(ONE, limit=2, offset=1)] == [jobs[3].id, jobs[2].id]


# ---------------------------------------------------------------------- claim
def test_the_oldest_job_comes_first(queue: Queue, clock: ManualClock) -> None:
    jobs = []
    for _ in range(3):
        clock.advance(1)
        jobs.append(queue.enqueue(ONE, "things.make", {}))
    assert [take(queue).id for _ in range(3)] == [job.id for job in jobs]
    assert queue.claim("quick", "w1") is None


def test_a_claim_is_a_new_attempt_with_a_new_fence_and_a_lease(queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    job = take(queue)
    assert (job.state, job.attempt, job.fence, job.worker) == ("running", 1, 1, "w1")
    assert job.lease_until == "2026-01-01T00:00:30.000000+00:00"


def test_a_workspace_with_many_jobs_delays_another_by_one(queue: Queue, clock: ManualClock) -> None:
    for _ in range(50):
        queue.enqueue(ONE, "things.make", {})
    clock.advance(60)
    late = queue.enqueue(TWO, "things.make", {})
    assert late.id in {take(queue).id for _ in range(2)}


def test_lanes_do_not_wait_for_each_other(queue: Queue) -> None:
    queue.enqueue(ONE, "things.train", {})
    assert queue.claim("quick", "w1") is None
    assert queue.claim("long", "w1") is not None


def test_no_two_workers_get_the_same_job(store: SQLiteMetadataStore, clock: ManualClock, queue: Queue) -> None:
    for _ in range(40):
        queue.enqueue(ONE, "things.make", {})
    taken: list[str] = []

    def work(number: int) -> None:
        own = Queue(store, REGISTRY, clock)
        while job := own.claim("quick", f"w{number}"):
            taken.append(job.id)

    assert in_threads(6, work) == []
    while job := queue.claim("quick", "last"):  # a racing worker may give up early; it comes again
        taken.append(job.id)
    assert len(taken) == 40
    assert len(set(taken)) == 40


# ---------------------------------------------------------------------- the fence
def test_a_worker_that_lost_its_lease_can_do_nothing_more(
    store: SQLiteMetadataStore, queue: Queue, clock: ManualClock
) -> None:
    queue.enqueue(ONE, "things.make", {})
    old = take(queue, "paused")
    queue.reap()
    clock.advance(LEASE)
    queue.reap()
    new = take(queue, "other")
    assert (new.id, new.fence, new.attempt) == (old.id, 2, 2)

    def effect(unit: UnitOfWork) -> None:
        unit.insert(ONE, "notes", {"id": "effect"})

    calls: list[Callable[[], object]] = [
        lambda: queue.finish(old, Result({"by": "paused"}, apply=effect)),
        lambda: queue.heartbeat(old, {"share": 0.9}),
        lambda: queue.look(old),
        lambda: queue.fail(old, BUSY),
        lambda: queue.hand_back(old),
    ]
    for call in calls:
        with pytest.raises(FenceLost) as caught:
            call()
        assert caught.value.code == "fence_lost"
    assert store.get(ONE, "notes", "effect") is None
    queue.finish(new, Result({"by": "other"}, apply=effect))
    assert queue.get(ONE, new.id).result == {"by": "other"}
    with pytest.raises(FenceLost):
        queue.finish(new, Result({"by": "other"}, apply=effect))


def test_between_two_holders_the_old_one_is_refused_too(queue: Queue, clock: ManualClock) -> None:
    queue.enqueue(ONE, "things.make", {})
    old = take(queue)
    queue.reap()
    clock.advance(LEASE)
    assert [job.state for job in queue.reap()] == ["queued"]
    with pytest.raises(FenceLost):
        queue.finish(old, Result())


# ---------------------------------------------------------------------- the end
def test_result_entities_outbox_and_state_are_one_write(store: SQLiteMetadataStore, queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    job = take(queue)

    def broken(unit: UnitOfWork) -> None:
        unit.insert(ONE, "notes", {"id": "n"})
        raise InvalidInput("no", "No.")

    with pytest.raises(InvalidInput):
        queue.finish(job, Result({"x": 1}, apply=broken))
    assert store.get(ONE, "notes", "n") is None
    assert queue.get(ONE, job.id).state == "running"

    messages = ({"topic": "mail", "payload": {"to": "a"}}, {"topic": "mail", "payload": {"to": "b"}})
    done = queue.finish(job, Result({"x": 1}, apply=note_that, outbox=messages), {"share": 1.0})
    assert (done.state, done.result, done.error, done.worker, done.lease_until) == (
        "completed",
        {"x": 1},
        None,
        None,
        None,
    )
    assert done.progress == {"share": 1.0}
    assert store.get(ONE, "notes", "n") is not None
    assert [message["payload"] for message in done.outbox] == [{"to": "a"}, {"to": "b"}]
    assert len({message["id"] for message in done.outbox}) == 2
    assert queue.get(ONE, job.id) == done


def note_that(unit: UnitOfWork) -> None:
    unit.insert(ONE, "notes", {"id": "n"})


def test_a_refusal_ends_the_job_at_once_and_its_slice_hears_of_it(store: SQLiteMetadataStore, queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    ended = queue.fail(take(queue), InvalidInput("empty_file", "The file is empty.", fix="Choose another."))
    assert ended.state == "failed"
    assert (ended.error or {})["fix"] == "Choose another."
    assert (store.get(ONE, "notes", ended.id) or {})["code"] == "empty_file"
    assert queue.claim("quick", "w1") is None


def test_a_fault_in_a_slice_does_not_keep_the_job_open(store: SQLiteMetadataStore, queue: Queue) -> None:
    queue.enqueue(ONE, "things.faulty", {})
    assert queue.fail(take(queue), InvalidInput("no", "No.")).state == "failed"
    assert store.find(ONE, "notes", Query()) == []


def test_an_absent_dependency_is_tried_again_with_growing_waits_and_costs_no_attempt(
    queue: Queue, clock: ManualClock
) -> None:
    queue.enqueue(ONE, "things.make", {})
    waits = []
    for _ in range(MAX_WAITS):
        waiting = queue.fail(take(queue), BUSY)
        assert (waiting.state, waiting.attempt) == ("queued", 0)
        assert (waiting.error or {})["code"] == "narrator_away"
        waited = 0
        while queue.claim("quick", "peek") is None:
            clock.advance(1)
            waited += 1
        waits.append(waited)
        peeked = queue.find(ONE, states=["running"])[0]
        queue.hand_back(peeked)
    assert waits == [2, 4, 8, 16, 32, 60]
    ended = queue.fail(take(queue), BUSY)
    assert ended.state == "failed"
    assert (ended.error or {})["code"] == "narrator_away"


def test_waits_are_spread_but_never_shorter_than_half(store: SQLiteMetadataStore, clock: ManualClock) -> None:
    queue = Queue(store, REGISTRY, clock, random=lambda: 0.0)
    queue.enqueue(ONE, "things.make", {})
    assert queue.fail(take(queue), BUSY).not_before == "2026-01-01T00:00:01.000000+00:00"


# ---------------------------------------------------------------------- cancel
def test_a_waiting_job_is_canceled_at_once(store: SQLiteMetadataStore, queue: Queue) -> None:
    job = queue.enqueue(ONE, "things.make", {})
    assert queue.cancel(ONE, job.id).state == "canceled"
    assert store.get(ONE, "notes", job.id) == {"id": job.id, "state": "canceled", "code": "canceled", "rev": 1}
    assert queue.claim("quick", "w1") is None


def test_a_running_job_is_asked_to_stop_and_ends_canceled(queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    job = take(queue)
    assert queue.cancel(ONE, job.id).state == "running"
    assert queue.look(job).cancel_requested
    assert queue.heartbeat(job).cancel_requested
    assert queue.fail(job, Canceled("canceled", "The work was stopped.")).state == "canceled"


def test_a_canceled_job_may_keep_what_it_had(store: SQLiteMetadataStore, queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    job = take(queue)
    queue.cancel(ONE, job.id)
    ended = queue.finish(job, Result({"best": "ridge"}, is_partial=True))
    assert (ended.state, ended.result) == ("canceled", {"best": "ridge"})
    assert store.find(ONE, "notes", Query()) == []


def test_canceling_what_has_ended_changes_nothing(queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    ended = queue.finish(take(queue), Result({"x": 1}))
    assert queue.cancel(ONE, ended.id) == ended


def test_a_canceled_job_is_not_tried_again(queue: Queue, clock: ManualClock) -> None:
    for end in ("dependency", "hand back", "lost worker"):
        job = queue.enqueue(ONE, "things.make", {"end": end})
        held = take(queue)
        queue.cancel(ONE, job.id)
        if end == "dependency":
            queue.fail(held, BUSY)
        elif end == "hand back":
            queue.hand_back(held)
        else:
            queue.reap()
            clock.advance(LEASE)
            queue.reap()
        assert queue.get(ONE, job.id).has_ended


# ---------------------------------------------------------------------- lost workers
def test_a_job_handed_back_has_not_used_an_attempt(queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    back = queue.hand_back(take(queue))
    assert (back.state, back.attempt, back.worker) == ("queued", 0, None)
    again = take(queue)
    assert (again.attempt, again.fence) == (1, 2)


def test_a_heartbeat_keeps_the_lease(queue: Queue, clock: ManualClock) -> None:
    queue.enqueue(ONE, "things.make", {})
    job = take(queue)
    for _ in range(10):
        assert queue.reap() == []
        clock.advance(LEASE * 0.9)
        queue.heartbeat(job)
    assert queue.reap() == []
    assert queue.get(ONE, job.id).state == "running"


def test_after_the_last_attempt_a_lost_worker_ends_the_job_with_the_reason(
    store: SQLiteMetadataStore, queue: Queue, clock: ManualClock
) -> None:
    queue.enqueue(ONE, "things.make", {})
    for attempt in (1, 2, 3):
        job = take(queue)
        assert job.attempt == attempt
        queue.reap()
        clock.advance(LEASE)
        [changed] = queue.reap()
    assert changed.state == "failed"
    assert (changed.error or {})["code"] == "worker_lost"
    assert (store.get(ONE, "notes", changed.id) or {})["state"] == "failed"


def test_a_process_that_is_surely_gone_is_not_waited_for(queue: Queue) -> None:
    queue.enqueue(ONE, "things.make", {})
    queue.enqueue(ONE, "things.make", {})
    alive = take(queue, this_process())
    machine, pid, start = this_process().split(":")
    gone = take(queue, f"{machine}:{pid}:{int(start) - 1}")
    assert [job.id for job in queue.reap()] == [gone.id]
    assert queue.get(ONE, alive.id).state == "running"


# ---------------------------------------------------------------------- clocks
@pytest.mark.parametrize("hours", [1, -1, 24 * 365, -24 * 365])
def test_a_clock_that_jumps_neither_steals_a_job_nor_leaves_it_lying(
    queue: Queue, clock: ManualClock, hours: int
) -> None:
    queue.enqueue(ONE, "things.make", {})
    job = take(queue)
    queue.reap()
    clock.advance(LEASE - 1)
    clock.jump(hours * 3600)
    assert queue.reap() == []  # its worker still has a second
    clock.advance(1)
    assert [changed.id for changed in queue.reap()] == [job.id]
    assert take(queue).id == job.id


def test_the_control_judging_by_wall_time_would_have_been_wrong(queue: Queue, clock: ManualClock) -> None:
    queue.enqueue(ONE, "things.make", {})
    job = take(queue)
    queue.reap()
    clock.jump(3600)
    by_wall_time = (job.lease_until or "") < clock.now().isoformat()
    assert by_wall_time
    assert queue.reap() == []


def test_a_job_waiting_for_a_moment_far_ahead_after_a_jump_back_goes_on(queue: Queue, clock: ManualClock) -> None:
    queue.enqueue(ONE, "things.make", {})
    queue.fail(take(queue), BUSY)
    queue.reap()
    clock.jump(-3600)
    assert queue.claim("quick", "w1") is None
    queue.reap()
    assert queue.claim("quick", "w1") is not None


def test_a_new_job_does_not_wait_for_a_clock(queue: Queue, clock: ManualClock) -> None:
    queue.enqueue(ONE, "things.make", {})
    clock.jump(-30)
    assert queue.claim("quick", "w1") is not None


def test_a_stored_job_of_a_newer_program_is_read(store: SQLiteMetadataStore, queue: Queue) -> None:
    document: dict[str, Any] = {**queue.enqueue(ONE, "things.make", {}).to_document(), "color": "of the future"}
    store.replace(ONE, "jobs", document, rev=1)
    assert queue.get(ONE, document["id"]).state == "queued"


# ---------------------------------------------------------------------- upkeep
def test_jobs_that_ended_a_month_ago_are_forgotten_and_others_are_not(
    queue: Queue, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrative.background.queue._SWEPT_AT_ONCE", 2)
    for number in range(5):
        queue.cancel((ONE, TWO)[number % 2], queue.enqueue((ONE, TWO)[number % 2], "things.make", {}).id)
    queue.enqueue(ONE, "things.train", {})
    waiting = queue.find(ONE, states=["queued"])
    clock.advance(29 * 24 * 3600)
    newer = queue.cancel(ONE, queue.enqueue(ONE, "things.make", {}).id)
    assert queue.sweep() == 0
    clock.advance(24 * 3600 + 1)
    assert queue.sweep() == 5
    assert {job.id for job in queue.find(ONE)} == {newer.id, waiting[0].id}
    assert queue.find(TWO) == []
