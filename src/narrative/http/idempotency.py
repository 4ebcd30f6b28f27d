"""Idempotency keys: the same POST sent twice has one effect and one answer, also when the server died in between.

A key's record names the request (method, address, SHA-256 of the body) and, once answered, the answer. While the first
call runs, its record carries a lease that a heartbeat extends; after a crash the lease passes and the next call, which
must be the same request, takes over.  What it makes gets the same ids as before (:class:`Ids`), so a half-done first
call is completed, not doubled.

Source: draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from narrative.core.clock import Clock
from narrative.core.errors import Conflict, InvalidInput
from narrative.core.ids import new_id
from narrative.http.identity import Identity
from narrative.ports.metadata import CollectionSpec, Document, MetadataStore, Query, Tenant, UnitOfWork

COLLECTION: Final = CollectionSpec("idempotency", indexes=("expires_at",))
KEPT: Final = timedelta(hours=24)
LEASE: Final = timedelta(seconds=8)
HEARTBEAT_SECONDS: Final = 2.5
MAX_KEY_CHARACTERS: Final = 200
SWEPT_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Answer:
    """A stored answer. ``body`` is None when it held a secret, which is never stored."""

    status: int
    media_type: str
    body: bytes | None
    location: str | None = None


class Ids:
    """Makes ids for what a request creates: fresh ones, or the same ones each time for the same idempotency key."""

    def __init__(self, operation: str | None = None) -> None:
        self.operation = operation
        self._made = 0

    def __call__(self, prefix: str) -> str:
        if self.operation is None:
            return new_id(prefix)
        self._made += 1
        seed = hashlib.sha256(f"{self.operation}\x1f{prefix}\x1f{self._made}".encode()).digest()
        return new_id(prefix, lambda n: seed[:n])


class IdempotencyStore:
    """Records of idempotency keys, one name space per credential's owner."""

    def __init__(self, store: MetadataStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        store.ensure([COLLECTION])

    def operation(self, identity: Identity, key: str) -> str:
        """The name of the operation a key stands for; another user's equal key is another operation."""
        if not key.isprintable() or not 1 <= len(key) <= MAX_KEY_CHARACTERS:
            raise InvalidInput(
                "invalid_idempotency_key",
                f"An Idempotency-Key has 1 to {MAX_KEY_CHARACTERS} printable characters.",
                fix="Send a fresh UUID per action.",
            )
        seed = hashlib.sha256(f"{identity.workspace_id}\x1f{identity.user_id}\x1f{key}".encode()).digest()
        return new_id("idem", lambda n: seed[:n])

    def begin(
        self, tenant: Tenant, operation: str, target: str, owner: str, body_sha256: str | None = None
    ) -> Document | None:
        """Claim the operation. Returns the finished record when there is one, None when the caller shall do the work.

        Args:
            body_sha256: None when the body was not read yet; :meth:`note_body` tells it afterwards.

        Raises:
            Conflict: ``idempotency_in_progress``, the first call is still running.
            InvalidInput: ``idempotency_key_reused``, the key was used for another address or body.
        """

        def claim(unit: UnitOfWork) -> Document | None:
            now = self._clock.now()
            known = unit.get(tenant, COLLECTION.name, operation)
            if known is not None and datetime.fromisoformat(known["expires_at"]) <= now:
                unit.delete(tenant, COLLECTION.name, operation)
                known = None
            if known is None:
                unit.insert(tenant, COLLECTION.name, self._record(operation, target, owner, now, body_sha256))
                return None
            if known["target"] != target:
                raise _reused()
            if known["state"] == "done":
                return known
            if datetime.fromisoformat(known["lease_until"]) > now:
                raise Conflict(
                    "idempotency_in_progress",
                    "The first request with this Idempotency-Key is still running.",
                    fix="Wait a moment and send it again.",
                )
            taken = _with_body(known, body_sha256) | {"owner": owner, "lease_until": (now + LEASE).isoformat()}
            unit.replace(tenant, COLLECTION.name, taken | {"taken_over": True}, rev=known["rev"])
            return None

        return self._store.atomic(claim)

    def note_body(self, tenant: Tenant, operation: str, owner: str, body_sha256: str) -> None:
        """Keep the hash of a body that has just been read to its end, before anything is done with it.

        Raises:
            InvalidInput: ``idempotency_key_reused``, a call that died had sent another body.
        """
        self._change(tenant, operation, owner, lambda known: _with_body(known, body_sha256))

    def extend(self, tenant: Tenant, operation: str, owner: str) -> None:
        """Say that the first call is still running."""
        lease = {"lease_until": (self._clock.now() + LEASE).isoformat()}
        self._change(tenant, operation, owner, lambda known: known | lease)

    def finish(self, tenant: Tenant, operation: str, owner: str, body_sha256: str, answer: Answer) -> None:
        """Keep the answer for 24 hours."""
        stored = {
            "status": answer.status,
            "media_type": answer.media_type,
            "location": answer.location,
            "body": None if answer.body is None else base64.b85encode(answer.body).decode(),
        }
        done = {"state": "done", "body_sha256": body_sha256, "answer": stored}
        self._change(tenant, operation, owner, lambda known: known | done)

    def release(self, tenant: Tenant, operation: str, owner: str) -> None:
        """Forget a call that changed nothing (it was refused), so that it may be corrected and sent again.

        One that took over is not forgotten: the call before it may have changed something, and only the same request
        may complete that.
        """

        def forget(unit: UnitOfWork) -> None:
            known = unit.get(tenant, COLLECTION.name, operation)
            if known is None or known["owner"] != owner or known["state"] != "running":
                return
            if known.get("taken_over"):
                free = known | {"lease_until": self._clock.now().isoformat()}
                unit.replace(tenant, COLLECTION.name, free, rev=known["rev"])
            else:
                unit.delete(tenant, COLLECTION.name, operation)

        self._store.atomic(forget)

    def sweep(self) -> int:
        """Delete expired records of all tenants; returns how many."""
        now = self._clock.now().isoformat()
        query = Query(where=[("expires_at", "<", now)], limit=SWEPT_AT_ONCE)
        n_deleted = 0
        while expired := self._store.find_everywhere(COLLECTION.name, query):
            for tenant, record in expired:
                self._store.delete(tenant, COLLECTION.name, record["id"])
            n_deleted += len(expired)
        return n_deleted

    def _record(self, operation: str, target: str, owner: str, now: datetime, body_sha256: str | None) -> Document:
        return {
            "id": operation,
            "target": target,
            "owner": owner,
            "state": "running",
            "lease_until": (now + LEASE).isoformat(),
            "expires_at": (now + KEPT).isoformat(),
            "body_sha256": body_sha256,
            "answer": None,
        }

    def _change(self, tenant: Tenant, operation: str, owner: str, changed: Callable[[Document], Document]) -> None:
        def change(unit: UnitOfWork) -> None:
            known = unit.get(tenant, COLLECTION.name, operation)
            if known is not None and known["owner"] == owner:
                unit.replace(tenant, COLLECTION.name, changed(known), rev=known["rev"])

        self._store.atomic(change)


def stored_answer(record: Document, body_sha256: str) -> Answer:
    """The answer to give again.

    Raises:
        InvalidInput: ``idempotency_key_reused``, the body is another one.
        Conflict: ``idempotency_secret_shown``, the answer held a secret that is shown once only.
    """
    if record["body_sha256"] != body_sha256:
        raise _reused()
    stored = record["answer"]
    if stored["body"] is None:
        raise Conflict(
            "idempotency_secret_shown",
            "This was done already; its answer held a secret that is shown only once.",
            fix="Revoke what was made and make a new one with a new Idempotency-Key.",
        )
    return Answer(stored["status"], stored["media_type"], base64.b85decode(stored["body"]), stored["location"])


def _with_body(record: Document, body_sha256: str | None) -> Document:
    """The record with the hash of the body, as far as one is known. Raises ``idempotency_key_reused``."""
    known = record["body_sha256"]
    if known is not None and body_sha256 is not None and known != body_sha256:
        raise _reused()
    return record | {"body_sha256": known or body_sha256}


def _reused() -> InvalidInput:
    return InvalidInput(
        "idempotency_key_reused",
        "This Idempotency-Key was used before with another request.",
        fix="Use a fresh key for each new action.",
    )
