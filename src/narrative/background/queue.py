"""The queue: every change of a job is one atomic, conditional write, so that two can never both believe they did it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from narrative.background.handlers import JobHandler, JobRegistry, Lane, Result
from narrative.background.jobs import ENDED_STATES, JOBS, Job, JobState, derived_id
from narrative.background.leases import LeaseWatch
from narrative.background.transitions import (
    LONGEST_WAIT_SECONDS,
    abandoned,
    ended,
    may_wait,
    postponed,
    wait_seconds,
    waiting,
)
from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Canceled, Conflict, NarrativeError, NotFound, Unavailable
from narrative.core.ids import is_id, new_id
from narrative.ports.metadata import MetadataStore, Query, Tenant, UnitOfWork
from narrative.telemetry.logs import event_log

LEASE_SECONDS: Final = 30.0
_RANDOM: Final = secrets.SystemRandom()
_CLAIM_TRIES: Final = 20
_MOST_RUNNING: Final = 1_000
_SWEPT_AT_ONCE: Final = 500
KEPT: Final = timedelta(days=30)

events = event_log("background.queue")


class FenceLost(Conflict):
    """Somebody else has this job by now, or it has ended: whatever was done for it must not count."""

    def __init__(self) -> None:
        super().__init__("fence_lost", "The lease of this job was lost to another worker.")


class Queue:
    """Jobs of all workspaces in one metadata store. Cheap to build; safe to use from any thread."""

    def __init__(
        self,
        store: MetadataStore,
        registry: JobRegistry,
        clock: Clock | None = None,
        *,
        lease_seconds: float = LEASE_SECONDS,
        random: Callable[[], float] = _RANDOM.random,
    ) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock or SystemClock()
        self._lease_seconds = lease_seconds
        self._random = random
        self._served: dict[Lane, str] = {}
        self._wall_ahead: float | None = None
        self._watch = LeaseWatch(self._clock, lease_seconds)

    def ensure(self) -> None:
        """Make the collection of jobs; harmless when it is there."""
        self._store.ensure([JOBS])

    # ------------------------------------------------------------------ for those who want work done
    def enqueue(
        self,
        tenant: Tenant,
        type: str,
        payload: Mapping[str, Any],
        *,
        unit: UnitOfWork | None = None,
        project_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """A new job; with ``unit`` it is recorded together with the write that causes it, or not at all.

        With an ``idempotency_key`` (unique inside the workspace) a repeated call returns the job of the first.

        Raises:
            Conflict: ``idempotency_key_reused`` when the key belongs to a job of another kind or payload.
        """
        handler = self._registry.get(type)
        if handler is None:
            raise ValueError(f"no handler for jobs of type {type!r}")
        job = self._new(tenant, handler, payload)
        new = job.with_(project_id=project_id, idempotency_key=idempotency_key)
        if unit is not None:
            return self._insert_once(unit, new)
        try:
            return self._store.atomic(lambda own: self._insert_once(own, new))
        except Conflict as error:
            if error.code != "already_exists":
                raise
            # Another process used the same key in the same moment: now its job is there to be found.
            return self._store.atomic(lambda own: self._insert_once(own, new))

    def get(self, tenant: Tenant, job_id: str) -> Job:
        """Raises ``NotFound('job_not_found')``, also for a job of another workspace."""
        document = self._store.get(tenant, JOBS.name, job_id) if is_id(job_id, "job") else None
        if document is None:
            raise _not_found()
        return Job.from_document(document)

    def find(
        self,
        tenant: Tenant,
        *,
        project_id: str | None = None,
        states: Sequence[JobState] = (),
        type: str | None = None,
        limit: int = 50,
        offset: int = 0,
        unit: UnitOfWork | None = None,
    ) -> list[Job]:
        """Jobs of a workspace, newest first; with ``unit`` as that transaction sees them."""
        where: list[tuple[str, Any, Any]] = []
        if project_id is not None:
            where.append(("project_id", "=", project_id))
        if states:
            where.append(("state", "in", list(states)))
        if type is not None:
            where.append(("type", "=", type))
        query = Query(where=where, order=[("created_at", True)], limit=limit, offset=offset)
        return [Job.from_document(document) for document in (unit or self._store).find(tenant, JOBS.name, query)]

    def cancel(self, tenant: Tenant, job_id: str) -> Job:
        """Ask a job to end: at once when it waits, within two seconds when it runs; nothing when it has ended.

        Raises ``NotFound('job_not_found')``.
        """
        if not is_id(job_id, "job"):
            raise _not_found()

        def change(job: Job) -> Job:
            if job.has_ended:
                return job
            if job.state == "running":
                return job.with_(cancel_requested=True)
            return ended(job, "canceled", self._time(), Canceled("canceled", "The work was stopped before it began."))

        return self._conclude(lambda unit: self._stored(unit, tenant, job_id), change)

    # ------------------------------------------------------------------ for workers
    def claim(self, lane: Lane, worker: str) -> Job | None:
        """Take the oldest waiting job of the next workspace in turn, or None.

        Workspaces take turns, so one with a thousand jobs delays another's only job by one.
        """
        names = self._registry.names(lane)
        if not names:
            return None
        for _ in range(_CLAIM_TRIES):
            job = self._next(lane, names, after=self._served.get(lane, "")) or self._next(lane, names, after="")
            if job is None:
                return None
            now = self._time()
            claimed = job.with_(
                state="running",
                attempt=job.attempt + 1,
                fence=job.fence + 1,
                worker=worker,
                lease_seconds=self._lease_seconds,
                lease_until=self._time(self._lease_seconds),
                heartbeat_at=now,
                started_at=job.started_at or now,
                progress={},
                error=None,
            )
            try:
                document = self._store.replace(job.tenant, JOBS.name, claimed.to_document(), rev=job.rev)
            except (Conflict, NotFound):
                continue  # another worker was faster
            self._served[lane] = job.workspace_id
            return Job.from_document(document)
        return None

    def heartbeat(self, job: Job, progress: Mapping[str, Any] | None = None) -> Job:
        """Renew the lease and show progress; the answer tells whether ``cancel_requested``.

        Raises :class:`FenceLost`.
        """

        def renew(unit: UnitOfWork) -> Job:
            held = self._held(unit, job)
            renewed = held.with_(
                heartbeat_at=self._time(),
                lease_until=self._time(held.lease_seconds or self._lease_seconds),
                progress=held.progress if progress is None else dict(progress),
            )
            return self._save(unit, renewed)

        return self._store.atomic(renew)

    def look(self, job: Job) -> Job:
        """The job as it is now, without a write. Raises :class:`FenceLost`."""
        return self._holding(self._store.get(job.tenant, JOBS.name, job.id), job)

    def finish(self, job: Job, result: Result, progress: Mapping[str, Any] | None = None) -> Job:
        """End the job: result, entity changes, outbox and state in one transaction guarded by the fence.

        ``progress``: the last that was reported, when nobody has written it yet.

        Raises:
            FenceLost: somebody else has the job; nothing was written.
            NarrativeError: what ``result.apply`` raised; nothing was written.
        """

        def commit(unit: UnitOfWork) -> Job:
            held = self._held(unit, job)
            if result.apply is not None:
                result.apply(unit)
            done = ended(held, "canceled" if result.is_partial else "completed", self._time())
            outbox = [
                {**message, "id": derived_id(job.id, "msg", number), "sent_at": None}
                for number, message in enumerate(result.outbox)
            ]
            latest = done.progress if progress is None else dict(progress)
            return self._save(unit, done.with_(result=dict(result.value), outbox=outbox, progress=latest))

        return self._store.atomic(commit)

    def fail(self, job: Job, error: NarrativeError) -> Job:
        """End or postpone the job, as the error says: ``Unavailable`` waits and tries again, anything else ends it.

        Raises :class:`FenceLost`.
        """

        def change(held: Job) -> Job:
            wait = wait_seconds(held.waits, self._random()) if may_wait(held, error) else None
            if wait is not None:
                return postponed(held, self._time(wait), error)
            return ended(held, "canceled" if isinstance(error, Canceled) else "failed", self._time(), error)

        return self._conclude(lambda unit: self._held(unit, job), change)

    def hand_back(self, job: Job) -> Job:
        """Give up the lease of work that was interrupted by us: it waits again, and the attempt does not count."""
        return self._conclude(lambda unit: self._held(unit, job), lambda held: waiting(held, self._time()))

    def reap(self) -> list[Job]:
        """Take leases away from workers that are gone; call it about every second. Returns the jobs it changed."""
        query = Query(where=[("state", "=", "running")], order=[("workspace_id", False)], limit=_MOST_RUNNING)
        running = [Job.from_document(document) for _, document in self._store.find_everywhere(JOBS.name, query)]
        changed = []
        for job in self._watch.expired(running):
            try:
                changed.append(
                    self._conclude(partial(self._unchanged, job), lambda found: abandoned(found, self._time()))
                )
            except (FenceLost, NotFound):
                continue  # it moved on in this moment
            events.warning("jobs.lease_expired", job_id=job.id, type=job.type, attempt=job.attempt, fence=job.fence)
        self._undo_clock_jumps()
        return changed

    def sweep(self) -> int:
        """Forget jobs that ended :data:`KEPT` ago; what they made keeps its own account. Returns how many."""
        kept_from = (self._clock.now() - KEPT).isoformat(timespec="microseconds")
        query = Query(
            where=[("state", "in", list(ENDED_STATES)), ("finished_at", "<", kept_from)], limit=_SWEPT_AT_ONCE
        )
        n_deleted = 0
        while found := self._store.find_everywhere(JOBS.name, query):
            for tenant, document in found:
                self._store.delete(tenant, JOBS.name, document["id"])
            n_deleted += len(found)
        return n_deleted

    # ------------------------------------------------------------------ inside
    def _new(self, tenant: Tenant, handler: JobHandler, payload: Mapping[str, Any]) -> Job:
        return Job(
            id=new_id("job"),
            workspace_id=tenant.workspace_id,
            type=handler.name,
            payload=dict(payload),
            lane=handler.lane,
            max_attempts=handler.max_attempts,
            not_before="",
            created_at=self._time(),
        )

    def _insert_once(self, unit: UnitOfWork, new: Job) -> Job:
        if new.idempotency_key is not None:
            same_key = Query(where=[("idempotency_key", "=", new.idempotency_key)], limit=1)
            for document in unit.find(new.tenant, JOBS.name, same_key):
                known = Job.from_document(document)
                if (known.type, known.payload) != (new.type, new.payload):
                    raise Conflict(
                        "idempotency_key_reused",
                        "This idempotency key was used for something else.",
                        fix="Use a new key for a new request.",
                    )
                return known
        return Job.from_document(unit.insert(new.tenant, JOBS.name, new.to_document()))

    def _next(self, lane: Lane, names: Sequence[str], *, after: str) -> Job | None:
        query = Query(
            where=[
                ("state", "=", "queued"),
                ("lane", "=", lane),
                ("workspace_id", ">", after),
                ("type", "in", list(names)),
                ("not_before", "<=", self._time()),
            ],
            order=[("workspace_id", False), ("created_at", False)],
            limit=1,
        )
        for _, document in self._store.find_everywhere(JOBS.name, query):
            return Job.from_document(document)
        return None

    def _stored(self, unit: UnitOfWork, tenant: Tenant, job_id: str) -> Job:
        document = unit.get(tenant, JOBS.name, job_id)
        if document is None:
            raise _not_found()
        return Job.from_document(document)

    def _held(self, unit: UnitOfWork, job: Job) -> Job:
        """The fence: the job as it is now, provided that the caller still has it."""
        return self._holding(unit.get(job.tenant, JOBS.name, job.id), job)

    def _holding(self, document: Mapping[str, Any] | None, job: Job) -> Job:
        if document is None or document["state"] != "running" or document["fence"] != job.fence:
            raise FenceLost
        return Job.from_document(dict(document))

    def _unchanged(self, job: Job, unit: UnitOfWork) -> Job:
        """The fence of the reaper: a heartbeat in this very moment wins."""
        now = self._stored(unit, job.tenant, job.id)
        if now.rev != job.rev:
            raise FenceLost
        return now

    def _save(self, unit: UnitOfWork, job: Job) -> Job:
        return Job.from_document(unit.replace(job.tenant, JOBS.name, job.to_document(), rev=job.rev))

    def _conclude(self, find: Callable[[UnitOfWork], Job], change: Callable[[Job], Job]) -> Job:
        """Change a job; when that ends it without a result, its slice hears of it in the same transaction."""

        def work(unit: UnitOfWork, *, tell: bool) -> Job:
            found = find(unit)
            changed = change(found)
            if changed == found:
                return found
            saved = self._save(unit, changed)
            handler = self._registry.get(saved.type)
            if tell and saved.has_ended and handler is not None and handler.on_failed is not None:
                handler.on_failed(unit, saved)
            return saved

        try:
            return self._store.atomic(lambda unit: work(unit, tell=True))
        except (FenceLost, NotFound, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001  # a fault in a slice must not keep the job open for ever
            events.error("jobs.on_failed_failed", error=error)
            return self._store.atomic(lambda unit: work(unit, tell=False))

    def _undo_clock_jumps(self) -> None:
        """A wait that ends later than any wait can end was planned before the clock was set back: it is over.

        Looked for at the first call, and then whenever wall time fell behind monotonic time.
        """
        ahead = self._clock.now().timestamp() - self._clock.monotonic()
        known, self._wall_ahead = self._wall_ahead, ahead
        if known is not None and ahead > known - 1.0:
            return
        latest = self._time(LONGEST_WAIT_SECONDS + 1.0)
        query = Query(where=[("state", "=", "queued"), ("not_before", ">", latest)], limit=_MOST_RUNNING)
        for tenant, document in self._store.find_everywhere(JOBS.name, query):
            try:
                self._store.replace(tenant, JOBS.name, {**document, "not_before": ""}, rev=document["rev"])
            except (Conflict, NotFound):
                continue  # it moved on in this moment

    def _time(self, seconds_from_now: float = 0.0) -> str:
        moment: datetime = self._clock.now() + timedelta(seconds=seconds_from_now)
        return moment.isoformat(timespec="microseconds")


def _not_found() -> NarrativeError:
    return NotFound("job_not_found", "There is no such job.")
