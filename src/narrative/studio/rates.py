"""How often somebody may do something: counted in the metadata store, so that several processes count together."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar, Final

from narrative.core.errors import LimitExceeded, NotFound
from narrative.core.ids import new_id
from narrative.ports.metadata import CollectionSpec, Tenant, UnitOfWork
from narrative.studio.documents import MAYBE_DELETED, Entity, Repository
from narrative.studio.platform import Platform

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
