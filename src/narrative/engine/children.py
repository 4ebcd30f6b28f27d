"""Child processes with limits for everything that can explode: parsing, training, explaining.

The parent starts ``python -m narrative.engine.children SPEC`` in its own process group with a bare environment; the
child sets its limits, imports the named function, calls it and leaves one JSON result file.  A death by signal or a
limit becomes a typed error in the parent, which never dies with it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Canceled, InternalError, InvalidInput, LimitExceeded, NarrativeError, error_from_dict

Progress = Callable[[dict[str, Any]], None]
TAIL_CHARACTERS = 4_000
TRUSTED_PACKAGES = ("narrative.",)
"""Functions outside these packages are never called."""


@dataclass(frozen=True)
class ChildLimits:
    """Address space, processor time and wall time of one child. ``threads`` bounds native thread pools."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    threads: int = 2
    open_files: int = 256


def run_child(
    function: str,
    payload: dict[str, Any],
    *,
    limits: ChildLimits,
    on_progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
    clock: Clock | None = None,
    limit_code: str = "upload_too_complex",
    folder: Path | None = None,
) -> dict[str, Any]:
    """Call ``module:function(payload, report)`` in a child process and return its JSON-safe result.

    Args:
        function: dotted ``module:name`` inside ``narrative.`` (anything else is refused).
        payload: JSON-safe argument; large data travel as files it names.
        on_progress: receives every dict the child passed to ``report``, in this thread.
        should_stop: asked several times a second; True kills the child and raises ``Canceled``.
        limit_code: code of the ``LimitExceeded`` raised when a limit ended the child.
        folder: where the child's temporary folder is made; None: where the system keeps such. It is gone afterwards,
            unless this process is killed: name a folder that is swept.

    Raises:
        NarrativeError: whatever the function raised of our family, rebuilt; ``LimitExceeded`` when a limit ended it;
            ``Canceled``; ``InternalError('child_failed')`` for any other death, with the child's last words in context.
    """
    if not function.startswith(TRUSTED_PACKAGES):
        raise ValueError(f"{function} is outside the trusted packages")
    clock = clock or SystemClock()
    with tempfile.TemporaryDirectory(prefix="narrative-child-", dir=folder) as own:
        spec, result, errors = Path(own, "spec.json"), Path(own, "result.json"), Path(own, "errors.txt")
        spec.write_text(
            json.dumps({"function": function, "payload": payload, "result": str(result), "limits": vars(limits)}),
            encoding="utf-8",
        )
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "narrative.engine.children", str(spec)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=bare_environment(limits, own),
                start_new_session=True,
            )
        outcome = _follow(process, limits, on_progress, should_stop, clock)
        tail = errors.read_bytes()[-TAIL_CHARACTERS:].decode("utf-8", "replace")
        if outcome == "stopped":
            raise Canceled("canceled", "The work was stopped.")
        if result.exists():
            answer = json.loads(result.read_text(encoding="utf-8"))
            if "error" in answer:
                raise error_from_dict(answer["error"])
            return dict(answer["value"])
        raise _death(process.returncode, outcome, limits, tail, limit_code)


def _follow(
    process: subprocess.Popen[bytes],
    limits: ChildLimits,
    on_progress: Progress | None,
    should_stop: Callable[[], bool] | None,
    clock: Clock,
) -> str:
    """Relay progress until the child ends; kill its whole group on stop, timeout or any exception here."""
    lines: list[bytes] = []
    news = threading.Event()
    assert process.stdout is not None

    def read() -> None:
        for line in process.stdout or ():
            lines.append(line)
            news.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    started = clock.monotonic()
    outcome = "ended"
    try:
        while True:
            ended = process.poll() is not None
            if ended:
                reader.join(timeout=1.0)
            while lines:
                line = lines.pop(0)
                if on_progress is not None:
                    with contextlib.suppress(json.JSONDecodeError):
                        on_progress(json.loads(line))
            if ended:
                break
            if should_stop is not None and should_stop():
                outcome = "stopped"
                break
            if clock.monotonic() - started > limits.wall_seconds:
                outcome = "timeout"
                break
            news.wait(0.05)
            news.clear()
    finally:
        kill_group(process)
    return outcome


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _death(code: int, outcome: str, limits: ChildLimits, tail: str, limit_code: str) -> NarrativeError:
    if outcome == "timeout" or code == -signal.SIGXCPU:
        seconds = limits.wall_seconds if outcome == "timeout" else float(limits.cpu_seconds)
        return LimitExceeded(
            limit_code,
            f"It took longer than {seconds:.0f} seconds and was stopped.",
            fix="Try a smaller file, or fewer columns.",
            limit=seconds,
            unit="seconds",
        )
    memory = "MemoryError" in tail or "memory allocation" in tail or "bad_alloc" in tail or "Cannot allocate" in tail
    if memory or code in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGBUS):
        return LimitExceeded(
            limit_code,
            f"It needs more than {limits.memory_bytes / 1024**3:.1f} GB of memory, or is built to exhaust it.",
            fix="Try a smaller file, or save it again from the program that made it.",
            limit=limits.memory_bytes,
            unit="bytes",
            signal=-code if code < 0 else None,
        )
    return InternalError("child_failed", "A worker process ended without a result.", exit_code=code, tail=tail)


def bare_environment(limits: ChildLimits, folder: str) -> dict[str, str]:
    """No secrets: only what the interpreter and native thread pools need."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME", "VIRTUAL_ENV") if name in os.environ}
    threads = str(limits.threads)
    return kept | {
        "TMPDIR": folder,
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": threads,
        # Waiting threads sleep: spinning ones made a fit 25 times slower on a machine with other work.
        "OMP_WAIT_POLICY": "PASSIVE",
        "OPENBLAS_NUM_THREADS": threads,
        "POLARS_MAX_THREADS": threads,
        "LOKY_MAX_CPU_COUNT": threads,
    }


def main(spec_path: str) -> int:
    """Entry of the child process."""
    spec = json.loads(Path(spec_path).read_text(encoding="utf-8"))
    limits = spec["limits"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"], limits["open_files"]))
    _die_with_parent()
    # Progress owns the real stdout; anything a library prints goes to stderr.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def report(progress: dict[str, Any]) -> None:
        channel.write(json.dumps(progress) + "\n")
        channel.flush()

    answer: dict[str, Any]
    try:
        module, _, name = str(spec["function"]).partition(":")
        answer = {"value": getattr(importlib.import_module(module), name)(spec["payload"], report)}
    except NarrativeError as error:
        answer = {"error": error.to_dict()}
    except MemoryError:
        traceback.print_exc()
        return 70
    except RecursionError:
        traceback.print_exc()
        answer = {"error": InvalidInput("too_deeply_nested", "The content is nested too deeply.").to_dict()}
    temporary = Path(spec["result"] + ".tmp")
    temporary.write_text(json.dumps(answer), encoding="utf-8")
    temporary.replace(spec["result"])
    return 0


def _die_with_parent() -> None:
    """End when the parent ends, even by kill -9: stdin is a pipe that the parent holds open."""

    def watch() -> None:
        with contextlib.suppress(OSError, ValueError):
            os.read(0, 1)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
