"""What this machine has to spare."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FALLBACK_BYTES: Final = 4 * 1024**3
BUSIEST: Final = 4.0
TELLING_SECONDS: Final = 0.2
"""A process that ran for less has not met its neighbours yet."""


def available_memory_bytes() -> int:
    """Memory that can be used without swapping (Linux); 4 GB where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return FALLBACK_BYTES


def busy_factor() -> float:
    """How many times longer work takes because others work here too, 1 to 4.

    Running tasks per processor say how bad it can get; how long this process really had to wait for its turn says how
    bad it is: waiting for a disk, short bursts and work of low priority count as load and hardly disturb. The truth of
    the next seconds lies between the two. Only for how much time is kept in reserve; a quiet machine gives 1.
    """
    try:
        running = os.getloadavg()[0]
    except OSError:
        return 1.0
    feared = min(max(running / (os.cpu_count() or 1), 1.0), BUSIEST)
    ran, waited = scheduled_seconds()
    if ran < TELLING_SECONDS:
        return feared
    seen = min((ran + waited) / ran, BUSIEST)
    return float((feared * seen) ** 0.5)


def scheduled_seconds() -> tuple[float, float]:
    """How long the main thread of this process ran and how long it was ready but had to wait (Linux); else zeros.

    Source: Linux, Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat" (nanoseconds).
    """
    try:
        ran, waited = Path("/proc/self/schedstat").read_text(encoding="ascii").split()[:2]
    except (OSError, ValueError):
        return 0.0, 0.0
    return int(ran) / 1e9, int(waited) / 1e9
