"""A process that has surely ended is known to be gone; in every doubt it is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from narrative.background import presence
from narrative.background.presence import is_gone, this_process


def test_this_process_is_here() -> None:
    assert this_process() == this_process()
    assert not is_gone(this_process())


@pytest.mark.parametrize("worker", [None, "", "w1", "::", "other-machine:1:1", ":1:1"])
def test_what_cannot_be_checked_here_is_not_gone(worker: str | None) -> None:
    assert not is_gone(worker)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells when a process started")
def test_a_process_is_gone_once_it_was_killed_even_before_anybody_collects_it() -> None:
    machine = this_process().partition(":")[0]
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        name = f"{machine}:{process.pid}:{presence._start_time(process.pid)}"
        assert not is_gone(name)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        assert not is_gone(name)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(name)
    assert is_gone(name)


def test_where_the_system_tells_nothing_the_lease_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_PROC", tmp_path)
    presence._machine.cache_clear()
    try:
        assert this_process() == f":{os.getpid()}:"
        assert not is_gone(this_process())
    finally:
        presence._machine.cache_clear()
