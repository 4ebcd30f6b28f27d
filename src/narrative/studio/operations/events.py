"""Live events: what jobs and projects are, sent whenever it changes. The documents are the truth; this only reads them.

The id of an event names the state of every topic, so a client that reconnects with ``Last-Event-ID`` gets what it
missed and nothing it has seen.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from pydantic import BaseModel

from narrative.core.errors import InvalidInput, LimitExceeded, NarrativeError, NotFound
from narrative.http.identity import Identity
from narrative.ports.metadata import Tenant
from narrative.studio.accounts.service import AccountService
from narrative.studio.platform import Platform
from narrative.studio.projects.service import ProjectService
from narrative.studio.projects.views import project_view
from narrative.studio.schemas import Job

POLL_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 10.0
CHECK_SESSION_SECONDS: Final = 5.0
MAX_TOPICS: Final = 20
MAX_STREAMS: Final = 64
"""Per workspace; each browser needs one."""

IsGone = Callable[[], Awaitable[bool]]
Topic = tuple[str, str]
"""Kind (job or project) and id."""


def parse_topics(text: str) -> list[Topic]:
    """``job:{id},project:{id}``. Raises ``InvalidInput('invalid_topics')``."""
    topics = [
        (kind, name) for kind, _, name in (part.strip().partition(":") for part in text.split(",") if part.strip())
    ]
    if (
        not topics
        or len(topics) > MAX_TOPICS
        or any(kind not in ("job", "project") or not name for kind, name in topics)
    ):
        raise InvalidInput(
            "invalid_topics",
            f"Topics are 1 to {MAX_TOPICS} of job:<id> and project:<id>, separated by commas.",
            fix="For example topics=job:job_…,project:proj_…",
        )
    return list(dict.fromkeys(topics))


class EventService:
    """Streams for the browsers of one process."""

    def __init__(self, platform: Platform, projects: ProjectService, accounts: AccountService) -> None:
        self._platform = platform
        self._projects = projects
        self._accounts = accounts
        self._open: dict[str, int] = {}
        self._closing = False

    def close(self) -> None:
        """End all streams soon; browsers reconnect by themselves."""
        self._closing = True

    async def open(
        self, who: Identity, topics: list[Topic], last_event_id: str | None, *, token: str, is_gone: IsGone
    ) -> AsyncIterator[bytes]:
        """A stream. Fails at once (404, 429), not in the middle, when a topic is not the caller's or there are too
        many streams."""
        if self._open.get(who.workspace_id, 0) >= MAX_STREAMS:
            raise LimitExceeded(
                "too_many_streams",
                f"This workspace has {MAX_STREAMS} live connections, which is the limit.",
                fix="Close some tabs.",
                limit=MAX_STREAMS,
            )
        for topic in topics:
            await asyncio.to_thread(self._state, who.tenant, topic)
        return self._stream(who, topics, (last_event_id or "").split("."), token, is_gone)

    async def _stream(
        self, who: Identity, topics: list[Topic], seen: list[str], token: str, is_gone: IsGone
    ) -> AsyncIterator[bytes]:
        digests = seen if len(seen) == len(topics) else [""] * len(topics)
        clock = self._platform.clock
        last_sent = last_checked = clock.monotonic()
        self._open[who.workspace_id] = self._open.get(who.workspace_id, 0) + 1
        try:
            yield b"retry: 1000\n\n"
            while not self._closing and not await is_gone():
                for place, topic in enumerate(topics):
                    state = await asyncio.to_thread(self._find, who.tenant, topic)
                    data = state.model_dump_json() if state is not None else "null"
                    digest = hashlib.sha256(data.encode()).hexdigest()[:12]
                    if digest == digests[place]:
                        continue
                    digests[place] = digest
                    last_sent = clock.monotonic()
                    event = topic[0] if state is not None else "gone"
                    data = data if state is not None else f'{{"kind":"{topic[0]}","id":"{topic[1]}"}}'
                    yield f"id: {'.'.join(digests)}\nevent: {event}\ndata: {data}\n\n".encode()
                now = clock.monotonic()
                if now - last_sent >= HEARTBEAT_SECONDS:
                    last_sent = now
                    yield b": still here\n\n"
                if now - last_checked >= CHECK_SESSION_SECONDS:
                    last_checked = now
                    if not await asyncio.to_thread(self._is_signed_in, token):
                        return
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._open[who.workspace_id] -= 1

    def _find(self, tenant: Tenant, topic: Topic) -> BaseModel | None:
        try:
            return self._state(tenant, topic)
        except NotFound:
            return None  # deleted while somebody watched

    def _state(self, tenant: Tenant, topic: Topic) -> BaseModel:
        kind, id = topic  # noqa: A001 - the word of the product
        if kind == "job":
            return Job.of(self._platform.queue.get(tenant, id))
        return project_view(self._projects.get(tenant, id), self._projects.running_jobs(tenant, id))

    def _is_signed_in(self, token: str) -> bool:
        try:
            self._accounts.identity_of_session(token)
        except NarrativeError:
            return False
        return True
