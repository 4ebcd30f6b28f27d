"""Who may come in: one-time links, sessions of 30 days, API keys."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from narrative.core.errors import Unauthenticated, Unavailable
from narrative.core.ids import new_id
from narrative.http.idempotency import Ids
from narrative.http.identity import Identity, Quota, Role
from narrative.http.paging import Page, PageRequest
from narrative.ports.metadata import SYSTEM, Query, UnitOfWork
from narrative.studio.accounts.entities import SignInLink, StoredAPIKey, StoredSession, User
from narrative.studio.accounts.repository import KeyRepository, LinkRepository, SessionRepository, UserRepository
from narrative.studio.platform import Platform
from narrative.studio.rates import KeyRate
from narrative.studio.workspaces.entities import Workspace
from narrative.studio.workspaces.service import WorkspaceService
from narrative.telemetry.logs import event_log

log = event_log("studio.accounts")
SESSION_DAYS: Final = 30
LINK_HOURS: Final = 24
KEY_PREFIX: Final = "sk_live_"
KEY_LETTERS: Final = 32
SHOWN_LETTERS: Final = 12
USE_NOTED_SECONDS: Final = 60
SWEPT_AT_ONCE: Final = 500
_ALPHABET: Final = string.ascii_letters + string.digits
T = TypeVar("T")
CheckTargets = Callable[[Identity, str | None, Sequence[str]], None]


@dataclass(frozen=True)
class NewLink:
    """A link to hand over; the token is nowhere else."""

    address: str
    expires_at: str


class AccountService:
    """Use cases of accounts; the authenticator of the HTTP edge."""

    def __init__(self, platform: Platform, workspaces: WorkspaceService) -> None:
        self._platform = platform
        self._workspaces = workspaces
        self._users = UserRepository(platform.store)
        self._links = LinkRepository(platform.store)
        self._sessions = SessionRepository(platform.store)
        self._keys = KeyRepository(platform.store)
        self._rate = KeyRate(platform)
        self._check_targets: CheckTargets | None = None

    def check_targets_with(self, check: CheckTargets) -> None:
        """How to tell whether the deployment and models that a key shall be limited to exist in its workspace."""
        self._check_targets = check

    # ------------------------------------------------------------------ links and sessions
    def owner_link(self) -> NewLink:
        """A one-time link for the owner, who is made at the first start."""
        workspace = self._workspaces.default()
        owner = self._platform.store.atomic(self._owner)
        return self.new_link(user_id=owner.id, workspace_id=workspace.id, role="owner")

    def new_link(self, *, user_id: str, workspace_id: str, role: Role) -> NewLink:
        """A one-time link for 24 hours."""
        token = secrets.token_urlsafe(32)
        link = SignInLink(
            id=new_id("link"),
            created_at=self._platform.now(),
            token_sha256=_hash(token),
            user_id=user_id,
            workspace_id=workspace_id,
            role=role,
            expires_at=self._in(hours=LINK_HOURS),
        )
        self._platform.store.atomic(lambda unit: self._links.insert(unit, SYSTEM, link))
        return NewLink(address=f"/sign-in?token={token}", expires_at=link.expires_at)

    def sign_in(self, token: str) -> str:
        """Use a link: the token of a new session. Raises ``Unauthenticated('link_not_valid')``."""
        session_token = secrets.token_urlsafe(32)

        def use(unit: UnitOfWork) -> bool:
            link = self._links.by_token(_hash(token), unit)
            if link is None or link.used_at is not None or self._is_past(link.expires_at):
                return False
            user = self._users.get(SYSTEM, link.user_id, unit)
            now = self._platform.now()
            self._links.change(unit, SYSTEM, link.id, lambda known: known.with_(used_at=now))
            self._sessions.insert(
                unit,
                SYSTEM,
                StoredSession(
                    id=new_id("sess"),
                    created_at=now,
                    token_sha256=_hash(session_token),
                    user_id=user.id,
                    user_name=user.name,
                    workspace_id=link.workspace_id,
                    role=link.role,
                    expires_at=self._in(days=SESSION_DAYS),
                ),
            )
            return True

        if not self._platform.store.atomic(use):
            raise Unauthenticated("link_not_valid", "This link was used or is not valid.", fix="Get a new link.")
        return session_token

    def sign_out(self, who: Identity) -> None:
        """End the session of the caller."""
        self._platform.store.atomic(lambda unit: self._sessions.delete(unit, SYSTEM, who.credential_id))

    def session_of(self, who: Identity) -> tuple[StoredSession, Workspace]:
        """The session of the caller and where it is."""
        return self._sessions.get(SYSTEM, who.credential_id), self._workspaces.get(who.workspace_id)

    def identity_of_session(self, token: str) -> Identity:
        """Raises ``Unauthenticated('session_expired')``, one text for unknown, ended and expired."""
        session = self._sessions.by_token(_hash(token)) if token else None
        if session is None or self._is_past(session.expires_at):
            raise Unauthenticated("session_expired", "The session has ended.", fix="Open a fresh sign-in link.")
        return Identity(
            kind="session",
            credential_id=session.id,
            user_id=session.user_id,
            user_name=session.user_name,
            workspace_id=session.workspace_id,
            role=session.role,
        )

    # ------------------------------------------------------------------ keys
    def create_key(
        self,
        who: Identity,
        ids: Ids,
        name: str,
        deployment_id: str | None,
        *,
        model_ids: Sequence[str] = (),
        scopes: Sequence[str] = ("predict",),
        days: int | None = None,
    ) -> tuple[StoredAPIKey, str]:
        """A new key and its secret, which is not kept.

        Args:
            days: after which it is worthless; None: when it is revoked.

        Raises:
            NotFound: ``deployment_not_found``, ``model_not_found``.
        """
        if self._check_targets is not None:
            self._check_targets(who, deployment_id, model_ids)
        secret = KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(KEY_LETTERS))
        key = StoredAPIKey(
            id=ids("key"),
            created_at=self._platform.now(),
            key_sha256=_hash(secret),
            name=name,
            prefix=secret[:SHOWN_LETTERS],
            workspace_id=who.workspace_id,
            user_id=who.user_id,
            deployment_id=deployment_id,
            scopes=list(dict.fromkeys(scopes)),
            model_ids=list(dict.fromkeys(model_ids)),
            expires_at=None if days is None else self._in(days=days),
        )

        def record(unit: UnitOfWork) -> StoredAPIKey:
            # A call that died before it answered left a key whose secret nobody has: it makes room.
            self._keys.delete(unit, SYSTEM, key.id)
            return self._keys.insert(unit, SYSTEM, key)

        return self._platform.store.atomic(record), secret

    def keys(self, who: Identity, paging: PageRequest, read: Callable[[StoredAPIKey], T]) -> Page[T]:
        """Keys of the caller's workspace."""
        return self._keys.page(SYSTEM, paging, [("workspace_id", "=", who.workspace_id)], read)

    def revoke_key(self, who: Identity, key_id: str) -> None:
        """Raises ``NotFound('api_key_not_found')``, also for a key of another workspace."""

        def revoke(unit: UnitOfWork) -> None:
            key = self._keys.find(SYSTEM, key_id, unit)
            if key is None or key.workspace_id != who.workspace_id:
                raise self._keys.missing()
            revoked_at = key.revoked_at or self._platform.now()
            self._keys.change(unit, SYSTEM, key_id, lambda known: known.with_(revoked_at=revoked_at))

        self._platform.store.atomic(revoke)

    def identity_of_key(self, key: str) -> Identity:
        """Raises ``Unauthenticated('api_key_not_valid')``, one text for malformed, unknown, revoked and expired."""
        well_formed = key.startswith(KEY_PREFIX) and len(key) == len(KEY_PREFIX) + KEY_LETTERS
        stored = self._keys.by_secret(_hash(key)) if well_formed else None
        if stored is None or stored.revoked_at is not None or self._is_past(stored.expires_at):
            raise Unauthenticated("api_key_not_valid", "The API key is not valid.", fix="Make a new key in Deploy.")
        self._note_use(stored)
        return Identity(
            kind="api_key",
            credential_id=stored.id,
            user_id=stored.user_id,
            user_name=stored.name,
            workspace_id=stored.workspace_id,
            role="viewer",
            scopes=frozenset(stored.scopes),
            deployment_id=stored.deployment_id,
            model_ids=frozenset(stored.model_ids),
        )

    def count_call(self, caller: Identity) -> Quota:
        """Count one call of an API key in its UTC hour."""
        return self._rate.take(caller.credential_id)

    def sweep(self) -> None:
        """Forget expired sessions and links."""
        now = self._platform.now()

        query = Query(where=[("expires_at", "<", now)], limit=SWEPT_AT_ONCE)

        def forget(unit: UnitOfWork) -> int:
            n_deleted = 0
            for repository in (self._sessions, self._links):
                for old in unit.find(SYSTEM, repository.spec.name, query):
                    n_deleted += unit.delete(SYSTEM, repository.spec.name, old["id"])
            return n_deleted

        while self._platform.store.atomic(forget):
            pass

    # ------------------------------------------------------------------ inside
    def _owner(self, unit: UnitOfWork) -> User:
        first = unit.find(SYSTEM, self._users.spec.name, Query(order=[("created_at", False)], limit=1))
        for document in first:
            return User.model_validate(document)
        return self._users.insert(unit, SYSTEM, User(id=new_id("user"), created_at=self._platform.now(), name="Owner"))

    def _note_use(self, key: StoredAPIKey) -> None:
        """Last use to the minute, so that a busy key does not cost a write per call."""
        now = self._platform.clock.now()
        last = datetime.fromisoformat(key.last_used_at) if key.last_used_at else None
        if last is not None and (now - last).total_seconds() < USE_NOTED_SECONDS:
            return

        def note(unit: UnitOfWork) -> None:
            if self._keys.find(SYSTEM, key.id, unit) is not None:
                at = self._platform.now()
                self._keys.change(unit, SYSTEM, key.id, lambda known: known.with_(last_used_at=at))

        try:
            self._platform.store.atomic(note)
        except Unavailable as error:  # a note for people must not cost a program its answer
            log.warning("accounts.key_use_not_noted", key_id=key.id, error=error)

    def _in(self, *, days: int = 0, hours: int = 0) -> str:
        later = self._platform.clock.now() + timedelta(days=days, hours=hours)
        return later.isoformat(timespec="microseconds")

    def _is_past(self, moment: str | None) -> bool:
        return moment is not None and datetime.fromisoformat(moment) <= self._platform.clock.now()


def _hash(secret: str) -> str:
    """SHA-256 is enough for secrets of 190 random bits and more: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
