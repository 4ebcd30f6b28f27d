"""A job in the hands of a worker: what its handler sees, and what the heartbeat thread tells it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Literal

from narrative.background.jobs import Job, derived_id
from narrative.core.errors import Canceled
from narrative.ports.metadata import Tenant

StopReason = Literal["canceled", "shutdown", "lease_lost"]


class RunningJob:
    """The :class:`narrative.background.handlers.JobContext` of one claim. Safe to use from any thread."""

    def __init__(self, job: Job, services: Any) -> None:
        self._job = job
        self._services = services
        self._lock = threading.Lock()
        self._progress: dict[str, Any] | None = None
        self._reasons: set[StopReason] = set()
        self._told: set[StopReason] = set()
        self.done = threading.Event()

    # ------------------------------------------------------------------ for the handler
    @property
    def job(self) -> Job:
        return self._job

    @property
    def tenant(self) -> Tenant:
        return self._job.tenant

    @property
    def payload(self) -> Mapping[str, Any]:
        return self._job.payload

    @property
    def services(self) -> Any:
        return self._services

    def report(self, progress: Mapping[str, Any]) -> None:
        with self._lock:
            self._progress = dict(progress)

    def should_stop(self) -> bool:
        with self._lock:
            self._told |= self._reasons
            return bool(self._reasons)

    def stop_if_asked(self) -> None:
        if self.should_stop():
            raise Canceled("canceled", "The work was stopped.")

    def derived_id(self, prefix: str, *parts: str | int) -> str:
        return derived_id(self._job.id, prefix, *parts)

    # ------------------------------------------------------------------ for the worker
    def stop(self, reason: StopReason) -> None:
        """Ask the handler to end."""
        with self._lock:
            self._reasons.add(reason)

    def take_progress(self) -> dict[str, Any] | None:
        """The latest progress nobody has seen yet."""
        with self._lock:
            progress, self._progress = self._progress, None
            return progress

    def was_interrupted(self) -> bool:
        """Whether what the handler gave must not count: it ended because we told it to, and nobody canceled it."""
        with self._lock:
            return "lease_lost" in self._told or ("shutdown" in self._told and "canceled" not in self._told)
