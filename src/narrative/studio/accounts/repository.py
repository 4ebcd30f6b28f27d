"""Accounts in the metadata store, under the system tenant: they are looked up before a tenant is known."""

from __future__ import annotations

from narrative.core.errors import NotFound
from narrative.ports.metadata import SYSTEM, CollectionSpec, UnitOfWork
from narrative.studio.accounts.entities import SignInLink, StoredAPIKey, StoredSession, User
from narrative.studio.documents import MAYBE_DELETED, Repository


class UserRepository(Repository[User]):
    """People."""

    spec = CollectionSpec("users", indexes=("created_at",))
    prefix = "user"
    noun = "user"
    entity = User

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("user_not_found", "There is no user with this id.", fix=MAYBE_DELETED)


class LinkRepository(Repository[SignInLink]):
    """One-time links."""

    spec = CollectionSpec("sign_in_links", indexes=("expires_at",), unique=(("token_sha256",),))
    prefix = "link"
    noun = "link"
    entity = SignInLink

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("link_not_found", "There is no link with this id.", fix=MAYBE_DELETED)

    def by_token(self, sha256: str, unit: UnitOfWork) -> SignInLink | None:
        """The link with this token, or None."""
        return next(iter(self.where(SYSTEM, [("token_sha256", "=", sha256)], limit=1, unit=unit)), None)


class SessionRepository(Repository[StoredSession]):
    """Signed-in browsers."""

    spec = CollectionSpec("sessions", indexes=("expires_at",), unique=(("token_sha256",),))
    prefix = "sess"
    noun = "session"
    entity = StoredSession

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("session_not_found", "There is no session with this id.", fix=MAYBE_DELETED)

    def by_token(self, sha256: str) -> StoredSession | None:
        """The session with this token, or None."""
        return next(iter(self.where(SYSTEM, [("token_sha256", "=", sha256)], limit=1)), None)


class KeyRepository(Repository[StoredAPIKey]):
    """Keys for programs."""

    spec = CollectionSpec("api_keys", indexes=("workspace_id", "created_at"), unique=(("key_sha256",),))
    prefix = "key"
    noun = "API key"
    entity = StoredAPIKey

    def missing(self) -> NotFound:
        """The same for what never was and for what belongs to others."""
        return NotFound("api_key_not_found", "There is no API key with this id.", fix=MAYBE_DELETED)

    def by_secret(self, sha256: str) -> StoredAPIKey | None:
        """The key with this secret, or None."""
        return next(iter(self.where(SYSTEM, [("key_sha256", "=", sha256)], limit=1)), None)
