"""Warm children are shared fairly: one person's calls never hold all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import LimitExceeded
from narrative.studio import warm
from narrative.studio.warm import WarmPool
from tests.fixtures.studio_app import studio_app


class Held:
    """A child that answers when it is let go, and is gone afterwards if it was told to be."""

    made: list[Held]
    go = threading.Event()

    def __init__(self, *_: Any) -> None:
        self.is_alive = True
        self.calls: list[str] = []
        type(self).made.append(self)

    def call(self, function: str, payload: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        self.calls.append(function)
        if payload.get("waits"):
            assert self.go.wait(20)
        return {"child": len(self.made), "by": id(self)}

    def close(self) -> None:
        self.is_alive = False


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmPool]:
    Held.made, Held.go = [], threading.Event()
    monkeypatch.setattr(warm, "WarmChild", Held)
    with studio_app(tmp_path) as studio:
        made = WarmPool(studio.parts.platform)
        yield made
        Held.go.set()
        made.close()


def begin(pool: WarmPool, person: str, about: str) -> threading.Thread:
    thread = threading.Thread(
        target=lambda: pool.call(person, about, "narrative.f", {"waits": True}, seconds=30), daemon=True
    )
    thread.start()
    return thread


def held(n: int) -> bool:
    return sum(len(child.calls) for child in Held.made) >= n


def wait_until_held(n: int) -> None:
    pause = threading.Event()
    for _ in range(400):
        if held(n):
            return
        pause.wait(0.01)
    raise AssertionError("no child was called")


def test_while_one_person_waits_for_a_large_preview_another_is_answered(pool: WarmPool) -> None:
    large = begin(pool, "ann", "large")
    wait_until_held(1)
    assert pool.call("ben", "small", "narrative.f", {}, seconds=1)["by"] != id(Held.made[0])
    Held.go.set()
    large.join(20)
    assert len(Held.made) == 2


def test_the_second_call_of_a_person_waits_and_too_many_are_refused(
    pool: WarmPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begin(pool, "ann", "large")
    wait_until_held(1)
    monkeypatch.setattr(warm, "WAIT_SECONDS", 0.05)
    with pytest.raises(LimitExceeded) as busy:
        pool.call("ann", "small", "narrative.f", {}, seconds=1)
    assert (busy.value.code, busy.value.context["retry_after_seconds"]) == ("preview_busy", 2)
    monkeypatch.setattr(warm, "MOST_WAITING", 1)
    with pytest.raises(LimitExceeded):
        pool.call("ann", "small", "narrative.f", {}, seconds=1)
    Held.go.set()
    first.join(20)
    assert pool.call("ann", "small", "narrative.f", {}, seconds=1)


def test_who_waits_for_others_is_told_so(pool: WarmPool, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = [begin(pool, person, "large") for person in ("ann", "ben")]
    wait_until_held(2)
    monkeypatch.setattr(warm, "WAIT_SECONDS", 0.0)
    told = []
    for person in ("cleo", "ann"):
        with pytest.raises(LimitExceeded) as busy:
            pool.call(person, "small", "narrative.f", {}, seconds=1)
        told.append(busy.value.message)
    assert told == [
        "Previews of other people are still being computed.",
        "Earlier previews of yours are still being computed.",
    ]
    Held.go.set()
    for thread in threads:
        thread.join(20)


def test_a_call_goes_to_the_child_that_knows_the_table_and_a_dead_one_is_replaced(pool: WarmPool) -> None:
    one = pool.call("ann", "a", "narrative.f", {}, seconds=1)["by"]
    held_up = begin(pool, "ann", "a")
    wait_until_held(2)
    two = pool.call("ben", "b", "narrative.f", {}, seconds=1)["by"]
    Held.go.set()
    held_up.join(20)
    assert pool.call("ann", "b", "narrative.f", {}, seconds=1)["by"] == two
    assert pool.call("ann", "a", "narrative.f", {}, seconds=1)["by"] == one
    next(child for child in Held.made if id(child) == one).is_alive = False
    assert pool.call("ann", "a", "narrative.f", {}, seconds=1)["by"] not in (one, two)


def test_children_that_nobody_calls_end(pool: WarmPool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.call("ann", "a", "narrative.f", {}, seconds=1)
    pool._end_idle()
    assert Held.made[0].is_alive
    monkeypatch.setattr(warm, "IDLE_SECONDS", 0.0)
    pool._end_idle()
    assert not Held.made[0].is_alive
