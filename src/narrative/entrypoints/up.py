"""``narrative up``: API, page and workers on one machine, with nothing else installed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import Conflict, NarrativeError, Unavailable
from narrative.entrypoints.failures import DEPENDENCY, exit_code
from narrative.entrypoints.processes import configured, say
from narrative.entrypoints.supervisor import Member, Supervisor
from narrative.settings import Settings, check_start

READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 9.0
TURN_SECONDS: Final = 0.05
BACKLOG: Final = 512
PORTS_TRIED: Final = 50
_LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "::1"}  # noqa: S104 - asked, not bound
LOCK_NAME: Final = "narrative.lock"
_TEXT_BROWSERS: Final = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})


def run(
    host: str | None = None,
    port: int | None = None,
    data_dir: Path | str | None = None,
    open_browser: bool = True,
    *,
    clock: Clock | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT, then end within ten seconds. What is None comes from the settings.

    The ready line on stdout holds a one-time link that signs the owner in.

    Returns:
        0 after a clean end; 3 when the settings are unsafe or wrong; 4 when the port is taken, the data folder is in
        use, or a store does not open.
    """
    clock = clock or SystemClock()
    options = {"host": host, "port": port, "data_dir": None if data_dir is None else str(data_dir)}
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = configured(json.dumps(given))
        check_start(settings)
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(settings, given) as lock, _listening(settings) as listening:
            return _Run(settings, given, listening, clock, open_browser=open_browser).serve(lock)
    except _Running as running:
        return running.tell()
    except NarrativeError as error:
        say(error)
        return DEPENDENCY if isinstance(error, Conflict) else exit_code(error)


class _Running(Exception):
    """Another start on the same data folder."""

    def __init__(self, address: str, options: dict[str, Any]) -> None:
        super().__init__(address)
        self._address = address
        self._options = options

    def tell(self) -> int:
        """Say so, with a fresh link to what runs."""
        command = [sys.executable, "-m", "narrative.entrypoints.link", "--options", json.dumps(self._options)]
        link = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        sys.stderr.write("Narrative is already running on this data folder; nothing was started.\n")
        if self._address and link:
            sys.stdout.write(f"Narrative is already running: {self._address}{link}\n")
            sys.stdout.flush()
        return DEPENDENCY


class _Run:
    """One life of the studio."""

    def __init__(
        self,
        settings: Settings,
        options: dict[str, Any],
        listening: socket.socket,
        clock: Clock,
        *,
        open_browser: bool,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._listening = listening
        self._open_browser = open_browser
        self._stopping = False
        self._address = _address(settings, listening.getsockname()[1])
        self._news, announce = os.pipe()
        shared = ["--options", json.dumps(options | {"port": listening.getsockname()[1]})]
        api = Member(
            "api",
            ["narrative.entrypoints.api", *shared, "--fd", str(listening.fileno())],
            descriptors=(listening.fileno(),),
            once={"--announce-fd": announce},
        )
        workers = [
            Member(f"worker-{number}", ["narrative.entrypoints.worker", *shared])
            for number in range(1, settings.workers + 1)
        ]
        self._supervisor = Supervisor([api, *workers], clock)
        self._api = api

    def serve(self, lock: Path) -> int:
        """Start, say that it is ready, watch, stop."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        self._supervisor.start()
        code = 0
        try:
            code = self._until_ready(lock)
            while not self._stopping and code == 0:
                self._supervisor.turn()
                self._clock.sleep(TURN_SECONDS)
        finally:
            self._supervisor.stop(STOP_SECONDS)
            os.close(self._news)
        return code

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _until_ready(self, lock: Path) -> int:
        """Wait for the first answer. A process that refuses to start (it has said why) ends everything."""
        deadline = self._clock.monotonic() + READY_SECONDS
        link: str | None = None
        while not self._stopping:
            for member in self._supervisor.members:
                code = member.exit_code()
                if code is not None:
                    return code if code > 0 else 1
            link = link or self._read_link()
            if link is not None and self._answers():
                lock.write_text(json.dumps({"pid": os.getpid(), "address": self._address}), encoding="utf-8")
                self._say_ready(self._address + link)
                return 0
            if self._clock.monotonic() > deadline:
                raise Unavailable("not_ready", f"The server did not answer within {READY_SECONDS:.0f} seconds.")
            self._clock.sleep(TURN_SECONDS)
        return 0

    def _read_link(self) -> str | None:
        readable, _, _ = select.select([self._news], [], [], 0)
        if not readable:
            return None
        line = os.read(self._news, 4096).decode()
        return str(json.loads(line)["address"]) if line else None

    def _answers(self) -> bool:
        host = _LOOPBACK_OF.get(self._settings.host, self._settings.host)
        connection = http.client.HTTPConnection(host.strip("[]"), self._listening.getsockname()[1], timeout=2.0)
        try:
            connection.request("GET", "/health/ready", headers={"Host": "localhost"})
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _say_ready(self, link: str) -> None:
        sys.stdout.write(f"Narrative is ready: {link}\n")
        sys.stdout.flush()
        sys.stderr.write("The link signs you in once. Stop with Ctrl-C.\n")
        if self._open_browser:
            threading.Thread(target=_open, args=(link,), daemon=True).start()


@contextlib.contextmanager
def _locked(settings: Settings, options: dict[str, Any]) -> Iterator[Path]:
    """Hold the data folder: two supervisors on one would start everything twice."""
    path = settings.data_dir / LOCK_NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _Running(_address_in(path), options) from None
        path.write_text("", encoding="utf-8")
        yield path
    finally:
        os.close(descriptor)


def _address_in(lock: Path) -> str:
    """Where the present holder serves, once it is ready."""
    try:
        return str(json.loads(lock.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The listening socket. The supervisor holds it, so connections wait, and are not refused, while the API restarts.

    Raises:
        Conflict: ``port_taken``, naming a free one.
        Unavailable: ``address_unusable``.
    """
    try:
        opened = _open_socket(settings.host, settings.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _port_taken(settings) from None
        raise Unavailable(
            "address_unusable", f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}."
        ) from None
    with opened:
        yield opened


def _open_socket(host: str, port: int) -> socket.socket:
    plain = host.strip("[]")
    family = socket.AF_INET6 if ":" in plain else socket.AF_INET
    return socket.create_server((plain, port), family=family, backlog=BACKLOG)


def _port_taken(settings: Settings) -> Conflict:
    for port in range(settings.port + 1, min(settings.port + PORTS_TRIED, 65_536)):
        try:
            _open_socket(settings.host, port).close()
        except OSError:
            continue
        return Conflict(
            "port_taken",
            f"Port {settings.port} is taken by another program.",
            fix=f"Port {port} is free: narrative up --port {port}",
            free_port=port,
        )
    return Conflict("port_taken", f"Port {settings.port} is taken.", fix="Take any free one: narrative up --port 0")


def _address(settings: Settings, port: int) -> str:
    """The address people open: the public one, the first allowed name when others may reach us, or our own."""
    if settings.public_url:
        return settings.public_url
    host = settings.allowed_hosts[0] if settings.is_exposed and settings.allowed_hosts else settings.host
    return f"http://{f'[{host}]' if ':' in host.strip('[]') else host}:{port}"


def _open(link: str) -> None:
    """Show the page; on a machine without a graphical browser the ready line has to do."""
    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if getattr(browser, "name", "") not in _TEXT_BROWSERS:
            browser.open(link)
