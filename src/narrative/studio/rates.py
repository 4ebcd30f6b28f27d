"""How often somebody may do something: counted in the metadata store, so that several processes count together."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta
from typing import ClassVar, Final

from narrative.core.errors import LimitExceeded, NotFound, Unavailable
from narrative.core.ids import new_id
from narrative.http.identity import Quota
from narrative.ports.metadata import SYSTEM, CollectionSpec, Tenant, UnitOfWork
from narrative.studio.documents import MAYBE_DELETED, Entity, Repository
from narrative.studio.platform import Platform
from narrative.telemetry.logs import event_log

log = event_log("studio.rates")
HOUR_SECONDS: Final = 3_600
MINUTE: Final = timedelta(minutes=1)


class Uses(Entity):
    """The moments of the last minute at which one person did one thing."""

    moments: tuple[str, ...] = ()


class UsesRepository(Repository[Uses]):
    """One document per person and thing."""

    spec = CollectionSpec("rates")
    prefix: ClassVar[str] = "rate"
    noun = "rate"
    entity = Uses

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("rate_not_found", "Nothing was counted for this person.", fix=MAYBE_DELETED)


class UploadRate:
    """At most so many uploads of one person within any minute."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._uses = UsesRepository(platform.store)
        self._per_minute = platform.limits.uploads_per_minute

    def take(self, tenant: Tenant, user_id: str, unit: UnitOfWork | None = None) -> None:
        """Count one more, inside the caller's transaction when there is one.

        Raises:
            LimitExceeded: ``too_many_uploads`` with the seconds after which there is room again.
        """
        if unit is None:
            self._platform.store.atomic(lambda own: self.take(tenant, user_id, own))
            return
        now = self._platform.clock.now()
        seed = hashlib.sha256(f"upload\x1f{user_id}".encode()).digest()
        first = Uses(id=new_id(UsesRepository.prefix, lambda n: seed[:n]), created_at=self._platform.now())
        known, _ = self._uses.insert_once(unit, tenant, first)
        recent = [moment for moment in known.moments if now - datetime.fromisoformat(moment) < MINUTE]
        if len(recent) >= self._per_minute:
            wait = MINUTE - (now - datetime.fromisoformat(recent[0]))
            raise LimitExceeded(
                "too_many_uploads",
                f"{self._per_minute} uploads were started within a minute, which is the limit.",
                fix="Wait a moment and try again.",
                limit=self._per_minute,
                value=len(recent) + 1,
                retry_after_seconds=max(1, round(wait.total_seconds() + 0.5)),
            )
        self._uses.change(unit, tenant, first.id, lambda uses: uses.with_(moments=(*recent, self._platform.now())))


class HourOfKey(Entity):
    """The calls of one API key in its newest UTC hour; ``hour`` counts hours since 1970."""

    hour: int
    n: int = 0


class HourRepository(Repository[HourOfKey]):
    """One document per key."""

    spec = CollectionSpec("key_hours")
    prefix: ClassVar[str] = "khr"
    noun = "hour of a key"
    entity = HourOfKey

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("rate_not_found", "Nothing was counted for this person.", fix=MAYBE_DELETED)


class KeyRate:
    """At most so many calls of one API key in a UTC hour, counted by all processes together.

    While the shared count cannot be reached this process goes on with its own: a key is never without limit.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._hours = HourRepository(platform.store)
        self._limit = platform.limits.key_calls_per_hour
        self._lock = threading.Lock()
        self._own: dict[str, int] = {}
        self._own_hour = 0

    def take(self, key_id: str) -> Quota:
        """Count one call; ``exceeded`` when the hour had no room left for it."""
        seconds = int(self._platform.clock.now().timestamp())
        hour = seconds // HOUR_SECONDS
        try:
            shared = self._platform.store.atomic(lambda unit: self._shared(unit, key_id, hour))
        except Unavailable as error:
            log.warning("rates.counted_locally", key_id=key_id, error=error)
            shared = None
        n = self._noted(key_id, hour, shared)
        resets_at = (hour + 1) * HOUR_SECONDS
        return Quota(
            limit=self._limit,
            remaining=max(0, self._limit - n),
            resets_at=resets_at,
            wait_seconds=max(1, resets_at - seconds),
            exceeded=n > self._limit,
        )

    def _shared(self, unit: UnitOfWork, key_id: str, hour: int) -> int:
        """The number of this call in the hour, 1 for the first; one more than the limit for all that are too many."""
        seed = hashlib.sha256(f"key\x1f{key_id}".encode()).digest()
        name = new_id(HourRepository.prefix, lambda n: seed[:n])
        known = self._hours.find(SYSTEM, name, unit)
        if known is None:
            first = HourOfKey(id=name, created_at=self._platform.now(), hour=hour, n=1)
            return self._hours.insert(unit, SYSTEM, first).n
        n = known.n + 1 if known.hour == hour else 1
        if n <= self._limit:
            self._hours.change(unit, SYSTEM, name, lambda item: item.with_(hour=hour, n=n))
        return n

    def _noted(self, key_id: str, hour: int, shared: int | None) -> int:
        """The number of this call, remembered for the time in which the shared count is out of reach."""
        with self._lock:
            if self._own_hour != hour:
                self._own_hour, self._own = hour, {}
            known = self._own.get(key_id, 0)
            n = known + 1 if shared is None else shared
            self._own[key_id] = max(known, n)
            return n
