"""Does the whole command end in time, and within the memory it was given? Watched from outside.

    python -m benchmarks.budgets WORK [--budgets 5,20,60] [--only iris,wage] [--memory-gb 4]

WORK holds tables as ``python -m benchmarks.rivals tables`` writes them; two made ones are added: 300,000 rows ×
20 columns and 2,000 rows × 750. Promised: every command ends within budget × 1.05 + 2 s, start of the program included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import psutil

INTERVAL = 0.05


def made(folder: Path) -> list[tuple[str, Path, str]]:
    """Name, file and target of the two made tables."""
    found = []
    for name, n_rows, n_columns in (("300K x 20", 300_000, 20), ("2000 x 750", 2_000, 750)):
        random = np.random.default_rng(n_rows)
        numbers = random.normal(size=(n_rows, n_columns - 4)).round(3)
        columns: dict[str, object] = {f"number_{index}": numbers[:, index] for index in range(n_columns - 4)}
        columns |= {f"category_{index}": random.integers(0, 5**index + 2, n_rows).astype(str) for index in range(1, 5)}
        signal = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + random.normal(size=n_rows)
        path = folder / f"{n_columns}.csv"
        pl.DataFrame(columns).with_columns(
            pl.Series("target", signal > 0.5) if n_rows > 2_000 else pl.Series("target", signal)
        ).write_csv(path)
        found.append((name, path, "target"))
    return found


def measure(path: Path, target: str, budget: float, out: Path) -> tuple[float, float, int, str]:
    """Wall seconds, peak of all processes in MB, exit code, and what was made."""
    command = [sys.executable, "-m", "narrative.entrypoints.cli", "model", str(path), "--target", target]
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, "--budget", f"{budget:g}", "--out", str(out), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            members = [watched, *watched.children(recursive=True)]
            peak = max(peak, sum(each.memory_info().rss for each in members))
        except psutil.Error:
            pass  # it ended in between
        time.sleep(INTERVAL)
    wall = time.monotonic() - started
    said, complaint = process.communicate()
    if process.returncode:
        return wall, peak / 1e6, process.returncode, (said + complaint).decode()[:200]
    answer = json.loads(said)
    return wall, peak / 1e6, 0, f"{answer['best_candidate']} {answer['score']:.4g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--budgets", default="5,20,60")
    parser.add_argument("--only", default="")
    parser.add_argument("--memory-gb", type=float, default=4.0)
    arguments = parser.parse_args()
    late = heavy = count = 0
    with tempfile.TemporaryDirectory() as folder:
        tables = made(Path(folder))
        for name in json.loads((arguments.work / "order.json").read_text()):
            facts = json.loads((arguments.work / name / "truth.json").read_text())
            tables.append((name, arguments.work / name / "train.csv", facts["target"]))
        for name, path, target in [
            each for each in tables if not arguments.only or each[0] in arguments.only.split(",")
        ]:
            for budget in map(float, arguments.budgets.split(",")):
                load = os.getloadavg()[0]
                wall, peak, code, what = measure(path, target, budget, Path(folder, "made"))
                in_time, fits = wall <= 1.05 * budget + 2.0, peak <= 1_000 * arguments.memory_gb
                late, heavy, count = late + (not in_time), heavy + (not fits), count + 1
                marks = f"{'in time' if in_time else 'LATE'}, {'fits' if fits else 'TOO MUCH MEMORY'}"
                figures = f"{name:<16}{budget:6g} s  {wall:7.2f} s  {peak:7,.0f} MB"
                print(f"{figures}  {marks}  exit {code}  load {load:.1f}  {what}", flush=True)
    print(f"{count - late} of {count} in time, {count - heavy} of {count} within {arguments.memory_gb:g} GB")
    raise SystemExit(1 if late or heavy else 0)


if __name__ == "__main__":
    main()
