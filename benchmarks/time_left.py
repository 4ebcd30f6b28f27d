"""Is the time left that a training tells right within a quarter, once a fifth of the run is over?

    python -m benchmarks.time_left [--budget 30] [--rows 150,1500,12000]

Printed for each table: how many of the events between a fifth and four fifths of the run were right (within 25 % and
one second), and the worst of them. Promised: nine in ten. On a machine with other work the pace changes under way.
"""

from __future__ import annotations

import argparse
import os
import time

from narrative.engine.training.train import train
from narrative.engine.training.types import Progress, TrainingOptions
from tests.fixtures.training_tables import binary_table


def look(n_rows: int, budget: float) -> tuple[int, int, float]:
    """Events that were right, all events, and the worst error as a share of the time that was left."""
    told: list[tuple[float, float]] = []
    started = time.monotonic()

    def listen(event: Progress) -> None:
        if event.seconds_left is not None and event.phase == "training":
            told.append((time.monotonic() - started, event.seconds_left))

    train(binary_table(n_rows), TrainingOptions(target="churn", budget_seconds=budget), on_progress=listen)
    whole = time.monotonic() - started
    later = [(whole - at, left) for at, left in told if 0.2 * whole <= at <= 0.8 * whole]
    right = sum(abs(left - real) <= 0.25 * real + 1.0 for real, left in later)
    return right, len(later), max((abs(left - real) / real for real, left in later), default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, default=30.0)
    parser.add_argument("--rows", default="150,1500,12000")
    arguments = parser.parse_args()
    good = True
    for n_rows in map(int, arguments.rows.split(",")):
        load = os.getloadavg()[0]
        right, count, worst = look(n_rows, arguments.budget)
        print(f"{n_rows:>7,} rows: {right} of {count} right, worst {worst:.0%} off, load before {load:.1f}", flush=True)
        good &= count > 0 and right >= 0.9 * count
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
