"""How many chunks a process holds in memory at once: a bound on memory and on what one workspace can take of it."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Final

from narrative.core.errors import LimitExceeded
from narrative.ports.metadata import Tenant

PER_WORKSPACE: Final = 10
PER_PROCESS: Final = 40


class ChunkSlots:
    """Places for chunks that are being received."""

    def __init__(self, per_workspace: int = PER_WORKSPACE, per_process: int = PER_PROCESS) -> None:
        self._per_workspace = per_workspace
        self._per_process = per_process
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def hold(self, tenant: Tenant) -> Iterator[None]:
        """Hold one place. Raises ``LimitExceeded('too_many_chunks')`` at once when there is none."""
        name = tenant.workspace_id
        with self._lock:
            if self._taken[name] >= self._per_workspace or self._taken.total() >= self._per_process:
                raise LimitExceeded(
                    "too_many_chunks",
                    f"At most {self._per_workspace} chunks are taken at the same time.",
                    fix="Send fewer at once.",
                    limit=self._per_workspace,
                    value=self._taken[name] + 1,
                    retry_after_seconds=1,
                )
            self._taken[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[name] -= 1
                if not self._taken[name]:
                    del self._taken[name]
