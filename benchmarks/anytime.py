"""How good is the best model so far, second after second? And does a shorter search end where a longer one does?

    python -m benchmarks.anytime WORK [--only wage,titanic] [--budgets 60] [--made ROWS] [--out benchmarks/anytime.csv]

WORK holds tables as ``python -m benchmarks.rivals tables`` writes them. For every table and budget the whole pipeline
runs once; each improvement of the cross-validated score becomes a line of the file, with the score on rows set aside at
the end. ``--made ROWS`` takes a made table of so many rows × 20 columns instead, to compare budgets on it: the shorter
search is good when its score is not worse than that of the longer one by more than the interval of this.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from narrative.engine.pipeline import run_pipeline
from narrative.engine.training.types import TrainingOptions

FIELDS = ("table", "budget", "seconds", "score", "metric", "kind")
CLASSES = 4


def made(n_rows: int, seed: int = 50) -> pl.DataFrame:
    """Sixteen numbers, four categories and a class with interactions and noise."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(n_rows, 16)).round(4)
    codes = random.integers(0, [3, 7, 20, 60], size=(n_rows, CLASSES))
    effects = [random.normal(size=count) for count in (3, 7, 20, 60)]
    signal = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + np.abs(numbers[:, 3]) - 0.5 * numbers[:, 4] ** 2
    signal += sum(own[codes[:, index]] for index, own in enumerate(effects)) * 0.5
    columns: dict[str, object] = {f"number_{index}": numbers[:, index] for index in range(16)}
    columns |= {f"category_{index}": [f"c{code}" for code in codes[:, index]] for index in range(CLASSES)}
    return pl.DataFrame(columns).with_columns(pl.Series("target", signal + random.logistic(size=n_rows) > 0.5))


def sources(arguments: argparse.Namespace) -> Iterator[tuple[str, Path | pl.DataFrame, str]]:
    """Name, table and target."""
    if arguments.made:
        yield f"made {arguments.made:,} x 20", made(arguments.made), "target"
        return
    for name in arguments.only.split(","):
        facts = json.loads((arguments.work / name / "truth.json").read_text())
        yield name, arguments.work / name / "train.csv", facts["target"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--only", default="titanic,german,wage,telco_churn,storms")
    parser.add_argument("--budgets", default="60")
    parser.add_argument("--made", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/anytime.csv"))
    arguments = parser.parse_args()
    is_new = not arguments.out.exists()
    with arguments.out.open("a", newline="", encoding="utf-8") as file, tempfile.TemporaryDirectory() as folder:
        lines = csv.writer(file)
        if is_new:
            lines.writerow(FIELDS)
        for name, table, target in sources(arguments):
            for budget in map(float, arguments.budgets.split(",")):
                load = os.getloadavg()[0]
                options = TrainingOptions(target=target, budget_seconds=budget)
                outcome = run_pipeline(table, options, Path(folder, "out"))
                result, evaluation = outcome.result, outcome.result.evaluation
                facts = [evaluation.metric]
                for point in result.curve:
                    lines.writerow([name, budget, round(point.seconds, 2), f"{point.score:.6g}", *facts, "validated"])
                ended = round(outcome.seconds, 2)
                lines.writerow([name, budget, ended, f"{evaluation.score:.6g}", *facts, "set aside"])
                file.flush()
                low, high = evaluation.interval
                score = f"{evaluation.metric} {evaluation.score:.5g} ({low:.5g} to {high:.5g})"
                print(f"{name:<18}{budget:6g} s: {ended:7.1f} s, {score}, {len(result.curve)} steps, load {load:.1f}")


if __name__ == "__main__":
    main()
