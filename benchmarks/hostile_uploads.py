"""Hostile files over HTTP to a running studio: each a typed refusal or a table, and nothing dies, swells or hangs.

    python -m benchmarks.hostile_uploads [--files 1000] [--seed N] [--memory-gb 2] [--kinds a,b] [--at-once 2]
                                         [--minutes N] [--without-limits] [--show]

A studio is started on a folder of its own. Every file goes through the ordinary upload route; its job must end within
30 s as ``completed``, or ``failed`` with a code of the families that are the user's to fix. All processes of the studio
are watched: none may hold more memory than the limit and a tenth, and the API process must be the same one at the end.

``--without-limits`` takes address space, processor time and the limits derived from them away from the children (by a
``sitecustomize`` module that only this run has on its path) and sends the kinds that need them; then it must go red.
What swells is killed by the watch, so that the machine stays usable.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from tests.fixtures.hostile import KINDS, HostileFile, hostile_files
from tests.fixtures.studio_process import Client, Studio

GB: Final = 1024**3
MOST_SECONDS: Final = 30.0
TOLERANCE: Final = 1.1
FAULTS: Final = frozenset({"internal", "child_failed"})
NEED_LIMITS: Final = ("xlsx_repeated_text", "mutated_csv")
UNLIMITED: Final = """
import resource
resource.setrlimit = lambda *_: None
"""


@dataclass
class Ended:
    """What became of one file."""

    kind: str
    outcome: str
    seconds: float
    detail: str = ""

    @property
    def is_typed(self) -> bool:
        """A table, or a refusal that is the user's to act on."""
        return self.outcome == "table" or (self.outcome not in FAULTS and not self.outcome.startswith("no answer"))


@dataclass
class Watch:
    """Samples the memory of every process below the studio's; kills what passes ``kill_at``."""

    studio: Studio
    kill_at: int
    most: int = 0
    killed: int = 0
    samples: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.03):
            self.samples += 1
            for process in psutil.Process(self.studio.process.pid).children(recursive=True):
                try:
                    held = int(process.memory_info().rss)
                    self.most = max(self.most, held)
                    if held > self.kill_at:
                        process.kill()
                        self.killed += 1
                except psutil.NoSuchProcess:
                    continue


def send(studio: Studio, file: HostileFile) -> Ended:
    """Upload one file and wait for the end of its job."""
    client = Client(studio)
    started = time.monotonic()
    try:
        headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": os.urandom(16).hex()}
        path = f"/api/v1/datasets/upload?filename={file.name}"
        answer = client.http.post(path, content=file.content, headers=headers, timeout=60)
        if answer.status_code != 202:
            code = answer.json().get("code", "no code") if answer.status_code < 500 else "internal"
            return Ended(file.kind, code, time.monotonic() - started, answer.text[:300])
        job = client.ended(answer.json()["job"]["id"], seconds=300.0)
        seconds = time.monotonic() - started
        if job["state"] == "completed":
            return Ended(file.kind, "table", seconds)
        error: dict[str, Any] = job["error"] or {}
        return Ended(file.kind, str(error.get("code")), seconds, str(error.get("message")))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is a finding of this run
        return Ended(file.kind, f"no answer ({type(error).__name__})", time.monotonic() - started, str(error)[:300])
    finally:
        client.close()


def run(chosen: argparse.Namespace, folder: Path) -> int:
    """Send all files; 1 when a promise was broken."""
    limit = int(chosen.memory_gb * GB)
    environment = {
        "NARRATIVE_UPLOADS_PER_MINUTE": "100000",
        "NARRATIVE_CHILD_MEMORY_BYTES": str(limit),
        "NARRATIVE_QUICK_SLOTS": str(chosen.at_once),
    }
    if chosen.without_limits:
        (folder / "sitecustomize.py").write_text(UNLIMITED)
        environment["PYTHONPATH"] = os.pathsep.join([str(folder), *sys.path])
        environment["NARRATIVE_CHILD_MEMORY_BYTES"] = str(1024 * GB)
    kinds = chosen.kinds.split(",") if chosen.kinds else list(NEED_LIMITS) if chosen.without_limits else None
    count = chosen.files or len(kinds or KINDS)
    studio = Studio(folder / "data", **environment)
    before = {process.pid for process in studio.processes()}
    started = time.monotonic()
    try:
        swollen = int(limit * (1.2 if chosen.without_limits else 4))
        with Watch(studio, swollen) as watch, ThreadPoolExecutor(chosen.at_once) as pool:
            files = hostile_files(count, chosen.seed, kinds)
            ended: list[Ended] = []
            until = started + 60 * chosen.minutes
            for one in pool.map(lambda file: send(studio, file) if time.monotonic() < until else None, files):
                if one is None:
                    continue
                ended.append(one)
                if chosen.show or not one.is_typed or one.seconds > MOST_SECONDS:
                    print(f"{one.kind}: {one.outcome} in {one.seconds:.1f} s {one.detail[:200]}", flush=True)
                if len(ended) % 100 == 0:
                    print(f"… {len(ended)} of {count} after {time.monotonic() - started:.0f} s", flush=True)
        survived = {process.pid for process in studio.processes()} == before
    finally:
        studio.end()
    return report(ended, watch, limit, survived=survived)


def report(ended: list[Ended], watch: Watch, limit: int, *, survived: bool) -> int:
    """Print the counts; 1 when a promise was broken."""
    untyped = [one for one in ended if not one.is_typed]
    slow = [one for one in ended if one.seconds > MOST_SECONDS]
    times = sorted(one.seconds for one in ended)
    print(json.dumps(dict(Counter(one.outcome for one in ended).most_common()), indent=2))
    print(f"{len(ended)} files of {len({one.kind for one in ended})} kinds: {len(ended) - len(untyped)} typed or read")
    print(f"longest {times[-1]:.1f} s, p99 {times[int(0.99 * (len(times) - 1))]:.1f} s, {len(slow)} over 30 s")
    print(f"most memory of one process {watch.most / limit:.0%} of {limit / GB:.1f} GB; {watch.killed} killed")
    print(f"processes of the studio: {'the same' if survived else 'NOT the same'} as at the start")
    is_green = not untyped and not slow and survived and watch.most <= TOLERANCE * limit and not watch.killed
    print("green" if is_green else "RED")
    return 0 if is_green else 1


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000, help="0: one of each kind")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--memory-gb", type=float, default=2.0, help="address space of each child")
    parser.add_argument("--kinds", default="")
    parser.add_argument("--minutes", type=float, default=120.0, help="after these nothing more is sent")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--without-limits", action="store_true")
    parser.add_argument("--show", action="store_true", help="print every file")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}")
    with tempfile.TemporaryDirectory() as folder:
        return run(chosen, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
