"""What this machine has to spare."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FALLBACK_BYTES: Final = 4 * 1024**3


def available_memory_bytes() -> int:
    """Memory that can be used without swapping (Linux); 4 GB where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return FALLBACK_BYTES
