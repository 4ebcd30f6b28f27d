"""How a job runs its heavy part: a private folder, a child process, files into the blob store."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from narrative.background.handlers import JobContext
from narrative.engine.children import ChildLimits, run_child
from narrative.studio.platform import Platform

DAY_SECONDS: Final = 24 * 3600
OPEN_FILES: Final = 1024
FOLDER_PREFIX: Final = "job-"
UNFINISHED_PREFIX: Final = "unfinished-"
UNFINISHED_SECONDS: Final = 2.0 * DAY_SECONDS
"""A killed job is taken up again within minutes, or never; the longest training takes a day."""


@contextlib.contextmanager
def work_folder(platform: Platform) -> Iterator[Path]:
    """A private folder on the disk of the blobs, gone afterwards. Leftovers of killed workers are swept at start."""
    platform.work_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=platform.work_folder) as folder:
        yield Path(folder)


@contextlib.contextmanager
def resumable_folder(platform: Platform, job_id: str) -> Iterator[Path]:
    """The folder of a job's unfinished work: gone when the job ends, still there when its worker was killed."""
    folder = platform.work_folder / f"{UNFINISHED_PREFIX}{job_id}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_work_folders(platform: Platform) -> int:
    """Remove folders of workers that were killed, and unfinished work that nobody took up; returns how many."""
    removed = 0
    for folder in platform.work_folder.glob(f"{UNFINISHED_PREFIX}*"):
        if platform.clock.now().timestamp() - folder.stat().st_mtime > UNFINISHED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    for folder in platform.work_folder.glob(f"{FOLDER_PREFIX}*"):
        pid = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if pid.isdecimal() and not _is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run_in_child(
    context: JobContext,
    platform: Platform,
    function: str,
    payload: dict[str, Any],
    *,
    wall_seconds: float,
    memory_bytes: int | None = None,
    stoppable: bool = True,
) -> dict[str, Any]:
    """Run ``module:function`` in a child with this deployment's limits; progress goes to the job.

    ``stoppable`` False leaves stopping to the function itself (it watches a file), for work that keeps what it has.
    """
    limits = ChildLimits(
        memory_bytes=memory_bytes or platform.limits.child_memory_bytes,
        # Children of the child set their own, smaller limits; processor time of this one is bounded by the wall.
        cpu_seconds=DAY_SECONDS * 7,
        wall_seconds=wall_seconds,
        threads=platform.limits.threads,
        open_files=OPEN_FILES,
    )
    return run_child(
        function,
        payload,
        limits=limits,
        on_progress=context.report,
        should_stop=context.should_stop if stoppable else None,
        clock=platform.clock,
        limit_code="work_too_large",
        folder=Path(payload["folder"]),
    )
