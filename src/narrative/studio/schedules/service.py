"""What can be done with schedules, and how what is due is started exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from narrative.background.jobs import Job
from narrative.core.errors import Conflict, InvalidInput, NotFound
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import Query, Tenant, UnitOfWork
from narrative.studio.datasets.repository import DatasetRepository
from narrative.studio.datasets.service import DatasetService
from narrative.studio.platform import Platform
from narrative.studio.schedules.entities import Schedule
from narrative.studio.schedules.repository import ScheduleRepository
from narrative.studio.schedules.rules import Rule
from narrative.studio.sources.refreshing import RefreshService
from narrative.telemetry.logs import event_log

PER_WORKSPACE: Final = 200
AT_ONCE: Final = 100
T = TypeVar("T")
log = event_log("studio.schedules")


class ScheduleService:
    """Use cases of schedules. Any number of processes may call :meth:`start_due`: a due time is started once."""

    def __init__(self, platform: Platform, datasets: DatasetService, refreshes: RefreshService) -> None:
        self._platform = platform
        self._refreshes = refreshes
        self._schedules = ScheduleRepository(platform.store)
        self._datasets = DatasetRepository(platform.store)
        self._failed: dict[str, str] = {}
        """Of schedules that could not be started: the due time that was told."""
        datasets.when_deleted(self._forget)

    # ------------------------------------------------------------------ for people
    def create(self, who: Identity, ids: Ids, dataset_id: str, rule: Rule) -> Schedule:
        """Fetch the source of a dataset again by the clock.

        Raises:
            NotFound: ``dataset_not_found``, ``source_not_found``.
            InvalidInput: ``schedule_needs_secret`` for a source that needs what is not kept.
            Conflict: ``schedule_exists``, ``too_many_schedules``.
        """
        if self._refreshes.look(who.tenant, dataset_id).source.place.needs is not None:
            raise InvalidInput(
                "schedule_needs_secret",
                "This source needs a password, key or address that is not kept, so nobody could give it at night.",
                fix="Have the operator set it up under a name (NARRATIVE_CONNECTIONS), and load it by that name.",
            )
        schedule = Schedule(
            id=ids("sched"),
            created_at=self._platform.now(),
            dataset_id=dataset_id,
            rule=rule,
            next_at=self._next(rule),
            user_id=who.user_id,
        )

        def record(unit: UnitOfWork) -> Schedule:
            known = self._schedules.find(who.tenant, schedule.id, unit)
            if known is not None:
                return known
            self._datasets.get(who.tenant, dataset_id, unit)
            if self._schedules.where(who.tenant, [("dataset_id", "=", dataset_id)], limit=1, unit=unit):
                raise Conflict("schedule_exists", "This table has a schedule.", fix="Change that one.")
            n_known = len(self._schedules.where(who.tenant, [], limit=PER_WORKSPACE, unit=unit))
            if n_known >= PER_WORKSPACE:
                raise Conflict(
                    "too_many_schedules",
                    f"There are {n_known} schedules, which is the limit.",
                    fix="Delete one that is not needed.",
                )
            return self._schedules.insert(unit, who.tenant, schedule)

        return self._platform.store.atomic(record)

    def page(
        self, tenant: Tenant, paging: PageRequest, dataset_id: str | None, read: Callable[[Schedule], T]
    ) -> Page[T]:
        """Schedules, newest first; of one dataset when it is given."""
        return self._schedules.page(tenant, paging, [("dataset_id", "=", dataset_id)] if dataset_id else [], read)

    def get(self, tenant: Tenant, schedule_id: str) -> Schedule:
        """Raises ``NotFound('schedule_not_found')``."""
        return self._schedules.get(tenant, schedule_id)

    def last_job(self, tenant: Tenant, schedule: Schedule) -> Job | None:
        """What was started last, as long as it is remembered."""
        try:
            return None if schedule.job_id is None else self._platform.queue.get(tenant, schedule.job_id)
        except NotFound:
            return None

    def change_rule(self, tenant: Tenant, schedule_id: str, rule: Rule) -> Schedule:
        """Another rule; a paused schedule stays paused. Raises ``NotFound('schedule_not_found')``."""
        return self._change(
            tenant,
            schedule_id,
            lambda known: known.with_(rule=rule, next_at=self._next(rule) if known.state == "active" else None),
        )

    def pause(self, tenant: Tenant, schedule_id: str) -> Schedule:
        """Start nothing until it is resumed."""
        return self._change(tenant, schedule_id, lambda known: known.with_(state="paused", next_at=None))

    def resume(self, tenant: Tenant, schedule_id: str) -> Schedule:
        """Go on with the next time; those missed meanwhile are gone. Raises ``InvalidInput('schedule_unreadable')``."""
        return self._change(
            tenant,
            schedule_id,
            lambda known: known if known.state == "active" else known.with_(
                state="active", next_at=self._next(known.rule)
            ),
        )  # fmt: skip

    def delete(self, tenant: Tenant, schedule_id: str) -> None:
        """Raises ``NotFound('schedule_not_found')``."""

        def remove(unit: UnitOfWork) -> None:
            self._schedules.get(tenant, schedule_id, unit)
            self._schedules.delete(unit, tenant, schedule_id)

        self._platform.store.atomic(remove)

    # ------------------------------------------------------------------ for the clock
    def start_due(self) -> int:
        """Start what is due, once per due time whoever asks; of several times that were missed, one. How many.

        What cannot be started stays due and is told in the log; it keeps nothing else from starting.
        """
        now, n_started, n_left = self._platform.now(), 0, 0
        while True:
            query = Query(
                where=[("state", "=", "active"), ("next_at", "<=", now)],
                order=[("next_at", False)],
                limit=AT_ONCE,
                offset=n_left,  # those that could not be started stand first again
            )
            found = self._platform.store.find_everywhere(ScheduleRepository.spec.name, query)
            started = [
                self._started(tenant, str(document["id"]), str(document["next_at"])) for tenant, document in found
            ]
            n_started += started.count(True)
            n_left += started.count(False)
            if all(started) or len(found) < AT_ONCE:
                return n_started

    def _started(self, tenant: Tenant, schedule_id: str, due: str) -> bool:
        """Whether it was started, here and now. The first failure of a due time is told, not every look at it."""
        try:
            return self._platform.store.atomic(partial(self._start, tenant=tenant, schedule_id=schedule_id, due=due))
        except Conflict:
            return False  # another process was faster
        except Exception as error:  # noqa: BLE001 - such as a time zone this machine does not know; others go on
            if self._failed.get(schedule_id) != due:
                self._failed[schedule_id] = due
                log.warning("schedules.not_started", error=error, schedule_id=schedule_id, due_at=due)
            return False

    def _start(self, unit: UnitOfWork, tenant: Tenant, schedule_id: str, due: str) -> bool:
        """Job and next time in one write, so that neither is there without the other."""
        schedule = self._schedules.find(tenant, schedule_id, unit)
        if schedule is None or schedule.state != "active" or schedule.next_at != due:
            return False
        job = self._platform.queue.enqueue(
            tenant,
            "sources.refresh",
            {"dataset_id": schedule.dataset_id, "user_id": schedule.user_id},
            unit=unit,
            idempotency_key=f"{schedule_id}@{due}",
        )
        now = self._platform.now()
        changes = {"next_at": self._next(schedule.rule), "due_at": due, "started_at": now, "job_id": job.id}
        self._schedules.change(unit, tenant, schedule_id, lambda known: known.with_(**changes))
        log.info("schedules.started", schedule_id=schedule_id, due_at=due, job_id=job.id)
        return True

    def _forget(self, unit: UnitOfWork, tenant: Tenant, dataset_id: str) -> list[str]:
        self._schedules.delete_where(unit, tenant, [("dataset_id", "=", dataset_id)])
        return []

    def _next(self, rule: Rule | None) -> str:
        """When it is due next. Raises ``InvalidInput('schedule_unreadable')``."""
        if rule is None or not rule.is_known_here:
            raise InvalidInput(
                "schedule_unreadable",
                "Nobody can tell when this schedule is due: its times cannot be read, or its time zone is not known.",
                fix="Give it other times, or delete it.",
            )
        moment: datetime = rule.next_after(self._platform.clock.now())
        return moment.isoformat(timespec="microseconds")

    def _change(self, tenant: Tenant, schedule_id: str, change: Callable[[Schedule], Schedule]) -> Schedule:
        return self._platform.store.atomic(lambda unit: self._schedules.change(unit, tenant, schedule_id, change))
