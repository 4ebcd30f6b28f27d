"""Keeps the processes of ``narrative up`` alive: starts them, restarts what dies, and ends them in time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from narrative.core.clock import Clock
from narrative.telemetry.logs import event_log

FIRST_WAIT_SECONDS: Final = 0.1
LONGEST_WAIT_SECONDS: Final = 10.0
SETTLED_SECONDS: Final = 20.0
"""A process that lived this long is restarted at once when it dies; one that dies sooner waits longer each time."""

log = event_log("supervisor")


@dataclass
class Member:
    """One process to keep alive. ``descriptors`` are inherited by every start of it, ``once`` only by the first."""

    name: str
    arguments: Sequence[str]
    descriptors: tuple[int, ...] = ()
    once: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait_seconds: float = FIRST_WAIT_SECONDS
    start_at: float = 0.0
    restarts: int = 0

    def start(self, clock: Clock) -> None:
        """Start the process in a session of its own: a Ctrl-C in the terminal reaches the supervisor only."""
        extra = [part for option, descriptor in self.once.items() for part in (option, str(descriptor))]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *self.arguments, *extra],
            stdin=subprocess.PIPE,
            pass_fds=(*self.descriptors, *self.once.values()),
            start_new_session=True,
        )
        for descriptor in self.once.values():
            os.close(descriptor)
        self.once = {}
        self.started_at = clock.monotonic()

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self.process is None else self.process.poll()


class Supervisor:
    """A handful of processes. Not thread-safe: one loop calls it."""

    def __init__(self, members: Sequence[Member], clock: Clock) -> None:
        self.members = list(members)
        self._clock = clock

    def start(self) -> None:
        """Start all."""
        for member in self.members:
            member.start(self._clock)

    def turn(self) -> None:
        """Restart what died, each with its own growing wait."""
        now = self._clock.monotonic()
        for member in self.members:
            code = member.exit_code()
            if member.process is not None and code is None:
                continue
            if member.process is not None:
                self._note_death(member, code, now)
            if now >= member.start_at:
                member.restarts += 1
                member.start(self._clock)

    def stop(self, seconds: float) -> None:
        """End all together: ask, wait, and kill what has not ended by then."""
        for member in self.members:
            _signal(member, signal.SIGTERM)
        deadline = self._clock.monotonic() + seconds
        for member in self.members:
            while member.exit_code() is None and member.process is not None and self._clock.monotonic() < deadline:
                self._clock.sleep(0.02)
        for member in self.members:
            if member.process is not None and member.exit_code() is None:
                log.warning("supervisor.process_killed", name=member.name)
                _signal(member, signal.SIGKILL)
            _reap(member)

    def _note_death(self, member: Member, code: int | None, now: float) -> None:
        lived = now - member.started_at
        member.wait_seconds = (
            FIRST_WAIT_SECONDS if lived >= SETTLED_SECONDS else min(member.wait_seconds * 2, LONGEST_WAIT_SECONDS)
        )
        member.start_at = now + member.wait_seconds
        log.warning(
            "supervisor.process_died",
            name=member.name,
            exit_code=code,
            lived_seconds=round(lived, 2),
            restart_in_seconds=member.wait_seconds,
        )
        _reap(member)
        member.process = None


def _signal(member: Member, number: int) -> None:
    """To the process for a polite end, to its whole group (its children included) for a kill."""
    if member.process is None or member.exit_code() is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if number == signal.SIGKILL:
            os.killpg(member.process.pid, number)
        else:
            member.process.send_signal(number)


def _reap(member: Member) -> None:
    if member.process is not None:
        member.process.wait()
        if member.process.stdin is not None:
            with contextlib.suppress(OSError):
                member.process.stdin.close()
