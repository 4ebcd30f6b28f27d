"""Job handlers: how a slice says what a background job does.

A slice puts its handlers into ``studio/<slice>/jobs.py``; they are found by folder, there is no list to edit::

    def mark_failed(unit: UnitOfWork, job: Job) -> None:
        dataset = unit.get(job.tenant, "datasets", job.payload["dataset_id"])
        ...                                     # job.state is "failed" or "canceled", job.error says why


    @job("datasets.import", on_failed=mark_failed)
    def import_dataset(context: JobContext) -> Result:
        services: Services = context.services
        path = services.blobs.local_path(context.tenant, context.payload["blob"])
        table = run_child(..., on_progress=context.report, should_stop=context.should_stop)
        ref = services.blobs.put_file(context.tenant, table)           # before the commit: equal content is stored once
        version_id = context.derived_id("ver")                         # the same id at every attempt

        def apply(unit: UnitOfWork) -> None:                           # with the job's end, in one transaction
            unit.insert(context.tenant, "versions", {"id": version_id, "blob": ref.sha256})

        return Result({"version_id": version_id}, apply=apply)

The rules that make kill -9 harmless:

1. A handler may be run again from its start at any time. Everything it does before it returns must be idempotent:
   blobs (named by content), files in its own temporary folder, ids from :meth:`JobContext.derived_id`.
2. Every document it changes, and every job it starts, is changed in ``Result.apply``. That runs in the transaction that
   ends the job and is refused when the lease was lost. ``apply`` itself may be called again when the store was busy, so
   it does nothing but read and write through the unit of work it is given.
3. It asks :meth:`JobContext.should_stop` at least once a second (``run_child`` does so). On True it ends: either by
   raising ``Canceled`` or by returning what it has with ``Result(is_partial=True)``.
4. Work that can explode runs in ``engine.children``, never in the handler's own process.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from narrative.background.jobs import Job
from narrative.core.plugins import PluginError
from narrative.ports.metadata import Tenant, UnitOfWork

Lane = Literal["quick", "long"]
"""Jobs of one lane wait for each other; a training of ten minutes (long) never delays an import (quick)."""
LANES: tuple[Lane, ...] = ("quick", "long")

Apply = Callable[[UnitOfWork], object]
OnFailed = Callable[[UnitOfWork, Job], object]


@dataclass(frozen=True)
class Result:
    """What a handler hands over.

    Args:
        value: JSON-safe outcome, stored as ``job.result``.
        apply: the entity changes, committed atomically with the end of the job, or not at all.
        outbox: messages to the outside (``topic`` and JSON-safe ``payload``), recorded in the same write.
        is_partial: the work was stopped by the user and this is what it had by then: the job ends as ``canceled`` and
            keeps the result. ``on_failed`` is not called then.
    """

    value: dict[str, Any] = field(default_factory=dict)
    apply: Apply | None = None
    outbox: tuple[dict[str, Any], ...] = ()
    is_partial: bool = False


class JobContext(Protocol):
    """What a handler may know and do."""

    @property
    def job(self) -> Job:
        """The job as it was claimed."""

    @property
    def tenant(self) -> Tenant:
        """Whose data this job may touch."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """What ``enqueue`` was given."""

    @property
    def services(self) -> Any:
        """The container that bootstrap built for this process."""

    def report(self, progress: Mapping[str, Any]) -> None:
        """Show progress (JSON-safe; ``share`` 0 to 1, ``message``, ``seconds_left``, ``detail``).

        Any thread may call it. Cheap: never blocks on the store; written at most four times a second, and the
        latest wins."""

    def should_stop(self) -> bool:
        """Whether to end now: canceled by the user, the worker is shutting down, or the lease was lost. Cheap."""

    def stop_if_asked(self) -> None:
        """Raises ``Canceled`` when :meth:`should_stop` says so; for handlers without a child process."""

    def derived_id(self, prefix: str, *parts: str | int) -> str:
        """The id of a thing this job makes; the same at every attempt."""


Run = Callable[[JobContext], Result]


@dataclass(frozen=True)
class JobHandler:
    """One kind of job. ``name`` is ``<slice>.<verb>``."""

    name: str
    run: Run
    lane: Lane = "quick"
    max_attempts: int = 3
    on_failed: OnFailed | None = None
    """Called in the transaction that ends the job as failed or canceled without a result, so that no entity is left
    in a state like "importing" for ever."""


def job(
    name: str, *, lane: Lane = "quick", max_attempts: int = 3, on_failed: OnFailed | None = None
) -> Callable[[Run], Run]:
    """Declare a function as the handler of jobs of this type; found by :meth:`JobRegistry.discover`."""

    def declare(run: Run) -> Run:
        handler = JobHandler(name=name, run=run, lane=lane, max_attempts=max_attempts, on_failed=on_failed)
        run.__narrative_job__ = handler  # type: ignore[attr-defined]  # a mark on the function, read by `discover`
        return run

    return declare


class JobRegistry:
    """All kinds of jobs this program knows."""

    def __init__(self, handlers: Iterable[JobHandler] = ()) -> None:
        self._handlers: dict[str, JobHandler] = {}
        for handler in handlers:
            if handler.name in self._handlers:
                raise PluginError(f"Two handlers are named {handler.name!r}.")
            if handler.lane not in LANES:
                raise PluginError(f"{handler.name!r} names the lane {handler.lane!r}; there are {', '.join(LANES)}.")
            self._handlers[handler.name] = handler

    @classmethod
    def discover(cls, package: str) -> JobRegistry:
        """The handlers of every ``<package>.<slice>.jobs`` module.

        Raises:
            PluginError: a ``jobs`` module without a handler, a handler not named after its slice, or a name twice.
        """
        found: list[JobHandler] = []
        folder = importlib.import_module(package)
        for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
            module_name = f"{package}.{info.name}.jobs"
            if not info.ispkg or importlib.util.find_spec(module_name) is None:
                continue
            handlers = list(handlers_of(importlib.import_module(module_name)))
            if not handlers:
                raise PluginError(f"{module_name} holds no job handler.")
            for handler in handlers:
                if handler.name.partition(".")[0] != info.name:
                    raise PluginError(f"{module_name} holds {handler.name!r}: it must begin with '{info.name}.'.")
            found += handlers
        return cls(found)

    def get(self, name: str) -> JobHandler | None:
        return self._handlers.get(name)

    def names(self, lane: Lane) -> list[str]:
        """The kinds of jobs that run in a lane."""
        return [handler.name for handler in self._handlers.values() if handler.lane == lane]

    def __iter__(self) -> Iterator[JobHandler]:
        return iter(self._handlers.values())


def handlers_of(module: object) -> Iterator[JobHandler]:
    """The handlers a module declares itself (not those it merely imports)."""
    for _, member in inspect.getmembers(module, inspect.isfunction):
        handler = getattr(member, "__narrative_job__", None)
        if isinstance(handler, JobHandler) and member.__module__ == getattr(module, "__name__", None):
            yield handler
