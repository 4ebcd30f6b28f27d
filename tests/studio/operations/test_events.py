"""Live events: what is, whenever it changes; a reconnect gets what it missed and nothing twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import InvalidInput, LimitExceeded, NotFound
from narrative.http.identity import Identity
from narrative.studio.accounts.service import AccountService
from narrative.studio.operations import events
from narrative.studio.operations.events import MAX_STREAMS, EventService, parse_topics
from tests.fixtures.studio_app import StudioApp, studio_app


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StudioApp]:
    monkeypatch.setattr(events, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(events, "CHECK_SESSION_SECONDS", 0.05)
    with studio_app(tmp_path) as made:
        yield made


def who(studio: StudioApp) -> tuple[Identity, str]:
    token = studio.owner.http.cookies["narrative_session"]
    return studio.parts.services.of(AccountService).identity_of_session(token), token


async def never() -> bool:
    return False


async def opened(studio: StudioApp, topics: str, last: str | None = None) -> AsyncIterator[bytes]:
    identity, token = who(studio)
    service = studio.parts.services.of(EventService)
    return await service.open(identity, parse_topics(topics), last, token=token, is_gone=never)


async def next_event(stream: AsyncIterator[bytes]) -> dict[str, Any]:
    """The next event with data, read as a browser reads it."""
    while True:
        piece = (await asyncio.wait_for(anext(stream), 10)).decode()
        fields = dict(line.split(": ", 1) for line in piece.strip().splitlines() if not line.startswith(":"))
        if "data" in fields:
            return {"id": fields["id"], "event": fields["event"], "data": json.loads(fields["data"])}


def test_a_change_of_a_project_arrives_as_the_project(studio: StudioApp) -> None:
    _, project_id = studio.loaded()

    async def watch() -> None:
        stream = await opened(studio, f"project:{project_id}")
        first = await next_event(stream)
        assert first["event"] == "project"
        assert first["data"] == studio.owner.get(f"/projects/{project_id}").json()
        await asyncio.to_thread(studio.owner.patch, f"/projects/{project_id}", json={"name": "New"})
        assert (await next_event(stream))["data"]["name"] == "New"

    asyncio.run(watch())


def test_a_job_is_followed_to_its_end(studio: StudioApp) -> None:
    started = studio.owner.upload(b"a,b\n1,2\n").json()

    async def watch() -> list[str]:
        stream = await opened(studio, f"job:{started['job']['id']}")
        states = [(await next_event(stream))["data"]["state"]]
        await asyncio.to_thread(studio.owner.post, f"/jobs/{started['job']['id']}/cancel")
        states.append((await next_event(stream))["data"]["state"])
        return states

    assert asyncio.run(watch()) == ["queued", "canceled"]


def test_a_reconnect_gets_what_it_missed_and_nothing_twice(studio: StudioApp) -> None:
    _, one = studio.loaded("one")
    _, two = studio.loaded("two")
    topics = f"project:{one},project:{two}"

    async def watch() -> None:
        stream = await opened(studio, topics)
        await next_event(stream)
        last = (await next_event(stream))["id"]
        await asyncio.to_thread(studio.owner.patch, f"/projects/{two}", json={"name": "Changed meanwhile"})
        again = await next_event(await opened(studio, topics, last))
        assert again["data"]["name"] == "Changed meanwhile"

    asyncio.run(watch())


def test_what_is_deleted_while_watched_is_said_to_be_gone(studio: StudioApp) -> None:
    _, project_id = studio.loaded()

    async def watch() -> None:
        stream = await opened(studio, f"project:{project_id}")
        await next_event(stream)
        await asyncio.to_thread(studio.owner.delete, f"/projects/{project_id}")
        assert (await next_event(stream))["event"] == "gone"

    asyncio.run(watch())


def test_a_stream_ends_when_its_session_does(studio: StudioApp) -> None:
    _, project_id = studio.loaded()

    async def watch() -> None:
        stream = await opened(studio, f"project:{project_id}")
        await next_event(stream)
        await asyncio.to_thread(studio.owner.post, "/auth/sign-out")
        async with asyncio.timeout(5):
            async for _ in stream:
                pass

    asyncio.run(watch())


def test_streams_end_soon_when_the_program_stops(studio: StudioApp) -> None:
    _, project_id = studio.loaded()

    async def watch() -> None:
        stream = await opened(studio, f"project:{project_id}")
        await next_event(stream)
        studio.parts.services.of(EventService).close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(stream), 1)

    asyncio.run(watch())


def test_too_many_streams_are_refused_and_closed_ones_make_room(studio: StudioApp) -> None:
    _, project_id = studio.loaded()

    async def watch() -> None:
        streams = [await opened(studio, f"project:{project_id}") for _ in range(MAX_STREAMS)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(LimitExceeded):
            await opened(studio, f"project:{project_id}")
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]  # a generator
        await anext(await opened(studio, f"project:{project_id}"))

    asyncio.run(watch())


def test_a_topic_that_is_not_there_fails_before_the_stream_begins(studio: StudioApp) -> None:
    async def watch() -> None:
        with pytest.raises(NotFound):
            await opened(studio, "project:proj_00000000000000000000")

    asyncio.run(watch())
    answer = studio.owner.get("/events", params={"topics": "job:job_00000000000000000000"})
    assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


@pytest.mark.parametrize("topics", ["", ",", "job", "job:", "model:x", ":x", ",".join(["job:x"] * 21) + "y"])
def test_topics_that_are_none_are_refused(topics: str) -> None:
    with pytest.raises(InvalidInput, match="Topics are"):
        parse_topics(topics)
