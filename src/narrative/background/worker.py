"""The worker: claims jobs, runs their handlers in threads, keeps their leases alive, and hands results over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from narrative.background.handlers import LANES, JobRegistry, Lane, Result
from narrative.background.jobs import Job
from narrative.background.presence import this_process
from narrative.background.queue import LEASE_SECONDS, FenceLost, Queue
from narrative.background.running import RunningJob
from narrative.core.clock import Clock, Deadline, SystemClock
from narrative.core.errors import Canceled, InternalError, NarrativeError, Unavailable
from narrative.ports.metadata import MetadataStore
from narrative.telemetry.logs import bound, event_log

HEARTBEAT_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.2
DRAIN_SECONDS: Final = 8.0
SLOTS: Final[Mapping[Lane, int]] = {"quick": 2, "long": 1}
_LOOK_SECONDS: Final = 0.25
_LONGEST_REAP_SECONDS: Final = 1.0
_UPKEEP_SECONDS: Final = 3_600.0
_TICK_SECONDS: Final = 5.0
_COMMIT_SECONDS: Final = 60.0
_STORE_AWAY_SECONDS: Final = 1.0

events = event_log("background.worker")


class Worker:
    """One worker process' share of the work.

    Args:
        services: the container handlers get; built by bootstrap.
        slots: how many jobs of each lane run at the same time.
        lease_seconds: after how long without a heartbeat others may take a job; several ``heartbeat_seconds``.
        drain_seconds: how long running handlers have to end after a stop, before their jobs are handed back.
        upkeep: small chores (sweeps), done at the start and once an hour.
        ticks: what looks for things that are due by the clock; asked every five seconds.
    """

    def __init__(
        self,
        store: MetadataStore,
        registry: JobRegistry,
        services: Any,
        *,
        clock: Clock | None = None,
        queue: Queue | None = None,
        slots: Mapping[Lane, int] = SLOTS,
        lease_seconds: float = LEASE_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        drain_seconds: float = DRAIN_SECONDS,
        upkeep: Sequence[Callable[[], object]] = (),
        ticks: Sequence[Callable[[], object]] = (),
    ) -> None:
        if heartbeat_seconds * 2 > lease_seconds:
            raise ValueError("a lease must outlast at least two heartbeats")
        self._clock = clock or SystemClock()
        self._queue = queue or Queue(store, registry, self._clock, lease_seconds=lease_seconds)
        self._registry = registry
        self._services = services
        self._slots = dict(slots)
        self._heartbeat_seconds = heartbeat_seconds
        self._reap_seconds = min(_LONGEST_REAP_SECONDS, heartbeat_seconds)
        self._poll_seconds = poll_seconds
        self._drain_seconds = drain_seconds
        self._upkeep = upkeep
        self._ticks = ticks
        self._name = this_process()
        self._lock = threading.Lock()
        self._running: dict[RunningJob, Lane] = {}
        self._beaten_at: dict[RunningJob, float] = {}
        self._wake = threading.Event()
        self._is_draining = False
        self._next_reap = self._next_upkeep = self._next_tick = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; then claim nothing more, interrupt what runs and hand it back. Ends within
        ``drain_seconds`` and a little; handlers that do not listen die with the process, their jobs are safe."""
        self._queue.ensure()
        ended = threading.Event()
        heart = threading.Thread(target=self._keep_alive, args=(ended,), name="heartbeat", daemon=True)
        heart.start()
        events.info("worker.started", worker=self._name, **{f"slots_{lane}": n for lane, n in self._slots.items()})
        try:
            while not stop.is_set():
                self._wake.clear()
                if not self._turn():
                    stop.wait(_STORE_AWAY_SECONDS)
                elif not stop.is_set():
                    self._wake.wait(self._poll_seconds)
            self._drain()
        finally:
            ended.set()
            heart.join(timeout=_STORE_AWAY_SECONDS)
            events.info("worker.stopped", worker=self._name)

    def run_until_idle(self) -> int:
        """Do every job that waits, one after the other, in this thread, and return how many; for scripts and tests."""
        self._queue.ensure()
        ended = threading.Event()
        heart = threading.Thread(target=self._keep_alive, args=(ended,), name="heartbeat", daemon=True)
        heart.start()
        n_jobs = 0
        try:
            while job := next((job for lane in LANES if (job := self._queue.claim(lane, self._name))), None):
                self._do(self._admit(job, "quick"))
                n_jobs += 1
        finally:
            ended.set()
            heart.join()
        return n_jobs

    # ------------------------------------------------------------------ the main loop
    def _turn(self) -> bool:
        """Start what can be started; whether the store answered."""
        try:
            now = self._clock.monotonic()
            if now >= self._next_upkeep:
                self._next_upkeep = now + _UPKEEP_SECONDS
                self._do_upkeep()
            if now >= self._next_tick:
                self._next_tick = now + _TICK_SECONDS
                self._do_chores(self._ticks)
            if now >= self._next_reap:
                self._next_reap = now + self._reap_seconds
                self._queue.reap()
            for lane, n_slots in self._slots.items():
                while self._n_running(lane) < n_slots and (job := self._queue.claim(lane, self._name)):
                    running = self._admit(job, lane)
                    threading.Thread(target=self._do, args=(running,), name=f"job-{lane}", daemon=True).start()
        except Unavailable as error:
            events.warning("worker.store_unavailable", error=error)
            return False
        return True

    def _do_upkeep(self) -> None:
        self._do_chores(self._upkeep)

    def _do_chores(self, chores: Sequence[Callable[[], object]]) -> None:
        for chore in chores:
            try:
                chore()
            except NarrativeError as error:
                events.warning("worker.upkeep_failed", error=error)
            except Exception as error:  # noqa: BLE001  # a fault in a chore must not end the work of everybody
                events.error("worker.upkeep_failed", error=error)

    def _n_running(self, lane: Lane) -> int:
        with self._lock:
            return sum(1 for taken in self._running.values() if taken == lane)

    def _admit(self, job: Job, lane: Lane) -> RunningJob:
        running = RunningJob(job, self._services)
        with self._lock:
            self._running[running] = lane
            self._beaten_at[running] = self._clock.monotonic()
        return running

    def _drain(self) -> None:
        """Interrupt what runs; whatever does not listen in time is taken away from it."""
        self._is_draining = True
        with self._lock:
            left = list(self._running)
        for running in left:
            running.stop("shutdown")
        deadline = Deadline(self._clock, self._drain_seconds)
        for running in left:
            if not running.done.wait(max(0.0, deadline.remaining())):
                running.stop("lease_lost")
                self._settle(partial(self._queue.hand_back, running.job))

    # ------------------------------------------------------------------ one job
    def _do(self, running: RunningJob) -> None:
        job = running.job
        started = self._clock.monotonic()
        with bound(job_id=job.id, job_type=job.type, attempt=job.attempt, fence=job.fence):
            events.info("jobs.started")
            try:
                state = self._perform(running)
            finally:
                with self._lock:
                    self._running.pop(running, None)
                    self._beaten_at.pop(running, None)
                running.done.set()
                self._wake.set()
            events.info("jobs.ended", state=state, duration_seconds=round(self._clock.monotonic() - started, 3))

    def _perform(self, running: RunningJob) -> str:
        """Run the handler and hand over what came of it; the state the job is in now, as far as we know."""
        job = running.job
        handler = self._registry.get(job.type)
        if handler is None:  # claims name the kinds they take, so this is a fault of ours
            raise LookupError(job.type)
        try:
            result = handler.run(running)
        except Exception as error:  # noqa: BLE001  # whatever a handler raises ends its job, never the worker
            return self._deliver_failure(running, self._named(error))
        if running.was_interrupted():
            return self._settle(partial(self._queue.hand_back, job))
        return self._deliver(running, result)

    def _deliver(self, running: RunningJob, result: Result) -> str:
        try:
            return self._settle(partial(self._queue.finish, running.job, result, running.take_progress()))
        except Exception as error:  # noqa: BLE001  # raised by the handler's `apply`: its transaction left nothing
            return self._deliver_failure(running, self._named(error))

    def _deliver_failure(self, running: RunningJob, error: NarrativeError) -> str:
        if running.was_interrupted():
            return self._settle(partial(self._queue.hand_back, running.job))
        try:
            return self._settle(partial(self._queue.fail, running.job, error))
        except Exception as second:  # noqa: BLE001  # an error that cannot be stored: the job must end all the same
            return self._settle(partial(self._queue.fail, running.job, self._named(second)))

    def _named(self, error: Exception) -> NarrativeError:
        """The error as a person may see it. What is unexpected is a fault of ours: it is logged here, once."""
        if isinstance(error, InternalError) or not isinstance(error, NarrativeError):
            events.error("jobs.faulty", error=error)
        elif not isinstance(error, Canceled):
            events.info("jobs.refused", error_code=error.code, family=error.family)
        if isinstance(error, NarrativeError):
            return error
        return InternalError(
            "internal",
            "Something failed that should not have. The log has the details.",
            fix="Try again; if it fails the same way, report it with the id of this job.",
        )

    def _settle(self, write: Callable[[], Job]) -> str:
        """Make the last write of a claim, patiently: a busy or full store must not cost the work.

        A lost fence is the end of it: the job has gone on without us.
        """
        deadline = Deadline(self._clock, _COMMIT_SECONDS)
        pause = 0.1
        while True:
            try:
                return write().state
            except FenceLost:
                events.warning("jobs.fence_lost")
                return "fence_lost"
            except Unavailable as error:
                if deadline.remaining() < pause or self._is_draining:
                    events.error("jobs.not_recorded", error=error)  # its lease will run out, and somebody does it again
                    return "not_recorded"
                events.warning("jobs.store_unavailable", error=error)
            self._clock.sleep(pause)
            pause = min(pause * 2, 5.0)

    # ------------------------------------------------------------------ the heartbeat
    def _keep_alive(self, ended: threading.Event) -> None:
        while not ended.wait(min(_LOOK_SECONDS, self._heartbeat_seconds)):
            with self._lock:
                present = list(self._running)
            for running in present:
                self._beat(running)

    def _beat(self, running: RunningJob) -> None:
        """Renew the lease when it is time or when there is news; otherwise only look whether we should stop."""
        now = self._clock.monotonic()
        progress = running.take_progress()
        is_due = now - self._beaten_at.get(running, now) >= self._heartbeat_seconds
        try:
            if progress is not None or is_due:
                job = self._queue.heartbeat(running.job, progress)
                with self._lock:
                    if running in self._running:
                        self._beaten_at[running] = now
            else:
                job = self._queue.look(running.job)
            if job.cancel_requested:
                running.stop("canceled")
        except FenceLost:
            running.stop("lease_lost")
        except NarrativeError as error:
            events.warning("jobs.heartbeat_failed", error=error, job_id=running.job.id)
