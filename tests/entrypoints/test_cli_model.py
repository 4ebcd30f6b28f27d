"""``narrative model`` as a program of its own: wall time, streams, interrupts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.bad_files import write_bad_file
from tests.fixtures.outcomes import customers

PROGRAM = str(Path(sys.executable).with_name("narrative"))


@pytest.mark.slow
@pytest.mark.serial
def test_a_run_ends_within_its_budget_and_speaks_on_the_right_streams(tmp_path: Path) -> None:
    path = write_bad_file("good", tmp_path)
    started = time.perf_counter()
    done = subprocess.run(
        [PROGRAM, "model", path.name, "--target", "left", "--budget", "12"],
        capture_output=True,
        check=False,
        text=True,
        cwd=tmp_path,
    )
    seconds = time.perf_counter() - started
    assert done.returncode == 0
    assert seconds <= 12 * 1.05 + 2
    headline = done.stdout.splitlines()[0]
    assert any(letter.isdigit() for letter in headline)
    assert "narrative-out/model.narrative" in done.stdout
    assert "Reading the table" in done.stderr
    assert {item.name for item in (tmp_path / "narrative-out").iterdir()} == {
        "model.narrative",
        "report.html",
        "report.json",
    }


@pytest.mark.slow
@pytest.mark.serial
def test_ctrl_c_after_a_first_candidate_keeps_the_best_so_far(tmp_path: Path) -> None:
    customers(3_000).drop("price", "plan").write_csv(tmp_path / "customers.csv")
    process = subprocess.Popen(
        [PROGRAM, "model", "customers.csv", "--target", "churn", "--budget", "120"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("  ") and " in " in line:
            break
    started = time.perf_counter()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert time.perf_counter() - started < 15
    assert process.returncode == 0
    assert "stopped early" in out
    assert (tmp_path / "narrative-out" / "model.narrative").exists()


@pytest.mark.slow
@pytest.mark.serial
def test_ctrl_c_before_a_first_candidate_writes_nothing(tmp_path: Path) -> None:
    customers(3_000).drop("price", "plan").write_csv(tmp_path / "customers.csv")
    process = subprocess.Popen(
        [PROGRAM, "model", "customers.csv", "--target", "churn", "--budget", "120", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    while not (tmp_path / "narrative-out").exists():
        time.sleep(0.02)
    started = time.perf_counter()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert time.perf_counter() - started < 5
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "canceled"
    assert err == ""
    assert list((tmp_path / "narrative-out").iterdir()) == []
