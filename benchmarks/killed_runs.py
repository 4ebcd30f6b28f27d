"""Kill a training run at random moments, start it again on the same folder, and see whether it goes on and ends.

    python benchmarks/killed_runs.py TABLE TARGET [--moments 20] [--budget 20] [--seed 42]

Printed for every moment: when it was killed, the fits on disk then, how many of these were kept, the seconds of the
second attempt, and whether a model came of it.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORK = """
import sys
from pathlib import Path
import polars as pl
from narrative.engine.training.train import train
from narrative.engine.training.types import TrainingOptions
table, target, budget, folder = sys.argv[1:]
frame = pl.read_csv(table, infer_schema_length=None)
options = TrainingOptions(target=target, budget_seconds=float(budget))
result = train(frame, options, folder=Path(folder), time_limit_seconds=float(budget))
print(result.evaluation.score)
"""


def fits(folder: Path) -> dict[str, int]:
    """Finished fits of folds and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("fit-*-fold_*.json")}


def attempt(given: argparse.Namespace, folder: Path, kill_after: float | None) -> tuple[str, float]:
    """Start a run; kill it after some seconds, or let it end and give what it printed."""
    command = [sys.executable, "-c", WORK, str(given.table), given.target, str(given.budget), str(folder)]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        answer, _ = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        answer, _ = process.communicate()
        time.sleep(0.5)  # the child of the run notices that its parent is gone
    return answer.strip(), time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("target")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--budget", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=42)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    print("| killed after s | fits then | kept | second attempt s | score |\n|--:|--:|--:|--:|--:|")
    ended = 0
    for _ in range(given.moments):
        moment = draw.uniform(0.5, given.budget)
        with tempfile.TemporaryDirectory() as folder:
            attempt(given, Path(folder), moment)
            before = fits(Path(folder))
            score, seconds = attempt(given, Path(folder), None)
            after = fits(Path(folder))
            kept = sum(after.get(name) == written for name, written in before.items())
        ended += bool(score)
        print(f"| {moment:.1f} | {len(before)} | {kept} | {seconds:.1f} | {score or 'NONE'} |", flush=True)
    print(f"\n{ended} of {given.moments} ended with a model.")


if __name__ == "__main__":
    main()
