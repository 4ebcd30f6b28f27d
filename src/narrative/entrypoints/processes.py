"""What the processes of ``narrative up`` share: settings handed down, logs, and how they end."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

from narrative.core.errors import NarrativeError
from narrative.settings import Settings, load_settings
from narrative.telemetry.logs import configure_logging


def configured(options: str = "{}") -> Settings:
    """Settings of this process: what the supervisor was told (JSON), then the environment; logs go to stderr."""
    settings = load_settings(**json.loads(options))
    configure_logging(settings.log_level, None if settings.log_form == "auto" else settings.log_form)
    return settings


def say(error: NarrativeError) -> None:
    """A refusal on stderr, in one or two plain lines."""
    sys.stderr.write(f"{error.message}\n")
    if error.fix:
        sys.stderr.write(f"{error.fix}\n")
    sys.stderr.flush()


def end_with_supervisor() -> None:
    """End when the supervisor is gone, even by kill -9: standard input is a pipe that it holds open."""

    def watch() -> None:
        try:
            os.read(0, 1)
        except OSError:
            return
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()
