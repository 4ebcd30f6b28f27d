"""The worker process: does the jobs that wait, until told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from narrative.bootstrap import build, build_worker
from narrative.core.errors import NarrativeError
from narrative.entrypoints.failures import exit_code
from narrative.entrypoints.processes import configured, end_with_supervisor, say
from narrative.settings import check_start


def main(arguments: list[str] | None = None) -> int:
    """Work until SIGTERM or SIGINT. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="narrative.entrypoints.worker")
    parser.add_argument("--options", default="{}", help="settings that override the environment, as JSON")
    given = parser.parse_args(arguments)
    try:
        settings = configured(given.options)
        check_start(settings)
        parts = build(settings)
    except NarrativeError as error:
        say(error)
        return exit_code(error)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    build_worker(parts).run(stop)
    parts.close()
    return 0


if __name__ == "__main__":
    end_with_supervisor()
    sys.exit(main())
