"""Processes are kept alive: what dies comes back, sooner or later; stopping takes all of them, in time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from narrative.core.clock import SystemClock
from narrative.entrypoints.supervisor import FIRST_WAIT_SECONDS, Member, Supervisor

CLOCK = SystemClock()
SLEEPS = ["tests.fixtures.sleeper"]


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor([Member("one", SLEEPS), Member("two", SLEEPS)], CLOCK)
    made.start()
    yield made
    made.stop(0.0)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = CLOCK.monotonic() + seconds
    while not condition():
        assert CLOCK.monotonic() < deadline
        CLOCK.sleep(0.01)


def pids(supervisor: Supervisor) -> list[int]:
    return [member.process.pid for member in supervisor.members if member.process is not None]


def test_a_killed_process_comes_back_and_the_other_stays(supervisor: Supervisor) -> None:
    before = pids(supervisor)
    os.kill(before[0], signal.SIGKILL)

    def is_back() -> bool:
        supervisor.turn()
        now = pids(supervisor)
        return len(now) == 2 and now[0] != before[0]

    until(is_back)
    assert pids(supervisor)[1] == before[1]
    assert supervisor.members[0].restarts == 1


def test_one_that_keeps_dying_waits_longer_each_time() -> None:
    member = Member("broken", ["tests.fixtures.no_such_module"])
    supervisor = Supervisor([member], CLOCK)
    supervisor.start()
    waits: list[float] = []

    def died_twice() -> bool:
        supervisor.turn()
        if member.process is None and (not waits or waits[-1] != member.wait_seconds):
            waits.append(member.wait_seconds)
        return len(waits) == 2

    until(died_twice)
    supervisor.stop(0.0)
    assert waits == [2 * FIRST_WAIT_SECONDS, 4 * FIRST_WAIT_SECONDS]


def test_stopping_is_polite_first(supervisor: Supervisor) -> None:
    processes = [psutil.Process(pid) for pid in pids(supervisor)]
    until(lambda: all(process.num_threads() for process in processes))
    started = CLOCK.monotonic()
    supervisor.stop(10.0)
    assert CLOCK.monotonic() - started < 5.0
    assert [member.exit_code() for member in supervisor.members] == [-signal.SIGTERM] * 2


def test_what_does_not_listen_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    note = tmp_path / "child"
    deaf = Member("deaf", ["tests.fixtures.sleeper", "--deaf", str(note)])
    supervisor = Supervisor([deaf], CLOCK)
    supervisor.start()
    until(lambda: note.exists() and bool(note.read_text()))
    child = psutil.Process(int(note.read_text()))
    supervisor.stop(0.2)
    assert deaf.exit_code() == -signal.SIGKILL
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
