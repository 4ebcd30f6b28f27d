"""How much of one kind of work a process does at once: a bound on memory and on what one workspace can take of it."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator

from narrative.core.errors import LimitExceeded
from narrative.ports.metadata import Tenant


class Slots:
    """Places for work that is under way.

    Args:
        refuse: makes the failure for one more than ``per_workspace``, of its limit and the value.
    """

    def __init__(self, per_workspace: int, per_process: int, refuse: Callable[[int, int], LimitExceeded]) -> None:
        self._per_workspace = per_workspace
        self._per_process = per_process
        self._refuse = refuse
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def hold(self, tenant: Tenant) -> Iterator[None]:
        """Hold one place. Raises at once when there is none."""
        name = tenant.workspace_id
        with self._lock:
            if self._taken[name] >= self._per_workspace or self._taken.total() >= self._per_process:
                raise self._refuse(self._per_workspace, self._taken[name] + 1)
            self._taken[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[name] -= 1
                if not self._taken[name]:
                    del self._taken[name]
