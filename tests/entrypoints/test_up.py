"""``narrative up`` as a person meets it: a ready line, a second start, a taken port, a clean end."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from narrative.core.clock import SystemClock
from tests.fixtures.processes import ROOT

CLOCK = SystemClock()
ON = "from narrative.entrypoints.up import run; import sys; sys.exit(run({host}, {port}, {folder!r}, False))"


class Running:
    """A started program and what it said."""

    def __init__(
        self, folder: Path, *, host: str | None = None, port: int | None = 0, environment: dict[str, str] | None = None
    ) -> None:
        code = ON.format(host=repr(host), port=port, folder=str(folder))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NARRATIVE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=kept | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_out, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_out(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)

    def _read_errors(self) -> None:
        self._errors += list(self.process.stderr or ())

    def line(self, seconds: float = 60.0) -> str:
        return self._lines.get(timeout=seconds)

    def ended(self, seconds: float = 60.0) -> tuple[int, str]:
        """Exit code and what it said on stderr."""
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        return code, "".join(self._errors)

    def kill(self) -> None:
        if self.process.poll() is None:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                child.kill()
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[type[Running]]:
    started: list[Running] = []

    class Started(Running):
        def __init__(self, *given: object, **more: object) -> None:
            started.append(self)
            super().__init__(*given, **more)  # type: ignore[arg-type]  # passed on

    yield Started
    for running in started:
        running.kill()


def link_in(line: str) -> str:
    found = re.fullmatch(r"Narrative is ready: (http://127\.0\.0\.1:\d+/sign-in\?token=\S+)\n", line)
    assert found, line
    return found[1]


@pytest.mark.slow
@pytest.mark.serial
def test_it_starts_signs_in_survives_kills_says_a_second_start_so_and_ends(
    tmp_path: Path, start: type[Running]
) -> None:
    began = CLOCK.monotonic()
    first = start(tmp_path / "data")
    link = link_in(first.line())
    assert CLOCK.monotonic() - began < 30
    address = link.partition("/sign-in")[0]
    with httpx.Client(base_url=address, timeout=20) as browser:
        assert browser.get(link).status_code == 303
        assert browser.get("/api/v1/auth/session").json()["role"] == "owner"

        second = start(tmp_path / "data")
        again = second.line()
        assert again.startswith(f"Narrative is already running: {address}/sign-in?token=")
        code, said = second.ended()
        assert (code, "already running on this data folder" in said) == (4, True)
        assert httpx.get(again.partition(": ")[2].strip()).status_code == 303

        children = psutil.Process(first.process.pid).children()
        assert len(children) == 2
        for child in children:
            child.kill()
        psutil.wait_procs(children, timeout=10)
        # The supervisor holds the listening socket: a call waits for the new process instead of being refused.
        fresh = httpx.get(f"{address}/api/v1/auth/session", cookies=browser.cookies, timeout=20)
        assert fresh.json()["role"] == "owner"
        assert {child.pid for child in children}.isdisjoint(
            {child.pid for child in psutil.Process(first.process.pid).children()}
        )
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    everybody = psutil.Process(first.process.pid).children(recursive=True)
    first.process.send_signal(signal.SIGTERM)
    began = CLOCK.monotonic()
    assert first.ended()[0] == 0
    assert CLOCK.monotonic() - began < 10
    assert not [process for process in everybody if process.is_running()]


@pytest.mark.slow
@pytest.mark.serial
def test_when_the_supervisor_is_killed_nothing_is_left_behind(tmp_path: Path, start: type[Running]) -> None:
    running = start(tmp_path / "data")
    link_in(running.line())
    children = psutil.Process(running.process.pid).children(recursive=True)
    running.process.kill()
    _, alive = psutil.wait_procs(children, timeout=12)
    assert alive == []
    again = start(tmp_path / "data")
    link_in(again.line())


@pytest.mark.slow
@pytest.mark.serial
def test_a_taken_port_is_said_with_a_free_one(tmp_path: Path, start: type[Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = start(tmp_path / "data", port=port).ended()
    assert code == 4
    assert f"Port {port} is taken" in said
    assert "--port" in said


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize(
    ("host", "environment", "words"),
    [
        ("0.0.0.0", {}, "no secret is set"),  # noqa: S104 - refused
        ("0.0.0.0", {"NARRATIVE_SECRET": "short"}, "too weak"),  # noqa: S104 - refused
        (None, {"NARRATIVE_SECRET": "change-me-change-me-change-me-change-me"}, "too weak"),
        (None, {"NARRATIVE_PROT": "8000"}, "Did you mean NARRATIVE_PORT"),
        (None, {"NARRATIVE_WORKERS": "0"}, "NARRATIVE_WORKERS"),
        (None, {"NARRATIVE_METADATA_URL": "mysql://x"}, "kind of storage"),
        (None, {"NARRATIVE_ALLOWED_HOSTS": "*"}, "must name each host"),
    ],
)
def test_an_unsafe_start_is_refused_in_plain_words(
    tmp_path: Path, start: type[Running], host: str | None, environment: dict[str, str], words: str
) -> None:
    code, said = start(tmp_path / "data", host=host, environment=environment).ended()
    assert code == 3, said
    assert words in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 2


@pytest.mark.slow
@pytest.mark.serial
def test_a_damaged_store_is_refused_with_advice(tmp_path: Path, start: type[Running]) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    damaged = tmp_path / "data" / "metadata.db"
    damaged.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8_192)
    damaged.chmod(0o600)
    code, said = start(tmp_path / "data").ended()
    assert code == 4, said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.serial
def test_an_exposed_start_with_a_strong_secret_names_its_host(tmp_path: Path, start: type[Running]) -> None:
    secret = "f8Zr2kQ9wLx7Vb3Nt6Hy1Md5Jc4Ps0Ge8Ua2"
    everywhere = "0.0.0.0"  # noqa: S104 - with a secret and a host name it is allowed
    names = {"NARRATIVE_SECRET": secret, "NARRATIVE_ALLOWED_HOSTS": "studio.example.org"}
    running = start(tmp_path / "data", host=everywhere, environment=names)
    line = running.line()
    assert line.startswith("Narrative is ready: http://studio.example.org:")
    port = re.search(r":(\d+)/", line)
    assert port
    refused = httpx.get(f"http://127.0.0.1:{port[1]}/health/live", headers={"Host": "evil.example"})
    assert refused.status_code == 400
    assert httpx.get(f"http://127.0.0.1:{port[1]}/health/live", headers={"Host": "studio.example.org"}).is_success
