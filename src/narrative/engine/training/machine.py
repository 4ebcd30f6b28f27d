"""What this machine has to spare."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FALLBACK_BYTES: Final = 4 * 1024**3
BUSIEST: Final = 4.0


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
    """How many times longer work takes because others work here too: running tasks per processor, 1 to 4.

    Only for how much time is kept in reserve; a quiet machine gives 1.
    """
    try:
        running = os.getloadavg()[0]
    except OSError:
        return 1.0
    return min(max(running / (os.cpu_count() or 1), 1.0), BUSIEST)
