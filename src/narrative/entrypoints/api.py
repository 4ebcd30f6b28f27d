"""The API process: answers HTTP on a socket that the supervisor opened, or on one of its own."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING, Final

from narrative.bootstrap import Parts, build, build_api
from narrative.core.errors import NarrativeError
from narrative.entrypoints.failures import exit_code
from narrative.entrypoints.processes import configured, end_with_supervisor, say
from narrative.settings import check_start
from narrative.studio.accounts.service import AccountService
from narrative.studio.operations.events import EventService

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

GRACE_SECONDS: Final = 3
KEEP_ALIVE_SECONDS: Final = 30
HEADER_BYTES: Final = 32 * 1024


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="narrative.entrypoints.api")
    parser.add_argument("--options", default="{}", help="settings that override the environment, as JSON")
    parser.add_argument("--fd", type=int, help="a listening socket inherited from the supervisor")
    parser.add_argument("--announce-fd", type=int, help="where to write a one-time sign-in link once ready")
    given = parser.parse_args(arguments)
    try:
        settings = configured(given.options)
        check_start(settings)
        parts = build(settings)
        app = build_api(parts)
    except NarrativeError as error:
        say(error)
        return exit_code(error)
    own = given.fd is None
    listening = socket.create_server((settings.host, settings.port)) if own else socket.socket(fileno=given.fd)
    listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
    if given.announce_fd is not None:
        _announce(parts, given.announce_fd)
    _server(app, parts).run(sockets=[listening])
    return 0


def _server(app: FastAPI, parts: Parts) -> uvicorn.Server:
    import uvicorn

    events = parts.services.of(EventService)

    class Server(uvicorn.Server):
        """Ends live streams first, so that stopping does not wait for browsers."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            events.close()
            super().handle_exit(sig, frame)

    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            h11_max_incomplete_event_size=HEADER_BYTES,
        )
    )


def _announce(parts: Parts, descriptor: int) -> None:
    """Tell the supervisor a fresh link, over a pipe that nobody else can read."""
    link = parts.services.of(AccountService).owner_link()
    with os.fdopen(descriptor, "w", encoding="utf-8") as pipe:
        pipe.write(json.dumps({"address": link.address}) + "\n")


if __name__ == "__main__":
    end_with_supervisor()
    sys.exit(main())
