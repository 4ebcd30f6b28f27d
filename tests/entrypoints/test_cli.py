"""The rules of every command: streams, exit codes, one JSON object, plain messages."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from narrative.core.errors import (
    Canceled,
    Conflict,
    InternalError,
    InvalidInput,
    LimitExceeded,
    NotFound,
    Unavailable,
)
from narrative.core.version import program_version
from narrative.entrypoints import failures
from tests.entrypoints.conftest import Said

Run = Callable[..., Said]


def test_version_is_one_line_or_one_object(run: Run) -> None:
    assert run("version") == Said(0, f"narrative {program_version()}\n", "")
    said = run("version", "--json")
    assert said.json()["version"] == program_version()
    assert said.err == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ""),
        (["modle"], "modle"),
        (["model"], "FILE"),
        (["model", "x.csv"], "--target"),
        (["model", "x.csv", "--target"], "--target"),
        (["model", "x.csv", "--target", "y", "--budget", "soon"], "--budget"),
        (["model", "x.csv", "--target", "y", "--budget", "0"], "--budget"),
        (["model", "x.csv", "--target", "y", "--budget", "nan"], "--budget"),
        (["model", "x.csv", "--target", "y", "--budget", "inf"], "--budget"),
        (["model", "x.csv", "--target", "y", "--problem", "ranking"], "ranking"),
        (["model", "x.csv", "--target", "y", "--seed", "-1"], "--seed"),
        (["predict", "model.narrative"], "FILE"),
        (["profile", "x.csv", "--colour"], "--colour"),
        (["version", "extra"], "extra"),
        (["up", "--port", "99999"], "--port"),
    ],
)
def test_a_wrong_use_exits_with_two_and_says_what_was_wrong(run: Run, arguments: list[str], words: str) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert words in said.out + said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["model", "--json"],
        ["profile", "--json", "--colour"],
        ["modle", "--json"],
        ["model", "x", "--target", "y", "--budget", "0", "--json"],
    ],
)
def test_a_wrong_use_is_one_json_object_too(run: Run, arguments: list[str]) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert said.error()["code"] == "usage"
    assert said.error()["fix"]
    assert said.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["model", "nowhere.csv", "--target", "y"],
        ["profile", "nowhere.csv"],
        ["verify", "nowhere.narrative"],
        ["predict", "nowhere.narrative", "x.csv"],
    ],
)
def test_a_missing_file_exits_with_three_and_is_named(run: Run, arguments: list[str]) -> None:
    said = run(*arguments, "--json")
    assert said.code == 3
    assert said.error()["code"] == "file_not_found"
    assert "nowhere" in said.error()["message"]
    assert said.error()["fix"]
    human = run(*arguments)
    assert human.code == 3
    assert human.out == ""
    assert "nowhere" in human.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("a", "b"), 3),
        (NotFound("a", "b"), 3),
        (Conflict("a", "b"), 3),
        (LimitExceeded("a", "b"), 3),
        (Unavailable("port_taken", "b"), 4),
        (InternalError("a", "b"), 1),
        (Canceled("a", "b"), 130),
    ],
)
def test_each_family_has_its_exit_code(error: Exception, code: int) -> None:
    assert failures.exit_code(error) == code  # type: ignore[arg-type]  # all are of our family


def test_a_bug_is_told_without_internals_and_its_trace_kept_in_a_file(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("secret inner words")

    monkeypatch.setattr("narrative.entrypoints.commands.version.run_version", broken)
    said = run("version", "--json")
    assert said.code == 1
    assert said.error()["code"] == "internal"
    assert "secret" not in said.out + said.err
    kept = Path(str(said.error()["fix"]).rsplit(" ", 1)[1].rstrip("."))
    assert "secret inner words" in kept.read_text()
    kept.unlink()


def test_an_interrupt_without_a_result_exits_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("narrative.entrypoints.commands.version.run_version", stopped)
    said = run("version", "--json")
    assert said.code == 130
    assert said.error()["code"] == "canceled"


def test_an_out_folder_that_is_a_file_is_refused_before_any_work(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (tmp_path / "taken").write_text("")
    said = run("model", "x.csv", "--target", "b", "--out", "taken", "--json")
    assert said.code == 3
    assert said.error()["code"] == "out_not_writable"
    folder = run("profile", "x.csv", "--out", str(tmp_path), "--json")
    assert folder.error()["code"] == "out_not_writable"


def test_the_program_starts_fast() -> None:
    program = Path(sys.executable).with_name("narrative")
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([program, "version"], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    # 0.3 s is the promise on a quiet machine; the best of five keeps a busy one from failing the test.
    assert min(times) < 0.6


def test_starting_loads_no_heavy_library() -> None:
    script = (
        "import sys; from narrative.entrypoints.cli import main; main(['version']);"
        "print([name for name in ('polars', 'numpy', 'sklearn', 'jinja2', 'fastapi') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_output_survives_a_terminal_that_cannot_show_every_letter(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("narrative")
    environment = {"PYTHONIOENCODING": "latin-1", "PATH": "/usr/bin:/bin"}
    answer = subprocess.run(
        [program, "profile", "größe–名.csv", "--json"], capture_output=True, check=False, env=environment, cwd=tmp_path
    )
    assert answer.returncode == 3
    assert b"file_not_found" in answer.stdout
