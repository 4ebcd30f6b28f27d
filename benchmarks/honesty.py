"""Is the reported score the score on fresh rows? Trains on simulated tables and draws as many new rows as needed.

    python -m benchmarks.honesty [--tables 40] [--budget 10] [--peeking]

For every table: the reported score and its 95 % interval, the score of the delivered model on 40,000 fresh rows, the
share of fresh sets as large as the test part whose score lies in the interval, and for numbers the share of fresh rows
inside their own 90 % interval, over all rows and in the quarter with the largest predictions. Promised: the mean gap is
within one standard error, 93 to 97 % and 88 to 92 %. ``--peeking`` reports the score on rows the model has learned from
instead and must go red.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from benchmarks.honest_tables import Process, processes

from narrative.engine.scores import primary_score
from narrative.engine.training.train import train
from narrative.engine.training.types import TrainingOptions, TrainingResult
from narrative.engine.types import FloatArray

FRESH_ROWS = 40_000
SETS = 400
"""Fresh sets drawn (with replacement) from the fresh rows for the coverage of the interval."""


def coded(result: TrainingResult, target: list[Any]) -> FloatArray:
    """Values, or positions among the classes."""
    if result.problem == "regression":
        return np.array(target, dtype=np.float64)
    place = {str(label): index for index, label in enumerate(result.model.classes)}
    return np.array([place[str(label)] for label in target], dtype=np.float64)


def look(process: Process, budget: float, *, peeking: bool) -> dict[str, Any]:
    """What was promised and what came."""
    started = time.monotonic()
    learned = process.draw(process.n_rows, seed=0)
    result = train(learned, TrainingOptions(target="target", budget_seconds=budget))
    wall = time.monotonic() - started
    frame = process.draw(FRESH_ROWS, seed=1)
    truth = coded(result, frame["target"].to_list())
    predictions = result.model.predictions(result.model.margins(frame.drop("target")))
    score, evaluation = primary_score(result.problem), result.evaluation
    reported, (low, high) = evaluation.score, evaluation.interval
    if peeking:
        own = coded(result, learned["target"].to_list())
        reported = score.compute(own, result.model.predictions(result.model.margins(learned.drop("target"))))
        low, high = low + reported - evaluation.score, high + reported - evaluation.score
    fresh = score.compute(truth, predictions)
    random, size = np.random.default_rng(process.seed), evaluation.n_test_rows
    drawn = [random.integers(0, FRESH_ROWS, size) for _ in range(SETS)]
    sign = 1.0 if score.higher_is_better else -1.0
    row = {
        "name": process.name,
        "reported": reported,
        "fresh": fresh,
        "gap": sign * (reported - fresh) / max((high - low) / 3.92, 1e-12),
        "inside": float(np.mean([low <= score.compute(truth[rows], predictions[rows]) <= high for rows in drawn])),
        "wall": wall,
        "model": result.best_candidate,
    }
    if result.model.intervals is not None:
        lower, upper = result.model.intervals.bounds(predictions)
        held = (lower <= truth) & (truth <= upper)
        row |= {
            "covered": float(held.mean()),
            "large": float(held[predictions >= np.quantile(predictions, 0.75)].mean()),
        }
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=40)
    parser.add_argument("--budget", type=float, default=10.0)
    parser.add_argument("--peeking", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for process in processes(arguments.tables):
        row = look(process, arguments.budget, peeking=arguments.peeking)
        rows.append(row)
        own = f"  90 %: {row['covered']:.1%} ({row['large']:.1%} of the largest)" if "covered" in row else ""
        print(
            f"{row['name']:<32}{row['reported']:9.4f}{row['fresh']:9.4f}  gap {row['gap']:+.2f} deviations  "
            f"inside {row['inside']:.1%}{own}  {row['wall']:.1f} s  {row['model']}",
            flush=True,
        )
    gaps = np.array([row["gap"] for row in rows])
    error = float(gaps.std(ddof=1) / np.sqrt(gaps.size))
    inside = float(np.mean([row["inside"] for row in rows]))
    covered = [row["covered"] for row in rows if "covered" in row]
    print(f"mean gap {gaps.mean():+.3f} ± {error:.3f} deviations of a reported score (above 0: it promised too much)")
    print(f"95 % intervals hold {inside:.1%} of the fresh sets; 90 % intervals hold {np.mean(covered):.1%} of the rows")
    good = abs(float(gaps.mean())) <= 1.0 and 0.93 <= inside <= 0.97 and 0.88 <= float(np.mean(covered)) <= 0.92
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
