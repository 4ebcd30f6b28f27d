"""Who holds a lease, named so that others on the same machine can tell at once when that process is gone.

A lease alone would make everybody wait for its end after a kill.  Where the system can say for sure that the process
has ended (Linux, same machine, same process namespace), nobody waits.  When in doubt the answer is "not gone": the
lease decides then, and the fence makes a wrong answer harmless.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """``<machine>:<process id>:<start time>``; empty parts where the system does not tell."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_start_time(pid) or ''}"


def is_gone(worker: str | None) -> bool:
    """Whether that process has surely ended."""
    machine, _, rest = (worker or "").partition(":")
    pid, _, start = rest.partition(":")
    if not machine or machine != _machine() or not pid.isdecimal() or not start:
        return False
    return _start_time(int(pid)) != start


@cache
def _machine() -> str:
    """One boot of one machine and one process namespace (two containers are two); empty where that is not known."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = (_PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:12]


def _start_time(pid: int) -> str | None:
    """When the process started, in ticks since boot, so that a process id used again is not taken for the old one.

    None when there is no such process, or only its entry waiting to be collected. Source: proc(5), stat, fields 3, 22.
    """
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[19]
