"""Is the reported score the score on fresh rows? Trains on simulated tables and draws as many new rows as needed.

    python -m benchmarks.honesty [--tables 40] [--budget 10] [--peeking]

For every table: the reported score and its 95 % interval, the score of the delivered model on 40,000 fresh rows, the
share of fresh sets whose score lies in the interval, and for numbers the share of fresh rows inside their own 90 %
interval, over all rows and in the quarter with the largest predictions. A fresh set is as large as the interval says: a
fifth of the rows (ADR 0012), also where all rows were scored by cross-validation. Promised: the mean gap is within one
standard error of a score and does not promise too much by more than luck explains, 93 to 97 % and 88 to 92 %.

A model that gives every row the same answer has an area of exactly one half on any rows: nothing can lie outside, so
such tables are told apart and left out of the coverage. The shares are means over tables, whose own errors are printed
beside them; the command is red only for a mean that lies outside what was promised, and says when the number of tables
is too small to tell. ``--peeking`` reports the score on rows the model has learned from instead and must go red.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from benchmarks.honest_tables import Process, processes

from narrative.core.errors import NotApplicable
from narrative.engine.scores import primary_score
from narrative.engine.scores.base import Score
from narrative.engine.training.splits import TEST_SHARE
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
    random, size = np.random.default_rng(process.seed), round(process.n_rows * TEST_SHARE)
    scores = np.array([_score_of(score, truth, predictions, random, size) for _ in range(SETS)])
    scores = scores[np.isfinite(scores)]
    sign = 1.0 if score.higher_is_better else -1.0
    row = {
        "name": process.name,
        "reported": reported,
        "fresh": fresh,
        "gap": sign * (reported - fresh) / max((high - low) / 3.92, 1e-12),
        "inside": float(np.mean((low <= scores) & (scores <= high))),
        "below": float(np.mean(scores < low)),
        "varies": float(np.ptp(scores)) > 0.0,
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


def _score_of(
    score: Score, truth: FloatArray, predictions: FloatArray, random: np.random.Generator, size: int
) -> float:
    """The score on a fresh set; NaN where a few rows hold one class only."""
    rows = random.integers(0, FRESH_ROWS, size)
    try:
        return score.compute(truth[rows], predictions[rows])
    except NotApplicable:
        return float("nan")


def verdict(shares: list[float], promised: tuple[float, float]) -> tuple[str, bool]:
    """The mean share with its standard error over tables, and whether it lies where promised."""
    mean = float(np.mean(shares))
    error = float(np.std(shares, ddof=1) / np.sqrt(len(shares)))
    low, high = mean - 1.96 * error, mean + 1.96 * error
    sure = low >= promised[0] and high <= promised[1]
    told = "" if sure else ", too few tables to be sure of it"
    good = promised[0] <= mean <= promised[1]
    return f"{mean:.1%} (± {error:.1%} over {len(shares)} tables; 95 %: {low:.1%} to {high:.1%}{told})", good


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
    inside, is_good = verdict([row["inside"] for row in rows if row["varies"]], (0.93, 0.97))
    covered, is_covered = verdict([row["covered"] for row in rows if "covered" in row], (0.88, 0.92))
    below = float(np.mean([row["below"] for row in rows if row["varies"]]))
    apart = sum(not row["varies"] for row in rows)
    print(f"mean gap {gaps.mean():+.3f} ± {error:.3f} deviations of a reported score (above 0: it promised too much)")
    print(f"95 % intervals hold of the fresh sets {inside}; {below:.1%} lie below")
    print(f"left out of that: {apart} whose score cannot vary (one answer for every row)")
    print(f"90 % intervals hold of the rows {covered}")
    mean = float(gaps.mean())
    flatters = mean > 1.96 * error
    print(f"reported scores {'promise more than comes, beyond luck' if flatters else 'do not promise too much'}")
    raise SystemExit(0 if abs(mean) <= 1.0 and not flatters and is_good and is_covered else 1)


if __name__ == "__main__":
    main()
