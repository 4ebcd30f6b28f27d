"""A child process that stays: it has loaded what it needs and keeps tables, so that small questions are answered fast.

Like :mod:`narrative.engine.children` it has limits, a bare environment and calls only our own functions; unlike there
one child answers many calls, one after the other. Requests and answers are lines of JSON; a call that takes too long,
or dies of a limit, costs its child and nothing else.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from typing import Any, Final

from narrative.core.errors import InternalError, InvalidInput, LimitExceeded, NarrativeError, error_from_dict
from narrative.engine import children
from narrative.engine.children import ChildLimits, bare_environment, kill_group

START_SECONDS: Final = 30.0
_READY: Final = "ready"


class WarmChild:
    """One child; give it one call at a time.

    Args:
        limits: bounds of its memory, threads and open files; seconds are bounded per call.
        preload: a module of ours that it imports before the first call.
    """

    def __init__(self, limits: ChildLimits, preload: str) -> None:
        self._limits = limits
        self._folder = tempfile.TemporaryDirectory(prefix="narrative-warm-")
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "narrative.engine.warm", json.dumps(vars(limits)), preload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=bare_environment(limits, self._folder.name),
            start_new_session=True,
        )
        threading.Thread(target=self._read, name="warm-child", daemon=True).start()
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        """Whether it can be called."""
        return self._process.poll() is None

    def call(self, function: str, payload: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        """The JSON-safe result of ``module:function(payload)``.

        Raises:
            NarrativeError: whatever the function raised of our family; ``LimitExceeded('preview_too_large')`` when
                time or memory ended it, ``InternalError('child_failed')`` for any other death. The child is gone then.
        """
        if not function.startswith(children.TRUSTED_PACKAGES):
            raise ValueError(f"{function} is outside the trusted packages")
        if not self._is_ready:
            self._next(START_SECONDS)
            self._is_ready = True
        request = json.dumps({"function": function, "payload": payload}) + "\n"
        stream = self._process.stdin
        try:
            if stream is None:
                raise BrokenPipeError
            stream.write(request.encode())
            stream.flush()
        except OSError as error:
            self.close()
            raise self._death() from error
        answer = json.loads(self._next(seconds))
        if "error" in answer:
            raise error_from_dict(answer["error"])
        return dict(answer["value"])

    def close(self) -> None:
        """End it."""
        kill_group(self._process)
        self._folder.cleanup()

    def _next(self, seconds: float) -> bytes:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty as error:
            self.close()
            raise LimitExceeded(
                "preview_too_large",
                f"It took longer than {seconds:.0f} seconds and was stopped.",
                fix="Use fewer steps or a smaller table, or run it as a job.",
                limit=seconds,
                unit="seconds",
            ) from error
        if line is None:
            self.close()
            raise self._death()
        return line

    def _death(self) -> NarrativeError:
        code = self._process.returncode
        if code in (70, -signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGBUS):
            return LimitExceeded(
                "preview_too_large",
                f"It needs more than {self._limits.memory_bytes / 1024**3:.1f} GB of memory.",
                fix="Use fewer steps or a smaller table, or run it as a job.",
                limit=self._limits.memory_bytes,
                unit="bytes",
            )
        return InternalError("child_failed", "A worker process ended without a result.", exit_code=code)

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._process.wait()
        self._lines.put(None)


def main(limits: dict[str, Any], preload: str) -> int:
    """Entry of the child process: answer lines until the parent is gone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"], limits["open_files"]))
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    importlib.import_module(preload)
    requests: queue.Queue[bytes] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            requests.put(line)
        os.killpg(os.getpgrp(), signal.SIGKILL)  # the parent is gone, perhaps by kill -9

    threading.Thread(target=listen, daemon=True).start()
    channel.write(_READY + "\n")
    while True:
        request = json.loads(requests.get())
        try:
            answer = _answer(request["function"], request["payload"])
        except MemoryError:
            return 70
        channel.write(json.dumps(answer, allow_nan=False) + "\n")


def _answer(function: str, payload: dict[str, Any]) -> dict[str, Any]:
    module, _, name = function.partition(":")
    try:
        return {"value": getattr(importlib.import_module(module), name)(payload)}
    except NarrativeError as error:
        return {"error": error.to_dict()}
    except MemoryError:
        raise
    except RecursionError:
        return {"error": InvalidInput("too_deeply_nested", "The content is nested too deeply.").to_dict()}
    except Exception as error:  # noqa: BLE001  # a fault of ours ends this call, not those after it
        tail = "".join(traceback.format_exception(error))[-4_000:]
        fault = InternalError("child_failed", "A worker process ended without a result.", tail=tail)
        return {"error": fault.to_dict()}


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2]))
