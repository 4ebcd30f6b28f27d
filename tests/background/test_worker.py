"""A worker runs handlers, shows progress, stops on request, hands back what it interrupts, and never dies of a job."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.adapters.metadata.sqlite import SQLiteMetadataStore
from narrative.background.handlers import JobContext, JobHandler, JobRegistry, Lane, Result
from narrative.background.jobs import Job
from narrative.background.queue import Queue
from narrative.background.worker import Worker
from narrative.core.errors import InvalidInput, Unavailable
from narrative.ports.metadata import CollectionSpec, Query, Tenant, UnitOfWork

ONE = Tenant("ws_one")


class Stage:
    """A store, a queue and a worker on it, with handlers made in the test."""

    def __init__(self, folder: Path) -> None:
        self.store = SQLiteMetadataStore(folder / "metadata.db")
        self.store.ensure([CollectionSpec("things"), CollectionSpec("notes")])
        self.handlers: list[JobHandler] = []
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None

    def on(self, name: str, run: Callable[[JobContext], Result], **options: Any) -> None:
        self.handlers.append(JobHandler(name, run, **options))

    @property
    def queue(self) -> Queue:
        queue = Queue(self.store, JobRegistry(self.handlers))
        queue.ensure()
        return queue

    def worker(self, **options: Any) -> Worker:
        options = {
            "poll_seconds": 0.02,
            "lease_seconds": 2.0,
            "heartbeat_seconds": 0.1,
            "drain_seconds": 2.0,
            **options,
        }
        return Worker(self.store, JobRegistry(self.handlers), {"the": "services"}, **options)

    def start(self, **options: Any) -> None:
        self.thread = threading.Thread(target=self.worker(**options).run, args=(self.stop,))
        self.thread.start()

    def end(self) -> float:
        """Stop the worker; how many seconds that took."""
        began = time.monotonic()
        self.stop.set()
        if self.thread is not None:
            self.thread.join()
        return time.monotonic() - began

    def enqueue(self, name: str, **payload: Any) -> str:
        return self.queue.enqueue(ONE, name, payload).id

    def job(self, job_id: str) -> Job:
        return self.queue.get(ONE, job_id)

    def wait(self, job_id: str, condition: Callable[[Job], bool], seconds: float = 5.0) -> Job:
        """The job once the condition holds."""
        until = time.monotonic() + seconds
        while not condition(job := self.job(job_id)):
            assert time.monotonic() < until, job
            time.sleep(0.01)
        return job


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.end()
    stage.store.close()


def until_stopped(context: JobContext) -> Result:
    """A handler that works until it is told to end."""
    while True:
        context.stop_if_asked()
        time.sleep(0.01)


# ---------------------------------------------------------------------- work
def test_a_handler_gets_its_context_and_its_result_is_applied(stage: Stage) -> None:
    def make(context: JobContext) -> Result:
        assert context.services == {"the": "services"}
        assert (context.tenant, context.payload, context.job.attempt) == (ONE, {"n": 7}, 1)
        assert not context.should_stop()
        thing = {"id": context.derived_id("thing"), "n": context.payload["n"]}

        def apply(unit: UnitOfWork) -> None:
            unit.insert(context.tenant, "things", thing)

        return Result({"thing_id": thing["id"]}, apply=apply)

    stage.on("things.make", make)
    job_id = stage.enqueue("things.make", n=7)
    assert stage.worker().run_until_idle() == 1
    job = stage.job(job_id)
    assert job.state == "completed"
    assert stage.store.get(ONE, "things", (job.result or {})["thing_id"]) is not None


def test_a_job_may_start_the_next_one_in_its_own_end(stage: Stage) -> None:
    queue: list[Queue] = []

    def first(context: JobContext) -> Result:
        return Result(apply=lambda unit: queue[0].enqueue(ONE, "things.second", {}, unit=unit))

    stage.on("things.first", first)
    stage.on("things.second", lambda context: Result({"second": True}))
    queue.append(stage.queue)
    stage.enqueue("things.first")
    assert stage.worker().run_until_idle() == 2


def test_progress_is_shown_while_the_job_runs_and_the_last_word_is_kept(stage: Stage) -> None:
    go = threading.Event()

    def work(context: JobContext) -> Result:
        context.report({"share": 0.5, "message": "Half way"})
        go.wait(5)
        context.report({"share": 1.0, "message": "Done"})
        return Result()

    stage.on("things.work", work)
    job_id = stage.enqueue("things.work")
    stage.start()
    stage.wait(job_id, lambda job: job.progress.get("share") == 0.5)
    go.set()
    assert stage.wait(job_id, lambda job: job.has_ended).progress == {"share": 1.0, "message": "Done"}


def test_progress_that_cannot_be_stored_costs_the_progress_not_the_job(stage: Stage) -> None:
    def work(context: JobContext) -> Result:
        context.report({"share": float("nan")})
        time.sleep(0.3)
        return Result({"done": True})

    stage.on("things.work", work)
    job_id = stage.enqueue("things.work")
    stage.start()
    assert stage.wait(job_id, lambda job: job.has_ended).result == {"done": True}


def test_a_long_job_does_not_delay_a_quick_one(stage: Stage) -> None:
    stage.on("things.train", until_stopped, lane="long")
    stage.on("things.import", lambda context: Result())
    stage.enqueue("things.train")
    quick = stage.enqueue("things.import")
    stage.start()
    assert stage.wait(quick, lambda job: job.has_ended).state == "completed"


# ---------------------------------------------------------------------- failure
def test_a_refusal_fails_the_job_with_its_fix(stage: Stage) -> None:
    def refuse(context: JobContext) -> Result:
        raise InvalidInput("empty_file", "The file is empty.", row=1, fix="Choose another.")

    stage.on("things.refuse", refuse)
    job_id = stage.enqueue("things.refuse")
    stage.worker().run_until_idle()
    error = stage.job(job_id).error or {}
    assert (error["code"], error["row"], error["fix"]) == ("empty_file", 1, "Choose another.")


def test_a_fault_fails_the_job_without_internals_and_is_logged_without_data(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(context: JobContext) -> Result:
        raise ValueError("could not parse 'Alice, born 1979'")

    stage.on("things.fault", fault)
    job_id = stage.enqueue("things.fault")
    with caplog.at_level(logging.INFO, logger="narrative"):
        stage.worker().run_until_idle()
    job = stage.job(job_id)
    assert (job.state, (job.error or {})["code"]) == ("failed", "internal")
    assert "Alice" not in str(job.error)
    [record] = [record for record in caplog.records if record.getMessage() == "jobs.faulty"]
    fields = record.fields  # type: ignore[attr-defined]  # set by our event log
    assert fields["error"] == "ValueError"
    assert fields["job_id"] == job_id
    assert any(place.endswith(" fault") for place in fields["error_place"])
    assert "Alice" not in str(vars(record))


def test_a_result_that_cannot_be_applied_fails_the_job_and_leaves_nothing(stage: Stage) -> None:
    def apply(unit: UnitOfWork) -> None:
        unit.insert(ONE, "things", {"id": "half"})
        unit.replace(ONE, "things", {"id": "missing"}, rev=1)

    stage.on("things.apply", lambda context: Result(apply=apply))
    stage.on("things.value", lambda context: Result({"score": float("nan")}))
    jobs = [stage.enqueue("things.apply"), stage.enqueue("things.value")]
    stage.worker().run_until_idle()
    assert [(stage.job(job_id).error or {})["code"] for job_id in jobs] == ["not_found", "not_storable"]
    assert stage.store.find(ONE, "things", Query()) == []


def test_an_error_that_cannot_be_stored_ends_the_job_all_the_same(stage: Stage) -> None:
    def refuse(context: JobContext) -> Result:
        raise InvalidInput("bad_number", "No.", value=float("nan"))

    stage.on("things.refuse", refuse)
    job_id = stage.enqueue("things.refuse")
    stage.worker().run_until_idle()
    assert stage.job(job_id).state == "failed"


def test_a_store_that_is_away_at_the_end_costs_no_work(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.on("things.make", lambda context: Result({"made": True}))
    job_id = stage.enqueue("things.make")
    queue = stage.queue
    finish, refusals = queue.finish, [3]

    def away(*arguments: Any) -> Job:
        if refusals[0]:
            refusals[0] -= 1
            raise Unavailable("storage_full", "There is no room left.")
        return finish(*arguments)

    monkeypatch.setattr(queue, "finish", away)
    stage.worker(queue=queue).run_until_idle()
    assert stage.job(job_id).result == {"made": True}
    assert stage.job(job_id).attempt == 1


def test_a_store_that_is_away_does_not_end_the_worker(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.on("things.make", lambda context: Result())
    job_id = stage.enqueue("things.make")
    queue = stage.queue
    claim, refusals = queue.claim, [1]

    def away(lane: Lane, worker: str) -> Job | None:
        if refusals[0]:
            refusals[0] -= 1
            raise Unavailable("metadata_busy", "Busy.")
        return claim(lane, worker)

    monkeypatch.setattr(queue, "claim", away)
    stage.start(queue=queue)
    assert stage.wait(job_id, lambda job: job.has_ended).state == "completed"


# ---------------------------------------------------------------------- stopping
def test_cancel_acts_within_two_seconds(stage: Stage) -> None:
    stage.on("things.work", until_stopped)
    job_id = stage.enqueue("things.work")
    stage.start(heartbeat_seconds=1.0)
    stage.wait(job_id, lambda job: job.state == "running")
    began = time.monotonic()
    stage.queue.cancel(ONE, job_id)
    assert stage.wait(job_id, lambda job: job.has_ended).state == "canceled"
    assert time.monotonic() - began < 2.0


def test_what_a_canceled_training_had_by_then_is_kept(stage: Stage) -> None:
    def train(context: JobContext) -> Result:
        while not context.should_stop():
            time.sleep(0.01)
        return Result({"best": "ridge"}, is_partial=True)

    stage.on("things.train", train, lane="long")
    job_id = stage.enqueue("things.train")
    stage.start()
    stage.wait(job_id, lambda job: job.state == "running")
    stage.queue.cancel(ONE, job_id)
    job = stage.wait(job_id, lambda job: job.has_ended)
    assert (job.state, job.result) == ("canceled", {"best": "ridge"})


@pytest.mark.parametrize("gives", ["raises", "returns what it has"])
def test_a_stopping_worker_hands_its_jobs_back_unused(stage: Stage, gives: str) -> None:
    def work(context: JobContext) -> Result:
        if gives == "raises":
            return until_stopped(context)
        while not context.should_stop():
            time.sleep(0.01)
        return Result({"too": "early"}, is_partial=True)

    stage.on("things.work", work)
    running, waiting = stage.enqueue("things.work"), stage.enqueue("things.work")
    stage.start(slots={"quick": 1})
    stage.wait(running, lambda job: job.state == "running")
    assert stage.end() < 1.0
    assert [(stage.job(one).state, stage.job(one).attempt) for one in (running, waiting)] == [("queued", 0)] * 2
    assert stage.job(running).fence == 1


def test_a_result_that_was_ready_before_the_stop_counts(stage: Stage) -> None:
    started, go = threading.Event(), threading.Event()

    def work(context: JobContext) -> Result:
        started.set()
        go.wait(5)
        return Result({"whole": True})

    stage.on("things.work", work)
    job_id = stage.enqueue("things.work")
    stage.start()
    started.wait(5)
    stage.stop.set()
    time.sleep(0.1)
    go.set()
    stage.end()
    assert stage.job(job_id).result == {"whole": True}


def test_a_handler_that_does_not_listen_is_left_behind_and_its_late_result_refused(stage: Stage) -> None:
    started, go, over = threading.Event(), threading.Event(), threading.Event()

    def deaf(context: JobContext) -> Result:
        started.set()
        go.wait(10)
        return Result({"late": True}, apply=lambda unit: over.set())

    stage.on("things.deaf", deaf)
    job_id = stage.enqueue("things.deaf")
    stage.start(drain_seconds=0.3)
    started.wait(5)
    assert stage.end() < 2.0
    assert (stage.job(job_id).state, stage.job(job_id).attempt) == ("queued", 0)
    go.set()
    time.sleep(0.2)
    assert stage.job(job_id).state == "queued"
    assert not over.is_set()


def test_a_worker_that_lost_its_lease_stops_the_handler_and_drops_its_result(stage: Stage) -> None:
    told = threading.Event()

    def work(context: JobContext) -> Result:
        if context.job.fence > 1:
            return Result({"by": "second"})
        while not context.should_stop():
            time.sleep(0.01)
        told.set()
        return Result({"by": "first"})

    stage.on("things.work", work)
    job_id = stage.enqueue("things.work")
    stage.start()
    held = stage.wait(job_id, lambda job: job.state == "running")
    stage.queue.hand_back(held)  # as a reaper elsewhere would take it
    assert stage.wait(job_id, lambda job: job.has_ended).result == {"by": "second"}
    assert told.wait(5)


@pytest.mark.parametrize("failure", [Unavailable("storage_failed", "The disk."), ValueError("a fault of ours")])
def test_chores_are_done_and_their_failure_is_no_failure_of_the_worker(stage: Stage, failure: Exception) -> None:
    done = threading.Event()

    def broken() -> None:
        raise failure

    stage.start(upkeep=[broken, done.set])
    assert done.wait(5)


def test_a_lease_shorter_than_two_heartbeats_is_refused(stage: Stage) -> None:
    with pytest.raises(ValueError, match="heartbeats"):
        stage.worker(lease_seconds=1.0, heartbeat_seconds=0.6)
